import { describe, expect, it } from 'vitest';
import { callOf, commandOf, countedStore, operator, type Questions, TestFleet } from '../../testing/index.ts';
import type { Command } from './commands.ts';
import { createSupervisor } from './supervisor.ts';

/** A batch costs its project's lock as long as it asks: as often as one command does, however many came. */
const sizes = [1, 2, 9];

let fleet: TestFleet;
let ids: string[];
let made = 0;
/** Agents, each below a parent of its own. */
async function freshFleet(agents: number, bounded: boolean): Promise<void> {
  fleet = new TestFleet();
  made = 0;
  ids = [];
  const { top } = await fleet.tree<'top'>({ top: {} });
  for (let n = 0; n < agents; n++) ids.push(await fleet.agent(`a${n}`, await fleet.agent(`p${n}`, top, bounded ? { budgetUsd: 100 } : {})));
}
/** What the store was asked for by these commands in one transaction, all of them accepted. */
async function questionsOf(commands: Command[]): Promise<Questions> {
  const asked: Questions = [];
  const supervisor = createSupervisor({
    store: countedStore(fleet.store, asked),
    ids: { next: (kind) => `${kind}_made${++made}` },
    secrets: fleet.secrets,
  });
  const { results } = await supervisor.executeBatch(fleet.projectId, commands);
  expect(results.filter((r) => !r.ok)).toEqual([]);
  return asked;
}
const few = (n: number) => ids.slice(0, n);
const tasks = async (n: number) => Promise.all(few(n).map((_, i) => fleet.do('tasks.add', { title: `t${i}` })));
const claimed = async (n: number) => {
  await tasks(n);
  const out: { id: string; token: string }[] = [];
  for (const agentId of few(n)) {
    const {
      taskIds: [id = ''],
      tokens: [token = ''],
    } = await fleet.do('tasks.claim', { agentId });
    out.push({ id, token });
  }
  return out;
};

const batches: Record<string, (n: number) => Command[] | Promise<Command[]>> = {
  'agents.register': (n) => few(n).map((id) => commandOf('agents.register', { name: 'new', parentId: id }, operator)),
  'agents.heartbeat': (n) => few(n).map((id) => commandOf('agents.heartbeat', { id }, operator)),
  'agents.events': (n) => few(n).map((id) => commandOf('agents.events', { id, events: [{ eventId: 'e', type: 'x', data: {} }] }, operator)),
  'agents.log': (n) => few(n).map((id) => commandOf('agents.log', { id, lines: [{ stream: 'stdout', at: 0, text: 'x' }] }, operator)),
  'costs.report': (n) => few(n).map((id) => commandOf('costs.report', { entries: [callOf(id, 'e')] }, operator)),
  'costs.reserve': (n) => few(n).map((id) => commandOf('costs.reserve', { agentId: id, amountUsd: '0.01', requestId: 'r' }, operator)),
  'tasks.claim': async (n) => {
    await tasks(n);
    return few(n).map((agentId) => commandOf('tasks.claim', { agentId, requestId: 'r' }, operator));
  },
  'tasks.renew': async (n) => (await claimed(n)).map(({ id, token }) => commandOf('tasks.renew', { id, token }, operator)),
  'tasks.complete': async (n) => (await claimed(n)).map(({ id, token }) => commandOf('tasks.complete', { id, token }, operator)),
  'tasks.release': async (n) => (await claimed(n)).map(({ id, token }) => commandOf('tasks.release', { id, token }, operator)),
  'locks.acquire': (n) => few(n).map((id) => commandOf('locks.acquire', { name: `l ${id}`, agentId: id, requestId: 'r' }, operator)),
  'barriers.wait': (n) =>
    few(n).map((id) => commandOf('barriers.wait', { name: `b ${id}`, agentId: id, parties: 1, requestId: 'r' }, operator)),
};

describe('a batch asks the store as often as one command does', () => {
  it.each(Object.entries(batches))('%s', async (type, batchOf) => {
    const asked: Questions[] = [];
    for (const n of sizes) {
      await freshFleet(n, type.startsWith('costs'));
      asked.push(await questionsOf(await batchOf(n)));
    }
    const [one] = asked;
    expect(asked).toEqual([one, one, one]);
  });
});
