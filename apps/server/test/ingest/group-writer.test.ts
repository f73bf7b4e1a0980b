import type { Command, Commit, Supervisor } from '@reeve/core';
import { TestFleet } from '@reeve/core/testing';
import type { Principal } from '@reeve/core/vocabulary';
import { describe, expect, it } from 'vitest';
import { GroupWriter } from '../../src/ingest/group-writer.ts';
import { StoreUnavailable } from '../../src/store/pg-store.ts';

const principal: Principal = { kind: 'project', projectId: 'prj_test', tokenId: 'init', role: 'owner' };
const title = (c: Command): string => (c.type === 'tasks.add' ? c.input.title : c.type);

/** A writer over the store in memory that keeps the titles of each batch, and fails where it is told to. */
function writerOver(
  fails: (titles: string[]) => Error | undefined = () => undefined,
  onCommit: (c: Commit) => void = () => {},
  before: (titles: string[], onDecided: () => void) => Promise<void> = async () => {},
) {
  const fleet = new TestFleet();
  const batches: string[][] = [];
  const supervisor: Supervisor = {
    execute: (p, c) => fleet.supervisor.execute(p, c),
    async executeBatch(projectId, commands, onDecided) {
      const titles = commands.map(title);
      batches.push(titles);
      const error = fails(titles);
      if (error) throw error;
      await before(titles, onDecided ?? (() => {}));
      return fleet.supervisor.executeBatch(projectId, commands);
    },
  };
  const failures: unknown[] = [];
  const writer = new GroupWriter(supervisor, onCommit, (e) => failures.push(e));
  const add = (t: string) => writer.execute(principal, 'tasks.add', { title: t, priority: 0, dependsOn: [], maxAttempts: 3, labels: [] });
  const outcomes = async (titles: string[]) => {
    const settled = await Promise.allSettled(titles.map(add));
    return settled.map((s) =>
      s.status === 'fulfilled' ? 'ok' : ((s.reason as { error?: { code: string } }).error?.code ?? s.reason.message),
    );
  };
  return { fleet, batches, failures, writer, add, outcomes };
}

