// Run as an ordinary user by `containment-user.test.ts`: starts every shape of descendant on one level, ends them, and
// tells which are left.   escapes-child.ts <level> <times>
import { containmentOrder, openContainment } from '../src/containment/choose.ts';
import { containmentMarker } from '../src/containment/process-group.ts';
import { eventually } from '../src/processes/poll.ts';
import { allShapes, type Shape, Zoo } from './shapes.ts';

export type EscapesTold = { uid: number | undefined; refused?: string; rounds: { left: Shape[]; survivors: number; caveat: boolean }[] };

const level = containmentOrder.find((l) => l === process.argv[2]) ?? 'process-group';
const told: EscapesTold = { uid: process.getuid?.(), rounds: [] };
try {
  const host = await openContainment(level, `user-${process.pid}`);
  for (let n = 0; n < Number(process.argv[3]); n++) {
    const zoo = new Zoo();
    const agentId = `agt_user_${n}`;
    const env = { PATH: process.env.PATH, [containmentMarker]: agentId };
    const c = await host.spawn({
      agentId,
      command: 'sh',
      args: ['-c', zoo.script(`exec sleep ${zoo.seconds}`)],
      cwd: '/',
      env,
      stdin: 'ignore',
    });
    if (!(await eventually(() => zoo.all().length > allShapes.length, 20_000))) throw new Error('not every shape has started');
    await c.kill();
    const survivors = (await c.verifyGone(5_000)).length;
    told.rounds.push({ left: zoo.alive(), survivors, caveat: c.caveat !== undefined });
    zoo.clear();
    await c.exited;
    c.dispose();
  }
  host.close();
} catch (e) {
  told.refused = (e as Error).message;
}
process.stdout.write(JSON.stringify(told));
