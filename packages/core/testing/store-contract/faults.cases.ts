import { describe, expect, it } from 'vitest';
import { foldEntries, type Rollup } from '../../src/costs/rollup.ts';
import type { Command } from '../../src/supervisor/commands.ts';
import type { Commit, Tx } from '../../src/supervisor/ports.ts';
import { callOf, commandOf, operator } from '../test-fleet.ts';
import type { StoreBench } from './store-bench.ts';

/**
 * What goes wrong while callers work: begins, goes on at random, and ends when what it answers is called, which tells
 * how often it was felt where callers need not have noticed.
 */
export type Fault = (projectId: string) => Promise<() => Promise<number | undefined>>;

const callers = 50;
const steps = 1;
const mostTries = 500;
/** Every fifth caller does not ask again: what became of its unanswered calls must be all of them or nothing. */
const asksAgain = (caller: number) => caller % 5 !== 0;
const isUnavailable = (e: unknown) => (e as Error).name === 'StoreUnavailable';

/** Fifty callers while things go wrong. Each call is several commands in one transaction, with ids that make it safe to ask again. */
export function faultsCases(bench: StoreBench, fault: Fault): void {
  const { register } = bench;
  /** What is no part of the test comes through in the end, on a busy machine too. */
  const persistently = async <T>(call: () => Promise<T>, tries = 20): Promise<T> => {
    try {
      return await call();
    } catch (e) {
      if (!isUnavailable(e) || tries === 1) throw e;
      return persistently(call, tries - 1);
    }
  };
  /** Looks when all is over; a connection that the fault broke is still in the store until it is tried. */
  const look = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => persistently(() => bench.transact(work));
  describe('while things go wrong', () => {
    it('what was acknowledged is there once, the rest whole or not at all, and seq has no gap (I-COST-1, I-COST-9, I-TASK-3)', async () => {
      const root = await persistently(() => register());
      const told = new Map<string, Commit[]>();
      const unanswered = new Set<string>();
      let failures = 0;
      const ask = async (caller: number, key: string, commands: Command[]): Promise<unknown[] | undefined> => {
        for (let tries = 1; ; tries++) {
          try {
            const { results, commit } = await bench.supervisor.executeBatch(bench.projectId, commands);
            for (const r of results) if (!r.ok) throw new Error(JSON.stringify(r.error));
            told.set(key, [...(told.get(key) ?? []), commit]);
            unanswered.delete(key);
            return results.map((r) => (r.ok ? r.value : undefined));
          } catch (e) {
            // a fault of the store is never anything else to its caller, and none of those here lasts
            if (!isUnavailable(e) || tries === mostTries) throw e;
            failures += 1;
            unanswered.add(key);
            if (!asksAgain(caller)) return undefined;
          }
        }
      };
      const done = new Set<string>();
      const work = async (caller: number, key: string) => {
        const added = await ask(caller, key, [
          commandOf('tasks.add', { title: key, requestId: key, labels: [key] }, operator),
          commandOf('agents.register', { name: key, parentId: root, requestId: key }, operator),
          commandOf('costs.report', { entries: [callOf(root, key)] }, operator),
          commandOf('agents.events', { id: root, events: [{ eventId: key, type: 't' }] }, operator),
        ]);
        if (!added) return;
        const claim = commandOf('tasks.claim', { agentId: root, labels: [key], requestId: key }, operator);
        const claimed = await ask(caller, `${key} claim`, [claim]);
        if (!claimed) return;
        // it is the caller's own task: a claim that answers nothing would have lost it
        const { taskIds } = claimed[0] as { taskIds: string[] };
        expect(taskIds).toEqual([(added[0] as { taskId: string }).taskId]);
        const complete = commandOf('tasks.complete', { id: taskIds[0] as string, token: '1', result: key }, operator);
        if (await ask(caller, `${key} complete`, [complete])) done.add(key);
      };

      const stop = await fault(bench.projectId);
      let felt: number | undefined;
      try {
        await Promise.all(
          Array.from({ length: callers }, async (_, caller) => {
            for (let n = 0; n < steps; n++) await work(caller, `${caller}.${n}`);
          }),
        );
      } finally {
        felt = await stop();
      }

      // the fault was felt, and work went on beside it
      expect(felt ?? failures).toBeGreaterThan(0);
      expect(told.size).toBeGreaterThan(callers);

      const events = await bench.on.events(bench.projectId);
      expect(events.map((e) => e.seq)).toEqual(events.map((_, i) => i + 1));
      for (const commit of [...told.values()].flat())
        expect(events.slice(commit.fromSeq - 1, commit.toSeq).map((e) => [e.type, e.subjectId])).toEqual(
          commit.events.map((e) => [e.type, e.subjectId]),
        );

      const count = (key: string, type: string, of: (data: never) => unknown) =>
        events.filter((e) => e.type === type && of(e.data as never) === key).length;
      const ledger = await bench.on.entries(bench.projectId);
      const children = (await look((tx) => tx.agents.liveSubtree(root))).map((a) => a.name);
      for (let caller = 0; caller < callers; caller++)
        for (let n = 0; n < steps; n++) {
          const key = `${caller}.${n}`;
          const found = [
            count(key, 'task.added', (d: { title: string }) => d.title),
            count(key, 'agent.registered', (d: { name: string }) => d.name),
            children.filter((name) => name === key).length,
            ledger.filter((e) => e.eventId === key).length,
          ];
          const times = unanswered.has(key) ? found[0] : told.has(key) ? 1 : 0;
          expect(found, key).toEqual([times, times, times, times]);
          expect(times === 0 || times === 1, key).toBe(true);
        }
      for (const key of done) {
        const added = events.find((e) => e.type === 'task.added' && (e.data as { title: string }).title === key);
        expect(await look((tx) => tx.tasks.get(added?.subjectId ?? ''))).toMatchObject({ state: 'done', claimToken: 1n, result: key });
      }
      const completed = events.filter((e) => e.type === 'task.completed').map((e) => e.subjectId);
      expect(new Set(completed).size).toBe(completed.length);
      const byId = (a: Rollup, b: Rollup) => (a.id < b.id ? -1 : 1);
      expect((await bench.on.rollups(bench.projectId)).sort(byId)).toEqual([...foldEntries(ledger).values()].sort(byId));
    });
  });
}
