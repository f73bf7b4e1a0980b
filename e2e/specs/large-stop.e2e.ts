import { type ChildProcess, spawn } from 'node:child_process';
import type { StopView } from '@reeve/core/vocabulary';
import { allAgents, expect, test } from '../support/fixtures.ts';
import { alive, commandOf, processesWith } from '../support/processes.ts';
import { type ReeveServer, reeveCommand } from '../support/server.ts';

/**
 * What agents do that do not want to end, each on its own process: `exec` keeps the agent's command in the first one. Every
 * second of an agent's processes has left its group or its parent.
 */
const tempers = {
  honest: 'exec sleep 600',
  deaf: 'trap "" TERM; while :; do sleep 600; done',
  // answers the request to end with three new processes, one of them in a session of its own
  forks: "trap 'sleep 600 & setsid sleep 600 & (sleep 600 &) ' TERM; while :; do sleep 600 & wait $!; done",
  setsid: 'setsid sleep 600 & exec sleep 600',
  'double fork': '( ( setsid sleep 600 & ) & ); exec sleep 600',
  frozen: 'kill -STOP $$; exec sleep 600',
} as const;
type Temper = keyof typeof tempers;
const names = Object.keys(tempers) as Temper[];

/** 1 + 5 + 20 + 174 agents: the subtree that is stopped, four levels of it. */
const leads = 5;
const middles = 20;
const leaves = 174;
const total = 1 + leads + middles + leaves;

test('a subtree of 200 agents over four levels ends to the last process, however they resist; its sibling goes on', async ({
  dashboard,
  reeve,
}) => {
  test.setTimeout(240_000);
  const root = spawn(process.execPath, [reeveCommand, 'run', '--name', 'fleet', '--', 'sleep', '600'], {
    env: { ...process.env, REEVE_URL: reeve.url, REEVE_TOKEN: reeve.token },
    stdio: 'ignore',
  });
  try {
    await expect.poll(async () => (await allAgents(reeve, '&state=running')).map((a) => a.name), { timeout: 30_000 }).toEqual(['fleet']);
    const [fleet] = await allAgents(reeve);
    const below = (parent: string, name: string, temper: Temper) => launch(reeve, parent, name, temper);
    const top = await below(fleet?.id as string, 'top', 'honest');
    const neighbour = await below(fleet?.id as string, 'neighbour', 'setsid');
    await below(neighbour, 'below the neighbour', 'double fork');
    const second = await Promise.all(range(leads).map((i) => below(top, `lead ${i}`, names[i % names.length] as Temper)));
    const third = await Promise.all(range(middles).map((i) => below(at(second, i), `middle ${i}`, names[i % names.length] as Temper)));
    await Promise.all(range(leaves).map((i) => below(at(third, i), `leaf ${i}`, names[i % names.length] as Temper)));
    await expect.poll(async () => (await allAgents(reeve)).filter((a) => a.pid !== null).length, { timeout: 90_000 }).toBe(total + 3);

    // every process of the server's runner-launched agents, and of those the ones that are not to be touched
    const ofAgents = (ids: readonly string[]) => ids.flatMap((id) => processesWith(`REEVE_AGENT_ID=${id}`));
    const agents = await allAgents(reeve);
    const members = agents.filter((a) => a.path.includes(top));
    expect(members.length).toBe(total);
    expect(Math.max(...members.map((a) => a.path.length)) - 1).toBe(4);
    const spared = ofAgents(agents.filter((a) => !a.path.includes(top)).map((a) => a.id));
    // the two of the double fork come a moment after their agent
    await expect.poll(() => ofAgents(members.map((a) => a.id)).length, { timeout: 30_000 }).toBeGreaterThanOrEqual(total + 60);
    const doomed = ofAgents(members.map((a) => a.id));

    await dashboard.goto(`${reeve.url}/agents?agent=${top}`);
    await expect(dashboard.getByTestId('agent-node-top')).toHaveAttribute('data-state', 'running');
    await dashboard.getByTestId('agent-node-top').click();
    await dashboard.keyboard.press('Control+.');
    await expect(dashboard.getByTestId('stop-preview')).toContainText('top');
    await dashboard.getByLabel('Grace', { exact: true }).selectOption({ value: '15000' });
    await dashboard.getByLabel('Reason').fill('two hundred');
    await dashboard.keyboard.press('Control+Enter');

    const stopOf = async () => (await reeve.api<{ items: StopView[] }>('GET', '/stops?limit=10')).items.find((s) => s.agentId === top);
    await expect.poll(async () => (await stopOf())?.state, { timeout: 60_000 }).toBe('done');
    const receipt = (await reeve.api<StopView>('GET', `/stops/${(await stopOf())?.id}`)).receipt;
    expect(receipt.length).toBe(total);
    expect(
      receipt.filter((l) => !['stopped', 'killed'].includes(l.outcome ?? '') || !l.evidence?.process || l.evidence.process.survivors),
    ).toEqual([]);
    expect(new Set(receipt.map((l) => l.wave)).size).toBe(4);
    expect(alive(doomed).map((p) => commandOf(p.pid))).toEqual([]);
    // nor anything that was born while it was being stopped
    expect(ofAgents(members.map((a) => a.id)).map((p) => commandOf(p.pid))).toEqual([]);
    // leaves first: nobody ended before all below it had
    const endedMs = new Map(receipt.map((l) => [l.agentId, Date.parse(l.endedAt ?? '')]));
    for (const m of members)
      if (m.id !== top) expect(endedMs.get(m.id), m.name).toBeLessThanOrEqual(endedMs.get(m.parentId as string) as number);

    expect(alive(spared).length).toBe(spared.length);
    expect((await allAgents(reeve, '&state=running')).map((a) => a.name).sort()).toEqual(['below the neighbour', 'fleet', 'neighbour']);
    await dashboard.goto(`${reeve.url}/agents?agent=${neighbour}`);
    await expect(dashboard.getByTestId('agent-node-neighbour')).toHaveAttribute('data-state', 'running');
    await dashboard.goto(`${reeve.url}/stops/${(await stopOf())?.id}`);
    await expect(dashboard.getByText(`All ${total} agents ended, with evidence`).first()).toBeVisible();
  } finally {
    await end(root);
  }
});

const range = (n: number) => Array.from({ length: n }, (_, i) => i);
const at = (ids: readonly string[], i: number): string => ids[i % ids.length] as string;

async function launch(reeve: ReeveServer, parentId: string, name: string, temper: Temper): Promise<string> {
  const body = { name, command: 'bash', args: ['-c', tempers[temper]], onParentExit: { lost: 'ignore' }, requestId: name };
  return (await reeve.api<{ agentId: string }>('POST', `/agents/${parentId}/spawn`, body)).agentId;
}
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await exited;
}
