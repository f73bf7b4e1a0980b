import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callOf, system, TestFleet } from '../../../testing/index.ts';
import { auditOf } from '../../../testing/money.ts';
import { runsOf, sometimes } from '../../../testing/runs.ts';
import { chargedOf } from '../../agents/agent.ts';
import { nanoUsdOf } from '../../kernel/money.ts';

const cent = 10_000_000n;
const usual = 200;
const runs = runsOf('property', usual);
const day = 86_400_000;
const usd = (cents: number) => (cents / 100).toFixed(2);

const make = fc.record({
  do: fc.constant('make' as const),
  scope: fc.constantFrom('project' as const, 'session' as const, 'subtree' as const),
  agent: fc.constantFrom(0, 1, 2, 2, 2, 3),
  period: fc.constantFrom('total' as const, 'day' as const),
  soft: fc.integer({ min: 1, max: 40 }),
  hard: fc.integer({ min: 40, max: 90 }),
});
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('spend' as const),
      agent: fc.nat(),
      cents: fc.integer({ min: 1, max: 15 }),
      on: fc.option(fc.nat()),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('reserve' as const), agent: fc.nat(), cents: fc.integer({ min: 1, max: 40 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('release' as const), at: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('adjust' as const), at: fc.nat(), cents: fc.integer({ min: -20, max: 5 }) }) },
  { weight: 4, arbitrary: make },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('edit' as const),
      at: fc.nat(),
      soft: fc.integer({ min: 1, max: 60 }),
      hard: fc.integer({ min: 60, max: 120 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), at: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('finish' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(1_000, 90_000, day / 3, day) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

describe('budgets of scopes, whatever happens in whatever order', () => {
  it('I-COST-5, I-COST-9, I-ORPH-6: tallies are the ledger, the tightest is named and is never passed by an admission, each soft limit is told once a crossing', async () => {
    const seen = { admitted: 0, denied: 0, warned: 0, warnedAgain: 0, turned: 0, moved: 0, unknown: 0, raised: 0 };
    const run = async (steps: Step[]) => {
      const fleet = new TestFleet();
      const agents = [await fleet.agent('root'), await fleet.agent('other')];
      agents.push(await fleet.agent('mid', agents[0], { onParentExit: { completed: 'reparent' } }));
      agents.push(await fleet.agent('low', agents[2], { onParentExit: { completed: 'reparent' } }));
      const of = <T>(list: T[], n: number) => list[n % list.length] as T;
      const spent: [string, string][] = [];
      const reservations: string[] = [];
      const budgets = () => [...(fleet.state.settings.get(fleet.projectId)?.budgets ?? [])];
      const today = () => new Date(fleet.clock.nowMs()).toISOString().slice(0, 10);
      /** What stands against a budget now, added up from nothing but entries and reservations. */
      const standing = (b: ReturnType<typeof budgets>[number]) => {
        const counts = (r: { path: readonly string[]; chargedTo: readonly string[] }) =>
          b.agentId === null || chargedOf(r as never).includes(b.agentId);
        const isNow = (ms: number) => b.period === 'total' || new Date(ms).toISOString().slice(0, 10) === today();
        let [paid, held] = [0n, 0n];
        for (const e of fleet.state.ledger.values()) if (counts(e) && isNow(e.recordedAtMs)) paid += e.costNanoUsd ?? 0n;
        for (const r of fleet.state.reservations.values()) {
          if (!counts(r)) continue;
          if (r.state === 'open') held += r.amountNanoUsd;
          if (r.state === 'unknown' && isNow(r.endedAtMs ?? 0)) held += r.amountNanoUsd - r.settledNanoUsd;
        }
        return { paid, left: (b.hardNanoUsd ?? 0n) - paid - held };
      };
      // soft limits: what was spent of each at the last look, and in which period
      const last = new Map<string, { paid: bigint; soft: bigint; day: string }>();
      let due = 0;
      const look = () => {
        for (const b of budgets()) {
          const { paid } = standing(b);
          const soft = b.softNanoUsd ?? 0n;
          const before = last.get(b.id);
          const was = before && (b.period === 'total' || before.day === today()) ? before.paid >= before.soft : false;
          if (paid >= soft && !was) {
            due += 1;
            if (before) seen.warnedAgain += 1;
          }
          last.set(b.id, { paid, soft, day: today() });
        }
        expect(fleet.events('budget.warned')).toHaveLength(due);
        expect(auditOf(fleet.state)).toEqual([]);
      };
      let n = 0;
      for (const s of steps) {
        switch (s.do) {
          case 'spend': {
            const id = of(agents, s.agent);
            const on = s.on === null || reservations.length === 0 ? null : of(reservations, s.on);
            await fleet.spend(callOf(id, `e${++n}`, { costNanoUsd: BigInt(s.cents) * cent, reservationId: on }));
            spent.push([id, `e${n}`]);
            break;
          }
          case 'reserve': {
            const id = of(agents, s.agent);
            const over = budgets().filter((b) => b.agentId === null || chargedOf(fleet.agentOf(id)).includes(b.agentId));
            const least = over.reduce<bigint | null>((min, b) => (min === null || standing(b).left < min ? standing(b).left : min), null);
            const r = await fleet.ask('costs.reserve', { agentId: id, amountUsd: usd(s.cents), ttlMs: 60_000 });
            const fits = least === null || least >= BigInt(s.cents) * cent;
            if (r.ok) reservations.push(r.value.reservationId);
            if (!r.ok && r.error.code !== 'budget_exceeded') break;
            expect(r.ok).toBe(fits);
            seen[r.ok ? 'admitted' : 'denied'] += 1;
            if (!r.ok && r.error.code === 'budget_exceeded') {
              const named = r.error.budgetId;
              const tight = budgets().find((b) => b.id === named);
              expect(tight && standing(tight).left).toBe(least);
              expect(nanoUsdOf(r.error.budgetUsd)).toBe(tight?.hardNanoUsd);
            }
            break;
          }
          case 'release':
            if (reservations.length) await fleet.ask('costs.release', { id: of(reservations, s.at) });
            break;
          case 'adjust': {
            if (spent.length === 0 || s.cents === 0) break;
            const [agentId, refersTo] = of(spent, s.at);
            await fleet.do('costs.adjust', { eventId: `a${++n}`, agentId, refersTo, amountUsd: usd(s.cents), reason: 'x' });
            break;
          }
          case 'make': {
            const id = of(agents, s.agent);
            const agentId = s.scope === 'project' ? undefined : s.scope === 'session' ? fleet.agentOf(id).path[0] : id;
            await fleet.ask('budgets.make', {
              name: 'b',
              scope: s.scope,
              agentId,
              period: s.period,
              softUsd: usd(s.soft),
              hardUsd: usd(s.hard),
            });
            break;
          }
          case 'edit': {
            if (budgets().length === 0) break;
            await fleet.do('budgets.edit', { id: of(budgets(), s.at).id, softUsd: usd(s.soft), hardUsd: usd(s.hard) });
            seen.raised += 1;
            break;
          }
          case 'remove':
            if (budgets().length > 1) await fleet.do('budgets.remove', { id: of(budgets(), s.at).id });
            break;
          case 'finish': {
            const ended = await fleet.ask('agents.finish', { id: agents[2] as string, outcome: 'completed' });
            if (ended.ok) await fleet.ask('orphans.handle', { agentIds: [agents[3] as string], action: 'policy', reason: '' });
            if (fleet.agentOf(agents[3] as string).chargedTo.length) seen.moved += 1;
            break;
          }
          case 'pass': {
            const before = today();
            fleet.clock.pass(s.ms);
            if (today() !== before) seen.turned += 1;
            await fleet.sweepReservations();
            if ([...fleet.state.reservations.values()].some((r) => r.state === 'unknown')) seen.unknown += 1;
            await fleet.do('budgets.tick', { pausedIds: [] }, system);
            break;
          }
        }
        look();
      }
      seen.warned += due;
    };
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), run), { numRuns: runs });
    for (const [what, times] of Object.entries(seen)) expect(times, what).toBeGreaterThan(sometimes(3, runs, usual));
  });
});
