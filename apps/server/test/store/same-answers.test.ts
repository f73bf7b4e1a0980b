import { type Command, createSupervisor, type Result, type Store } from '@reeve/core';
import { commandOf, createMemoryStore, operator, runsOf } from '@reeve/core/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PgStore } from '../../src/store/pg-store.ts';
import { drawnIn } from './drawn-ids.ts';
import { PgUnderTest } from './pg-under-test.ts';

let on: PgUnderTest;
beforeAll(async () => {
  on = await PgUnderTest.start();
});
afterAll(() => on?.stop());

type Asked = { kind: string; n: number; m: number; flag: boolean };
type Batch = { server: number; asked: Asked[] };
const kinds = ['add', 'add', 'add', 'claim', 'claim', 'claim', 'complete', 'complete', 'complete', 'fail', 'release', 'renew'];
const rare = ['cancel', 'retry', 'depend', 'prioritise', 'edit', 'stop', 'pause', 'beat', 'accept', 'wait'];
const asked = fc.record({ kind: fc.constantFrom(...kinds, ...rare), n: fc.nat(30), m: fc.nat(30), flag: fc.boolean() });
const batches = fc.array(fc.record({ server: fc.nat(1), asked: fc.array(asked, { minLength: 1, maxLength: 8 }) }), { maxLength: 25 });

const agentCount = 4;

/** What one way of storing answers to the batches of one run, and what stands there at the end. */
async function play(storeOf: (server: number) => Store, projectId: string, run: number, all: readonly Batch[]) {
  const { ids, secrets, alikeEachTime } = drawnIn(run);
  const answers: Result<unknown>[] = [];
  const changed: unknown[] = [];
  const execute = async (server: number, commands: Command[]) => {
    const { results, commit } = await createSupervisor({ store: alikeEachTime(storeOf(server)), ids, secrets }).executeBatch(
      projectId,
      commands,
    );
    answers.push(...results);
    changed.push(commit.tasks, commit.agents, commit.events);
    return results;
  };
  const agents: string[] = [];
  for (let n = 0; n < agentCount; n++) {
    const parentId = n % 2 ? agents[n - 1] : undefined;
    const [r] = await execute(0, [commandOf('agents.register', { name: `a${n}`, ...(parentId && { parentId }) }, operator)]);
    if (r?.ok) agents.push((r.value as { agentId: string }).agentId);
  }
  const tasks: string[] = [];
  const grants: { id: string; token: string }[] = [];
  for (const batch of all) {
    const commands = batch.asked.map((a) => commandFor(a, agents, tasks, grants));
    const results = await execute(batch.server, commands);
    results.forEach((r, i) => {
      if (!r.ok) return;
      const value = r.value as { taskId?: string; taskIds?: string[]; tokens?: string[] };
      if (commands[i]?.type === 'tasks.add') tasks.push(value.taskId as string);
      value.taskIds?.forEach((id, k) => {
        grants.push({ id, token: value.tokens?.[k] as string });
      });
    });
  }
  const { value } = await storeOf(1).transact(projectId, async (tx) => ({
    tasks: (await tx.tasks.many(tasks)).sort((a, b) => (a.id < b.id ? -1 : 1)),
    agents: (await tx.agents.many(agents)).sort((a, b) => (a.id < b.id ? -1 : 1)),
    settings: await tx.settings.get(projectId),
  }));
  return { answers, changed, stands: value };
}
function commandFor(a: Asked, agents: string[], tasks: string[], grants: { id: string; token: string }[]): Command {
  const agentId = agents[a.n % agents.length] as string;
  const task = tasks[a.n % Math.max(1, tasks.length)] ?? 'tsk_none';
  // mostly the newest grants, which still hold
  const grant = grants.at(-1 - (a.n % 6)) ?? { id: 'tsk_none', token: '1' };
  const reason = 'because';
  switch (a.kind) {
    case 'add': {
      const dependsOn = a.flag && tasks.length ? [tasks[a.m % tasks.length] as string] : [];
      const more = a.m % 5 === 0 ? { parentId: task } : {};
      const input = { title: `t${a.n}`, priority: a.n % 3, labels: a.m % 2 ? ['x'] : [], dependsOn, review: a.n % 7 === 0 };
      return commandOf('tasks.add', { ...input, needs: a.n % 5 === 0 ? ['gpu'] : [], ...(tasks.length ? more : {}) }, operator);
    }
    case 'claim': {
      const wants = { labels: a.m % 3 === 0 ? ['x'] : [], capabilities: a.flag ? ['gpu'] : [], limit: 1 + (a.m % 3) };
      return commandOf('tasks.claim', { agentId, ...wants, ...(a.n % 4 === 0 && { requestId: `r${a.m % 4}` }) }, operator);
    }
    case 'complete':
      return commandOf('tasks.complete', { ...grant, result: { n: a.n } }, operator);
    case 'fail':
      return commandOf('tasks.fail', { ...grant, error: 'no', retryable: a.flag }, operator);
    case 'release':
      return commandOf('tasks.release', grant, operator);
    case 'renew':
      return commandOf('tasks.renew', { ...grant, leaseMs: 60_000 }, operator);
    case 'cancel':
      return commandOf('tasks.cancel', { id: task, reason }, operator);
    case 'retry':
      return commandOf('tasks.retry', { id: task, reason }, operator);
    case 'depend':
      return commandOf('tasks.depend', { id: task, add: [tasks[a.m % Math.max(1, tasks.length)] ?? 'tsk_none'], remove: [] }, operator);
    case 'prioritise':
      return commandOf('tasks.prioritise', { id: task, priority: a.m % 5 }, operator);
    case 'edit':
      return commandOf('tasks.edit', { id: task, labels: a.flag ? ['x'] : [] }, operator);
    case 'accept':
      return commandOf('tasks.accept', { id: task, reason, override: true }, operator);
    case 'stop':
      return a.n % 5
        ? commandOf('agents.pause', { id: agentId, reason }, operator)
        : commandOf('agents.stop', { id: agentId, reason }, operator);
    case 'pause':
      return commandOf('agents.interrupt', { id: agentId, reason }, operator);
    case 'wait':
      return commandOf('tasks.wait', { id: task, agentId, waitMs: 60_000 }, operator);
    default:
      return commandOf('agents.heartbeat', { id: agentId, epoch: 1 }, operator);
  }
}

