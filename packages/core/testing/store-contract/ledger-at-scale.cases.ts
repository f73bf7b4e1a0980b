import { describe, expect, it } from 'vitest';
import { auditRollups } from '../../src/costs/audit.ts';
import { foldEntries } from '../../src/costs/rollup.ts';
import type { PricedCostEntry } from '../../src/supervisor/commands.ts';
import type { Store } from '../../src/supervisor/ports.ts';
import { createSupervisor } from '../../src/supervisor/supervisor.ts';
import { runsOf } from '../runs.ts';
import { callOf, commandOf, operator } from '../test-fleet.ts';
import type { StoreBench } from './store-bench.ts';

/** 100,000 on demand: `REEVE_LEDGER_ENTRIES=100000 npx vitest run -t "at scale" …`. */
const wanted = runsOf('ledger', 3_000);
const seeds = [1, 2];
class Crash extends Error {}

/** mulberry32: the same numbers for the same seed. */
function randomOf(seed: number): (below: number) => number {
  let at = seed;
  return (below) => {
    at = (at + 0x6d2b79f5) | 0;
    let t = Math.imul(at ^ (at >>> 15), 1 | at);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}
const add = (all: Iterable<bigint>): bigint => [...all].reduce((s, n) => s + n, 0n);

/** Many entries with all that may go wrong on their way; each call is asked again until it is answered. */
export function ledgerAtScaleCases(bench: StoreBench): void {
  describe(`the ledger at scale: ${wanted} entries with duplicates, conflicts, reorderings, reparentings and restarts`, () => {
    it.each(seeds)(
      'I-COST-1, I-COST-3, I-COST-9: own sums are the totals of the roots, and a replay of the ledger gives the same rollup (seed %i)',
      async (seed) => {
        const random = randomOf(seed);
        let supervisor = createSupervisor(bench.on);
        // all of a transaction is done, and then the process is gone before the commit
        const crashing: Store = {
          transact: (projectId, work) =>
            bench.on.store.transact(projectId, async (tx) => {
              await work(tx);
              throw new Crash();
            }),
        };
        const seen = { duplicates: 0, conflicts: 0, moved: 0, crashes: 0, adjusted: 0, unpriced: 0, below: 0 };
        const policy = { completed: 'reparent', failed: 'reparent', stopped: 'reparent' } as const;
        const agents: string[] = [];
        const live = new Set<string>();
        const parents = new Set<string>();
        const spawn = async (parentId: string | null) => {
          const [r] = await bench.run([commandOf('agents.register', { name: 'x', parentId, onParentExit: policy }, operator)]);
          const { agentId } = r as unknown as { agentId: string };
          agents.push(agentId);
          live.add(agentId);
          if (parentId) parents.add(parentId);
        };
        await spawn(null);
        await spawn(null);
        const some = <T>(list: readonly T[]): T => list[random(list.length)] as T;
        for (let i = 0; i < 28; i++) await spawn(some([...live]));

        /** What the ledger must hold in the end: the first telling of each id. */
        const first = new Map<string, { nano: bigint | null; payload: number }>();
        const told: PricedCostEntry[] = [];
        let made = 0;
        const fresh = (): PricedCostEntry => {
          const unpriced = random(50) === 0;
          const e = callOf(some(agents), `e${made++}`, {
            inputTokens: random(1_000),
            costNanoUsd: unpriced ? null : BigInt(random(1_000_000_000)) * BigInt(1 + random(1_000)) + 1n,
            pricedBy: unpriced ? 'unpriced' : 'reported',
            atMs: random(86_400_000),
          });
          told.push(e);
          seen.unpriced += unpriced ? 1 : 0;
          return e;
        };
        const another = (): PricedCostEntry => {
          if (told.length === 0 || random(4) > 0) return fresh();
          const again = some(told);
          return random(5) === 0 ? { ...again, inputTokens: again.inputTokens + 1_001 } : again;
        };
        while (told.length < wanted) {
          const sent = Array.from({ length: 1 + random(4) }, () => Array.from({ length: 1 + random(100) }, another));
          const commands = sent.map((entries) => commandOf('costs.report', { entries }, operator));
          // an unanswered call is asked again, in another order, by a server that knows nothing of the first
          if (random(8) === 0) {
            await expect(createSupervisor({ ...bench.on, store: crashing }).executeBatch(bench.projectId, commands)).rejects.toThrow(Crash);
            seen.crashes += 1;
            supervisor = createSupervisor(bench.on);
            commands.reverse();
            sent.reverse();
          }
          const { results } = await supervisor.executeBatch(bench.projectId, commands);
          for (const [i, r] of results.entries()) {
            if (!r.ok) throw new Error(JSON.stringify(r.error));
            const value = r.value as { accepted: number; duplicates: number; conflicts: string[] };
            const expected = { accepted: 0, duplicates: 0, conflicts: [] as string[] };
            for (const e of sent[i] ?? []) {
              const key = `${e.agentId}/${e.eventId}`;
              const before = first.get(key);
              if (!before) {
                first.set(key, { nano: e.costNanoUsd, payload: e.inputTokens });
                expected.accepted += 1;
              } else if (before.payload === e.inputTokens) expected.duplicates += 1;
              else expected.conflicts.push(e.eventId);
            }
            expect({ accepted: value.accepted, duplicates: value.duplicates, conflicts: value.conflicts }).toEqual(expected);
            seen.duplicates += value.duplicates;
            seen.conflicts += value.conflicts.length;
          }
          if (random(3) === 0) {
            // one that has children below it
            const ended = some([...live].filter((id) => parents.has(id)));
            live.delete(ended);
            await bench.run([commandOf('agents.finish', { id: ended, outcome: 'completed' }, operator)]);
            const [r] = await bench.run([commandOf('agents.adopt-orphans', { agentIds: [...live], haltTold: 0 }, operator)]);
            seen.moved += (r as unknown as { reparented: number }).reparented;
            for (let i = 0; i < 2; i++) await spawn(some([...live]));
          }
          const last = told.at(-1) as PricedCostEntry;
          if (random(5) === 0 && first.get(`${last.agentId}/${last.eventId}`)) {
            const fix = { agentId: last.agentId, refersTo: last.eventId, eventId: `fix ${made}`, amountUsd: '-0.000000001', reason: 'x' };
            await bench.run([commandOf('costs.adjust', fix, operator), commandOf('costs.adjust', fix, operator)]);
            if (!first.has(`${last.agentId}/${fix.eventId}`)) seen.adjusted += 1;
            first.set(`${last.agentId}/${fix.eventId}`, { nano: -1n, payload: 0 });
          }
        }

        const entries = await bench.on.entries(bench.projectId);
        const sums = await bench.on.rollups(bench.projectId);
        expect(entries).toHaveLength(first.size);
        const booked = add([...first.values()].map((e) => e.nano ?? 0n));
        expect(auditRollups(entries, sums)).toEqual([]);
        // in any order
        const shuffled = entries.map((e) => [random(2 ** 30), e] as const).sort((a, b) => a[0] - b[0]);
        const replayed = [...foldEntries(shuffled.map(([, e]) => e)).values()];
        const sorted = (all: typeof sums) => [...all].sort((a, b) => (a.id < b.id ? -1 : 1));
        expect(sorted(replayed)).toEqual(sorted(sums));
        expect(add(sums.map((r) => r.ownNanoUsd))).toBe(booked);
        // roots never move, and what was below one when it was spent stays there
        const roots = new Set(entries.map((e) => e.path[0] as string));
        seen.below = entries.filter((e) => e.path.length > 2).length;
        const promoted = entries.flatMap((e) => e.path.slice(1).flatMap((id) => (roots.has(id) ? [e.costNanoUsd ?? 0n] : [])));
        expect(add(sums.filter((r) => roots.has(r.id)).map((r) => r.totalNanoUsd)) - add(promoted)).toBe(booked);
        if (wanted >= 3_000) for (const [what, times] of Object.entries(seen)) expect(times, what).toBeGreaterThan(0);
      },
      600_000,
    );
  });
}