describe('the group-committing writer', () => {
  it('what comes while a transaction is under way goes together into the next one', async () => {
    const { batches, add } = writerOver();
    const first = add('1');
    await new Promise((go) => setImmediate(go));
    await Promise.all([first, ...['2', '3', '4'].map(add)]);
    expect(batches).toEqual([['1'], ['2', '3', '4']]);
  });
  it('what comes in one turn of the event loop is one batch, at most 512', async () => {
    const { batches, outcomes } = writerOver();
    await outcomes(Array.from({ length: 100 }, (_, i) => `${i}`));
    await outcomes(Array.from({ length: 1_200 }, (_, i) => `${i}`));
    expect(batches.slice(0, 2).map((b) => b.length)).toEqual([100, 512]);
    expect(batches.flat()).toHaveLength(1_300);
  });
  it('many are two batches, so that one is decided while the other is written', async () => {
    const { batches, outcomes } = writerOver();
    await outcomes(Array.from({ length: 129 }, (_, i) => `${i}`));
    expect(batches.map((b) => b.length)).toEqual([65, 64]);
  });
  it('the next batch goes when the one before it is decided, two are on their way at most, and each is told after its own commit', async () => {
    const log: string[] = [];
    const commits: (() => void)[] = [];
    const decisions: (() => void)[] = [];
    const { add } = writerOver(
      () => undefined,
      () => {},
      (titles, decided) =>
        new Promise<void>((committed) => {
          log.push(`sent ${titles}`);
          decisions.push(decided);
          commits.push(committed);
        }),
    );
    const told = (t: string) => add(t).then(() => log.push(`told ${t}`));
    const turn = () => new Promise((go) => setImmediate(() => setImmediate(go)));
    const all = [told('1')];
    await turn();
    all.push(told('2'));
    await turn();
    expect(log).toEqual(['sent 1']);
    decisions[0]?.();
    await turn();
    all.push(told('3'));
    decisions[1]?.();
    await turn();
    expect(log).toEqual(['sent 1', 'sent 2']);
    commits[0]?.();
    await turn();
    expect(log).toEqual(['sent 1', 'sent 2', 'told 1', 'sent 3']);
    commits[1]?.();
    commits[2]?.();
    await Promise.all(all);
    expect(log.slice(4).sort()).toEqual(['told 2', 'told 3']);
  });
  it('I-STOP-1: what waits while a stop is committed hears of it at once, and is in no batch', async () => {
    const { writer, fleet, batches } = writerOver();
    const id = await fleet.agent('x');
    const agent: Principal = { kind: 'agent', projectId: 'prj_test', agentId: id, epoch: 1, path: [id] };
    const stop = {
      mode: 'graceful',
      graceMs: 1_000,
      killConfirmMs: 1_000,
      reason: 'enough',
      dryRun: false,
      propagation: 'foreground',
    } as const;
    const stopped = writer.execute(principal, 'agents.stop', { id, ...stop });
    await new Promise((go) => setImmediate(go));
    const claim = writer.execute(agent, 'tasks.claim', { agentId: id, labels: [], limit: 1, leaseMs: 60_000 } as never);
    const beat = writer.execute(agent, 'agents.heartbeat', { id });
    await stopped;
    await expect(claim).rejects.toMatchObject({ error: { code: 'fenced', reason: 'enough' } });
    expect((await beat).directive).toBe('stop');
    expect(batches).toEqual([['agents.stop'], ['agents.heartbeat']]);
  });
  it('a refusal is an answer: it fails its own command alone', async () => {
    const { writer, add } = writerOver();
    const refused = writer.execute(principal, 'agents.finish', { id: 'agt_x', outcome: 'completed' });
    await expect(Promise.all([refused, add('1')])).rejects.toMatchObject({ error: { code: 'not_found' } });
    await writer.settled();
  });
  it('a command with a bug in it does not take its neighbours down', async () => {
    const { outcomes, batches, fleet } = writerOver((titles) => (titles.includes('bad') ? new Error('a bug') : undefined));
    expect(await outcomes(['1', 'bad', '2'])).toEqual(['ok', 'a bug', 'ok']);
    expect(batches).toEqual([['1', 'bad', '2'], ['1'], ['bad'], ['2']]);
    expect(fleet.state.tasks.size).toBe(2);
  });
  it('a lost database fails the batch as unavailable, and is not tried again', async () => {
    const { outcomes, batches } = writerOver((titles) => (titles.includes('1') ? new StoreUnavailable('gone') : undefined));
    expect(await outcomes(['1', '2'])).toEqual(['unavailable', 'unavailable']);
    expect(batches).toHaveLength(1);
    expect(await outcomes(['3'])).toEqual(['ok']);
  });
  it('what is committed is committed: a listener that throws is reported, and nothing is written twice', async () => {
    const { outcomes, fleet, failures } = writerOver(undefined, () => {
      throw new Error('a listener’s bug');
    });
    expect(await outcomes(['1', '2'])).toEqual(['ok', 'ok']);
    expect(fleet.state.tasks.size).toBe(2);
    expect(failures).toHaveLength(1);
  });
  it('listeners hear of a commit before the caller does', async () => {
    const order: string[] = [];
    const { add } = writerOver(undefined, () => order.push('commit'));
    await add('1').then(() => order.push('answer'));
    expect(order).toEqual(['commit', 'answer']);
  });
  it('refuses new commands where too many wait', async () => {
    const { outcomes } = writerOver();
    const many = await outcomes(Array.from({ length: 20_001 }, (_, i) => `${i}`));
    expect([many.filter((o) => o === 'ok').length, many.at(-1)]).toEqual([20_000, 'unavailable']);
  });
  it('settles when nothing is under way', async () => {
    const { writer, add, fleet } = writerOver();
    void add('1');
    await writer.settled();
    expect(fleet.state.tasks.size).toBe(1);
    await writer.settled();
  });
});
