import { describe, expect, it } from 'vitest';
import type { Tx } from '../../src/supervisor/ports.ts';
import * as records from '../records.ts';
import { commandOf, operator } from '../test-fleet.ts';
import type { StoreBench } from './store-bench.ts';

/** Locks, barriers and waits for an end: how they are kept, how they are found, and what holds when many ask at once. */
export function coordinationCases(bench: StoreBench): void {
  const { run, register, transact, id } = bench;
  describe('locks and barriers', () => {
    it('come back as they were put, in this transaction and in later ones', async () => {
      const lock = records.lockOf({ id: id('lock'), projectId: bench.projectId });
      const barrier = records.barrierOf({ id: id('barrier'), projectId: bench.projectId });
      const watch = records.endWatchOf({ id: id('task'), projectId: bench.projectId });
      const check = async (tx: Tx) => {
        expect(await tx.endWatches.get(watch.id)).toEqual(watch);
        expect(await tx.locks.get(lock.id)).toEqual(lock);
        expect(await tx.barriers.get(barrier.id)).toEqual(barrier);
      };
      await transact(async (tx) => {
        tx.locks.put(lock);
        tx.barriers.put(barrier);
        tx.endWatches.put(watch);
        await check(tx);
      });
      await transact(check);
    });
    it('are found by name, by agent, by what is due and by who waits', async () => {
      const of = (kind: 'lock' | 'barrier', name: string) => ({ id: id(kind), projectId: bench.projectId, name });
      const idle = records.lockOf({ ...of('lock', 'idle'), holders: [], waiters: [], agentIds: [], waiting: 0, dueAtMs: null });
      const held = records.lockOf({ ...of('lock', records.oddText), waiters: [], agentIds: ['agt_1'], waiting: 0, dueAtMs: 5_000 });
      const wanted = records.lockOf({ ...of('lock', 'wanted'), agentIds: ['agt_1', 'agt_2'], dueAtMs: 9_000 });
      const met = records.barrierOf({ ...of('barrier', 'wanted'), agentIds: ['agt_2', 'agt_3'], dueAtMs: 7_000 });
      const names = (rows: { name: string }[]) => rows.map((r) => r.name);
      const check = async (tx: Tx) => {
        expect(names(await tx.locks.byNames(['wanted', 'idle', 'none', 'idle'])).sort()).toEqual(['idle', 'wanted']);
        expect(await tx.locks.byNames([records.oddText])).toEqual([held]);
        expect(names(await tx.locks.involving(['agt_1', 'agt_9']))).toEqual([held.name, 'wanted']);
        expect(names(await tx.locks.involving(['agt_3']))).toEqual([]);
        expect(names(await tx.locks.due(5_000))).toEqual([held.name]);
        expect(names(await tx.locks.due(4_999))).toEqual([]);
        expect(names(await tx.locks.contended())).toEqual(['wanted']);
        expect(await tx.barriers.byNames(['wanted'])).toEqual([met]);
        expect(names(await tx.barriers.involving(['agt_3']))).toEqual(['wanted']);
        expect([names(await tx.barriers.due(6_999)), names(await tx.barriers.due(7_000))]).toEqual([[], ['wanted']]);
      };
      await transact(async (tx) => {
        expect(await tx.locks.byNames(['wanted'])).toEqual([]);
        for (const lock of [idle, held, wanted]) tx.locks.put(lock);
        tx.barriers.put(met);
        await check(tx);
      });
      await transact(check);
      const elsewhere = await bench.on.newProject();
      const seen = await bench.on.store.transact(elsewhere, async (tx) => [
        ...(await tx.locks.byNames(['wanted'])),
        ...(await tx.locks.involving(['agt_1'])),
        ...(await tx.locks.contended()),
      ]);
      expect(seen.value).toEqual([]);
      await transact(async (tx) => {
        const now = await tx.locks.get(wanted.id);
        if (now) tx.locks.put({ ...now, waiters: [], agentIds: [], waiting: 0, dueAtMs: null });
        expect([await tx.locks.contended(), names(await tx.locks.involving(['agt_1']))]).toEqual([[], [held.name]]);
      });
    });
    it('I-SYNC-1, 2, 4: however many ask at once, as many hold as there are permits, and each token is given once', async () => {
      const agents: string[] = [];
      for (let n = 0; n < 12; n++) agents.push(await register());
      const ask = (agentId: string) =>
        commandOf('locks.acquire', { name: 'pool', agentId, permits: 3, waitMs: 60_000, requestId: `of ${agentId}` }, operator);
      await Promise.all(agents.map((agentId) => bench.supervisor.executeBatch(bench.projectId, [ask(agentId)])));
      const standing = () => transact(async (tx) => (await tx.locks.byNames(['pool']))[0]);
      const tokens = new Set<string>();
      for (let lock = await standing(); lock?.holders.length; lock = await standing()) {
        expect(lock.holders).toHaveLength(Math.min(3, 12 - tokens.size));
        const { holders } = lock;
        for (const h of holders) expect(tokens.has(h.token)).toBe(false);
        for (const h of holders) tokens.add(h.token);
        const releases = holders.map(({ agentId, token }) => commandOf('locks.release', { name: 'pool', agentId, token }, operator));
        await Promise.all(releases.map((r) => bench.supervisor.executeBatch(bench.projectId, [r])));
      }
      expect(tokens.size).toBe(12);
      expect(await standing()).toMatchObject({ token: 12n, waiting: 0, agentIds: [], dueAtMs: null });
    });
    it('I-SYNC-6: a barrier lets all parties go in the transaction of the last, and each hears it by its request', async () => {
      const agents: string[] = [];
      for (let n = 0; n < 8; n++) agents.push(await register());
      const come = (agentId: string) =>
        commandOf('barriers.wait', { name: 'meet', agentId, parties: 4, waitMs: 60_000, requestId: 'r' }, operator);
      await Promise.all(agents.map((agentId) => bench.supervisor.executeBatch(bench.projectId, [come(agentId)])));
      const answers = (await run(agents.map(come))) as { state: string; generation: number; index: number }[];
      expect(answers.map((a) => `${a.state} ${a.generation}.${a.index}`).sort()).toEqual(
        [0, 1].flatMap((g) => [0, 1, 2, 3].map((i) => `released ${g}.${i}`)),
      );
    });
    it('waits for an end are found by what is watched, by agent, by what is due and by who waits', async () => {
      const of = () => ({ id: id('task'), projectId: bench.projectId });
      const idle = records.endWatchOf({ ...of(), waiters: [], agentIds: [], waiting: 0, dueAtMs: null });
      const soon = records.endWatchOf({ ...of(), agentIds: ['agt_w1', 'agt_w2'], dueAtMs: 6_000 });
      const late = records.endWatchOf({ ...of(), agentIds: ['agt_w2'], dueAtMs: 8_000 });
      const ids = (rows: { id: string }[]) => rows.map((r) => r.id).filter((x) => [idle.id, soon.id, late.id].includes(x));
      const check = async (tx: Tx) => {
        expect((await tx.endWatches.many([idle.id, late.id, 'tsk_none'])).map((r) => r.id).sort()).toEqual([idle.id, late.id].sort());
        expect(await tx.endWatches.byNames([soon.name])).toEqual([soon]);
        expect([ids(await tx.endWatches.involving(['agt_w1'])), ids(await tx.endWatches.involving(['agt_w2']))]).toEqual([
          [soon.id],
          [soon.id, late.id],
        ]);
        expect([ids(await tx.endWatches.due(5_999)), ids(await tx.endWatches.due(6_000))]).toEqual([[], [soon.id]]);
        expect(ids(await tx.endWatches.contended())).toEqual([soon.id, late.id]);
      };
      await transact(async (tx) => {
        for (const watch of [idle, soon, late]) tx.endWatches.put(watch);
        await check(tx);
      });
      await transact(check);
    });
    it('a transaction knows the facts that it has appended, its own alone', async () => {
      const append = (tx: Tx, reason: string) => tx.append({ type: 'checkpoint.asked', subjectId: 'agt_1', data: { reason } }, 'test');
      const reasons = (tx: Tx) => tx.facts.map((f) => (f.type === 'checkpoint.asked' ? f.data.reason : ''));
      await transact(async (tx) => {
        expect(tx.facts).toEqual([]);
        append(tx, 'one');
        append(tx, 'two');
        expect(reasons(tx)).toEqual(['one', 'two']);
      });
      await transact(async (tx) => expect(tx.facts).toEqual([]));
    });
    it('I-SYNC-7: of two agents that wait for each other at the same time one is told the circle, and the other is served', async () => {
      const [a, b] = [await register(), await register()];
      const ask = (agentId: string, of: string) => commandOf('agents.wait', { id: of, agentId, waitMs: 60_000, requestId: 'r' }, operator);
      type Told = { results: { ok: boolean; value?: { state: string; endState?: string }; error?: { code: string } }[] };
      const answers = await Promise.all(
        [ask(a, b), ask(b, a)].map((c) => bench.supervisor.executeBatch(bench.projectId, [c]) as Promise<Told>),
      );
      const code = ({ results: [r] }: Told) => (r?.ok ? r.value?.state : r?.error?.code);
      expect(answers.map(code).sort()).toEqual(['deadlock', 'waiting']);
      const [victim, waits] = code(answers[0] as Told) === 'deadlock' ? [a, b] : [b, a];
      await run([commandOf('agents.finish', { id: victim, outcome: 'failed' }, operator)]);
      const [served] = (await run([ask(waits, victim)])) as { state: string; endState: string }[];
      expect(served).toMatchObject({ state: 'ended', endState: 'failed' });
    });
    it('I-SYNC-8: of acquires racing a stop none holds or waits when it is accepted', async () => {
      const root = await register();
      const agents: string[] = [];
      for (let n = 0; n < 10; n++) agents.push(await register(root));
      const racers = agents.map((agentId) => commandOf('locks.acquire', { name: 'raced', agentId, permits: 2, waitMs: 60_000 }, operator));
      racers.splice(5, 0, commandOf('agents.stop', { id: root }, operator) as never);
      await Promise.all(racers.map((command) => bench.supervisor.executeBatch(bench.projectId, [command])));
      const [lock] = await transact((tx) => tx.locks.byNames(['raced']));
      expect(lock).toMatchObject({ holders: [], waiters: [], agentIds: [] });
      expect(lock?.token).toBeGreaterThan(0n);
    });
  });
}
