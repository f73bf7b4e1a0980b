import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { containmentOrder, openContainment } from '../src/containment/choose.ts';
import type { Containment, ContainmentHost } from '../src/containment/containment.ts';
import { containmentMarker } from '../src/containment/process-group.ts';
import { isAlive, listProcesses } from '../src/processes/proc.ts';
import { allShapes, type Shape, Zoo } from './shapes.ts';

const instance = `test-${process.pid}`;
const poll = { timeout: 10_000, interval: 10 };
/** How often the escapes are tried on each level; 200 on demand. */
const escapes = Number(process.env.REEVE_ESCAPES ?? 5);

/** The level or why it does not work here, so that a machine without it says so instead of passing. */
const hosts = await Promise.all(
  containmentOrder.map(async (level) => ({
    level,
    host: await openContainment(level, `${instance}-${level}`).catch((e: Error) => e.message),
  })),
);

afterAll(() => {
  for (const { host } of hosts) if (typeof host !== 'string') host.close();
});

for (const { level, host } of hosts) {
  describe.skipIf(typeof host === 'string')(`containment by ${level}`, () => {
    let zoo: Zoo;
    let held: Containment[];
    let agentNumber = 0;
    const start = async (script: string, agentId = `agt_${level}_${agentNumber++}`) => {
      const env = { PATH: process.env.PATH, [containmentMarker]: agentId };
      const spec = { agentId, command: 'sh', args: ['-c', script], cwd: '/', env, stdin: 'ignore' as const };
      const c = await (host as ContainmentHost).spawn(spec);
      held.push(c);
      return c;
    };
    beforeEach(() => {
      zoo = new Zoo();
      held = [];
    });
    afterEach(async () => {
      zoo.clear();
      for (const c of held) {
        await c.kill();
        c.dispose();
      }
    });
    const allStarted = (n = allShapes.length) => expect.poll(() => zoo.all().length, poll).toBeGreaterThanOrEqual(n);

    it('ends every shape of descendant, and proves it', { repeats: escapes - 1 }, async () => {
      const c = await start(zoo.script(`exec sleep ${zoo.seconds}`));
      await allStarted(allShapes.length + 1);
      expect(isAlive(c.main)).toBe(true);
      await c.kill();
      expect(await c.verifyGone(5_000)).toEqual([]);
      expect(isAlive(c.main)).toBe(false);
      // One shape is beyond a process group: no group, no parent, no marker. The level says so in its caveat.
      const beyond: Shape[] = level === 'process-group' ? ['env -i setsid, parent gone'] : [];
      expect(zoo.alive()).toEqual(beyond);
      expect(c.caveat === undefined).toBe(beyond.length === 0);
      await c.exited;
    });

    it('ends those who ignore TERM only by KILL, the others by TERM', async () => {
      const c = await start(`(trap "" TERM; exec sleep ${zoo.secondsOf('child')}) & exec sleep ${zoo.secondsOf('setsid')}`);
      await allStarted(2);
      const [stubborn, meek] = [zoo.find('child'), zoo.find('setsid')];
      if (level === 'pid-namespace') {
        // There the end of the command ends the namespace, and with it whoever ignored the TERM.
        c.terminate();
        expect(await c.exited).toEqual({ exitCode: null, signal: 'SIGTERM' });
      } else {
        c.terminate();
        expect(await c.exited).toEqual({ exitCode: null, signal: 'SIGTERM' });
        expect(meek && isAlive(meek)).toBe(false);
        expect(stubborn && isAlive(stubborn)).toBe(true);
        expect(c.members()).toHaveLength(1);
      }
      await c.kill();
      expect(await c.verifyGone(5_000)).toEqual([]);
      expect(zoo.all()).toEqual([]);
    });

    it('ends a stopped process by TERM, and a stopped one that ignores TERM by KILL', async () => {
      const c = await start(`sleep ${zoo.secondsOf('child')} & (trap "" TERM; exec sleep ${zoo.secondsOf('setsid')}) & wait`);
      await allStarted(2);
      for (const p of zoo.all()) process.kill(p.pid, 'SIGSTOP');
      const child = zoo.find('child');
      c.terminate();
      await expect.poll(() => child && isAlive(child), poll).toBe(false);
      await c.kill();
      expect(await c.verifyGone(5_000)).toEqual([]);
      expect(zoo.all()).toEqual([]);
    });

    it('catches processes that fork while they are being killed', async () => {
      // Each generation forks the next and ends; every tenth leaves a sleeper. Bounded, should the test itself fail.
      const breed = `f() { [ $1 -gt 0 ] || exit 0; [ $(($1 % 10)) -gt 0 ] || sleep ${zoo.secondsOf('child')} & (f $(($1 - 1)) &); }`;
      const c = await start(`${breed}; f 4000 & f 4000 & exec sleep ${zoo.seconds}`);
      await allStarted(20);
      await c.kill();
      expect(await c.verifyGone(5_000)).toEqual([]);
      expect(zoo.all()).toEqual([]);
    });

    it('waits for the exit of the command, not for whoever holds its output', async () => {
      const c = await start(`setsid sleep ${zoo.secondsOf('setsid')} & exit 7`);
      expect(await c.exited).toEqual({ exitCode: 7, signal: null });
      // A PID namespace has ended with its command; elsewhere the rest is a member until it is ended.
      if (level !== 'pid-namespace') expect(c.members().length).toBeGreaterThan(0);
      await c.kill();
      expect(await c.verifyGone(5_000)).toEqual([]);
      expect(zoo.all()).toEqual([]);
    });

    it('holds only its own: an agent beside it, and one started from inside with its own id, live on', async () => {
      const a = await start(`exec sleep ${zoo.secondsOf('child')}`);
      const b = await start(`exec sleep ${zoo.secondsOf('setsid')}`);
      await allStarted(2);
      await a.kill();
      expect(await a.verifyGone(5_000)).toEqual([]);
      expect(zoo.alive()).toEqual(['setsid']);
      expect(isAlive(b.main)).toBe(true);
    });

    it('keeps the output of a command that ended before anybody read it', async () => {
      const c = await start('echo out; echo err >&2');
      await c.exited;
      expect(await c.verifyGone(5_000)).toEqual([]);
      expect([await text(c.output.stdout), await text(c.output.stderr)]).toEqual(['out\n', 'err\n']);
    });

    it('holds still and lets go on', async () => {
      const c = await start(`while :; do sleep 0.01; done`);
      expect(c.freeze(true)).toBe(true);
      // D: a shell that waits for its child to become a command (vfork), and the child is what is stopped.
      const isHeld = () => ['T', 'D'].includes(listProcesses().find((p) => p.pid === c.main.pid)?.state ?? '');
      if (level !== 'cgroup') await expect.poll(isHeld, poll).toBe(true);
      expect(c.freeze(false)).toBe(true);
      if (level !== 'cgroup') await expect.poll(isHeld, poll).toBe(false);
      c.freeze(true);
      await c.kill();
      expect(await c.verifyGone(5_000)).toEqual([]);
    });

    it('gives a command its arguments untouched, its signals undisturbed and its exit code back', async () => {
      const words = ['a b', '$HOME', '"; exit 3 #', "it's", '', '*', 'a=b'];
      const agentId = `agt_${level}_args`;
      const script =
        'process.stdout.write(JSON.stringify(process.argv.slice(1))); process.kill(process.pid, "SIGINT"); setTimeout(() => {}, 9e6)';
      const c = await (host as ContainmentHost).spawn({
        agentId,
        command: process.execPath,
        args: ['-e', script, '--', ...words],
        cwd: '/',
        env: { PATH: process.env.PATH, [containmentMarker]: agentId },
        stdin: 'ignore',
      });
      held.push(c);
      let out = '';
      c.output.stdout.on('data', (d) => (out += d));
      expect(await c.exited).toEqual({ exitCode: null, signal: 'SIGINT' });
      await expect.poll(() => out, poll).toBe(JSON.stringify(words));
    });
  });
}

describe('choosing a level', () => {
  it('says why a level does not work here', () => {
    for (const { level, host } of hosts) if (typeof host === 'string') expect(host).toContain(`${level}: `);
  });
  it('takes the strongest that is proven', async () => {
    const auto = await openContainment('auto', `${instance}-auto`);
    auto.close();
    expect(auto.level).toBe(hosts.find((h) => typeof h.host !== 'string')?.level);
  });
});
