import fc from 'fast-check';
import { expect, it } from 'vitest';
import { runsOf, sometimes, TestFleet } from '../../../testing/index.ts';

const barrier = fc.constantFrom('breaks', 'shrinks');
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('come' as const),
      at: fc.nat(),
      barrier,
      waitMs: fc.constantFrom(2_000, 30_000),
      named: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('withdraw' as const), at: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stop' as const), at: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('finish' as const), at: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 3_000 }), swept: fc.boolean() }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;
const counters = () => ({ released: 0, brokenByTime: 0, brokenByEnd: 0, brokenByAbsent: 0, shrunk: 0, releasedShrunk: 0 });
type Seen = ReturnType<typeof counters>;

const parties = 3;
async function play(steps: Step[], seen: Seen): Promise<void> {
  const fleet = new TestFleet();
  const ids: string[] = [];
  for (let n = 0; n < 8; n++) ids.push(await fleet.agent(`${n}`));
  let n = 0;
  const asked: { agentId: string; requestId: string; name: string; deadlineMs: number }[] = [];
  for (const s of steps) {
    const at = 'at' in s ? (ids[s.at % ids.length] as string) : '';
    switch (s.do) {
      case 'come': {
        const requestId = `r${n++}`;
        const partyIds = s.named ? [at, ...ids.filter((id) => id !== at)].slice(0, parties) : [];
        const ask = {
          name: s.barrier,
          agentId: at,
          parties,
          waitMs: s.waitMs,
          requestId,
          partyIds,
          onPartyDeath: s.barrier === 'breaks' ? 'break' : 'shrink',
        } as const;
        const r = await fleet.ask('barriers.wait', ask);
        if (r.ok && fleet.agentOf(at).stopId) throw new Error(`I-STOP-1: ${at} came under a stop`);
        if (r.ok && r.value.state === 'waiting')
          asked.push({ agentId: at, requestId, name: s.barrier, deadlineMs: fleet.clock.nowMs() + s.waitMs });
        break;
      }
      case 'withdraw': {
        const one = asked[s.at % Math.max(1, asked.length)];
        if (one) await fleet.do('barriers.withdraw', { name: one.name, agentId: one.agentId, requestId: one.requestId });
        break;
      }
      case 'stop':
        if (asked.length > 6) await fleet.ask('agents.stop', { id: at, mode: 'force', reason: 'x' });
        break;
      case 'finish':
        if (asked.length > 3) await fleet.ask('agents.finish', { id: at, outcome: 'completed' });
        break;
      case 'pass':
        fleet.clock.pass(s.ms);
        if (s.swept) await fleet.sweepCoordination();
        break;
    }
  }
  // nobody waits for ever
  fleet.clock.pass(60_000);
  await fleet.sweepCoordination();
  if ([...fleet.state.barriers.values()].some((b) => b.waiting)) throw new Error('I-SYNC-6: somebody still waits');
  judge(fleet, asked, seen);
}

/** All or none: every generation ends once, and each that came hears the end of its own generation. */
function judge(fleet: TestFleet, asked: { requestId: string; name: string; deadlineMs: number }[], seen: Seen): void {
  const ends = new Map<string, string>();
  const came = new Map<string, Map<string, string>>();
  const expected = new Map<string, number>();
  const deadline = new Map(asked.map((a) => [a.requestId, a.deadlineMs]));
  for (const e of fleet.state.events) {
    if (!e.type.startsWith('barrier.')) continue;
    const of = `${e.subjectId} ${(e.data as { generation: number }).generation}`;
    const here = came.get(of) ?? new Map<string, string>();
    came.set(of, here);
    if (e.type === 'barrier.opened') expected.set(of, parties);
    if (ends.has(of)) throw new Error(`I-SYNC-6: ${e.type} after the end of generation ${of}`);
    if (e.type === 'barrier.arrived') here.set(e.data.requestId, e.data.agentId);
    else if (e.type === 'barrier.left') {
      if (e.data.requestId) here.delete(e.data.requestId);
      expected.set(of, (expected.get(of) ?? 0) - 1);
      seen.shrunk += 1;
    } else if (e.type === 'barrier.released' || e.type === 'barrier.broken') {
      ends.set(of, e.type);
      const told = e.data.parties.map((p) => p.requestId);
      if (String([...here.keys()]) !== String(told)) throw new Error(`I-SYNC-6: ${told} were told, ${[...here.keys()]} were there`);
      if (e.type === 'barrier.released') {
        if (told.length !== expected.get(of)) throw new Error(`I-SYNC-6: ${told.length} of ${expected.get(of)} were let go`);
        if (new Set(here.values()).size !== told.length) throw new Error('I-SYNC-6: one agent was two parties');
        for (const r of told)
          if ((deadline.get(r) ?? Number.POSITIVE_INFINITY) <= e.atMs) throw new Error(`I-SYNC-6: ${r} was let go after its time`);
        seen.released += 1;
        if (told.length < parties) seen.releasedShrunk += 1;
      } else if (e.data.why === 'timed-out') seen.brokenByTime += 1;
      else if (e.data.why === 'ended' || e.data.why === 'stopped') {
        seen.brokenByEnd += 1;
        if (![...here.values()].includes(e.data.agentId) && told.length) seen.brokenByAbsent += 1;
      }
    }
  }
}

it('I-SYNC-6: a barrier lets all go or none, whatever happens in whatever order, and nobody waits for ever', async () => {
  const runs = runsOf('property', 150);
  const seen = counters();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 50 }), (steps) => play(steps, seen)),
    { numRuns: runs },
  );
  for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThanOrEqual(sometimes(5, runs, 150));
});
