import fc from 'fast-check';
import { expect, it } from 'vitest';
import { callOf, TestFleet } from '../../../testing/index.ts';
import { auditOf } from '../../../testing/money.ts';
import { runsOf, sometimes } from '../../../testing/runs.ts';
import { emptyHistory, replay } from '../../replay/history.ts';

const usual = 300;
const runs = runsOf('property', usual);
const model = 'm';
const rest = { cachedInputPico: null, cacheWritePico: null, reasoningPico: null };
const all = { model, provider: null, fromMs: null, toMs: null, after: null, dryRun: false };

const told = fc.record({
  agent: fc.nat(2),
  event: fc.nat(9),
  as: fc.constantFrom('unpriced' as const, 'unpriced' as const, 'table' as const),
});
const step = fc.oneof(
  { weight: 5, arbitrary: told.map((call) => ({ do: 'spend' as const, ...call })) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('price' as const), pico: fc.option(fc.constantFrom(0, 1_000, 7_000)) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('reprice' as const), limit: fc.constantFrom(1, 3, 500), unpricedOnly: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('adjust' as const), agent: fc.nat(2), event: fc.nat(9), id: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'move' as const }) },
);
type Call = { agent: string; path: string[]; toldUnpriced: boolean; hasPrice: boolean };

it('I-COST-4, I-COST-8: as many calls are without a price as have none now, own and below, live and replayed, whatever prices follow each other', async () => {
  const seen = { priced: 0, takenBack: 0, free: 0, pricedTwice: 0 };
  const run = async (steps: (typeof step extends fc.Arbitrary<infer T> ? T : never)[]) => {
    const fleet = new TestFleet();
    const root = await fleet.agent('root');
    const mid = await fleet.agent('mid', root, { onParentExit: { completed: 'reparent' } });
    const agents = [root, mid, await fleet.agent('low', mid, { onParentExit: { completed: 'reparent' } })];
    /** By hand, in the order of the ledger: each call, and whether somebody knows what it costs. */
    const calls = new Map<string, Call>();
    let price: number | null | undefined;
    for (const s of steps) {
      if (s.do === 'spend') {
        const agent = agents[s.agent] as string;
        const key = `${agent}/e${s.event}`;
        await fleet.spend(callOf(agent, `e${s.event}`, { model, ...(s.as === 'unpriced' && { costNanoUsd: null, pricedBy: 'unpriced' }) }));
        const booked = typeof price === 'number' || s.as === 'table';
        if (!calls.has(key)) calls.set(key, { agent, path: fleet.agentOf(agent).path, toldUnpriced: !booked, hasPrice: booked });
      } else if (s.do === 'price') {
        price = s.pico;
        const rates = s.pico === null ? null : { inputPico: String(s.pico), outputPico: '0', ...rest };
        await fleet.do('prices.set', { model, provider: null, rates, validFromMs: 0, reason: 'because' });
      } else if (s.do === 'reprice') {
        await fleet.do('prices.reprice', { ...all, limit: s.limit, unpricedOnly: s.unpricedOnly });
        const page = [...calls.values()].filter((c) => c.toldUnpriced || !s.unpricedOnly).slice(0, s.limit);
        for (const c of price === undefined ? [] : page) {
          const has = price !== null || !c.toldUnpriced;
          if (has && !c.hasPrice) seen[price === 0 ? 'free' : 'priced'] += 1;
          else if (has && c.toldUnpriced) seen.pricedTwice += 1;
          if (!has && c.hasPrice) seen.takenBack += 1;
          c.hasPrice = has;
        }
      } else if (s.do === 'adjust') {
        const of = { agentId: agents[s.agent] as string, refersTo: `e${s.event}`, eventId: `fix${s.id}` };
        await fleet.ask('costs.adjust', { ...of, amountUsd: '0.01', reason: 'because' });
      } else {
        await fleet.ask('agents.finish', { id: mid, outcome: 'completed' });
        await fleet.sweepOrphans(...agents);
      }
      const waits = [...calls.values()].filter((c) => !c.hasPrice);
      const past = replay(emptyHistory(), fleet.state.events);
      for (const id of agents) {
        const sums = fleet.state.rollups.get(id);
        const own = waits.filter((c) => c.agent === id).length;
        expect([sums?.ownUnpriced ?? 0, sums?.totalUnpriced ?? 0, past.agents.get(id)?.unpriced]).toEqual([
          own,
          waits.filter((c) => c.path.includes(id)).length,
          own,
        ]);
      }
      expect(auditOf(fleet.state)).toEqual([]);
    }
  };
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), run), { numRuns: runs });
  for (const [what, times] of Object.entries(seen)) expect(times, what).toBeGreaterThanOrEqual(sometimes(5, runs, usual));
}, 120_000);