let run = 0;
/** Both answer alike to whatever is asked of `count` servers in turn, and leave the same behind. */
const alike = (count: number) =>
  fc.assert(
    fc.asyncProperty(batches, async (all) => {
      run += 1;
      const nowMs = () => 1_000_000;
      const memory = createMemoryStore({ nowMs });
      const projectId = await on.newProject();
      const expected = await play(() => memory, projectId, run, all);
      const servers = Array.from({ length: count }, () => new PgStore(on.url, { nowMs }));
      const found = await play((server) => servers[server % count] as PgStore, projectId, run, all);
      await Promise.all(servers.map((s) => s.close()));
      expect(found.answers).toEqual(expected.answers);
      expect(found.stands).toEqual(expected.stands);
      expect(found.changed.map(sorted)).toEqual(expected.changed.map(sorted));
    }),
    { numRuns: runsOf('property', 60) },
  );
it('two servers that take turns answer as the model in memory does, and leave the same behind', { timeout: 600_000 }, () => alike(2));
it('so does one, which takes what it left for what is there', { timeout: 600_000 }, () => alike(1));
/** Records of a commit in one order; facts keep theirs. */
const sorted = (list: unknown): unknown => {
  const rows = list as { id?: string }[];
  return rows.every((r) => typeof r.id === 'string') ? [...rows].sort((a, b) => ((a.id as string) < (b.id as string) ? -1 : 1)) : rows;
};
