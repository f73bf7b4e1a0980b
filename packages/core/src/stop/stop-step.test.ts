import fc from 'fast-check';
import { expect, it } from 'vitest';
import { agentOf, leaseOf, memberOf, stopOf } from '../../testing/records.ts';
import { isActionable, stepStop } from './stop.ts';

/** Times around each other, so that every order of them comes up. */
const ms = fc.nat(40).map((n) => n * 2_000);
const member = fc.record({
  askedAtMs: fc.option(ms),
  killedAtMs: fc.option(ms),
  deadlineMs: ms,
  outcome: fc.constantFrom(null, null, null, 'stopped' as const),
});
const agent = fc.record({
  state: fc.constantFrom('stopping', 'stopping', 'stopping', 'completed', 'unconfirmed'),
  process: fc.constantFrom('none', 'launching', 'running', 'ended'),
  processEvidence: fc.constantFrom(null, { containment: 'cgroup', exitCode: 0, signal: null, survivors: 0, killed: false }),
  acknowledged: fc.boolean(),
});

it('a member is actionable exactly when a step says something about it: whoever asks for those alone misses nothing', () => {
  const seen = { yes: 0, no: 0 };
  fc.assert(
    fc.property(member, agent, ms, ms, (m, a, expiresAtMs, nowMs) => {
      const stop = stopOf({ id: 's', projectId: 'p', state: 'stopping', enlisting: true, killConfirmMs: 5_000 });
      const one = memberOf({ id: 's/a', projectId: 'p', stopId: 's', agentId: 'a', parentId: null, ...m });
      const its = agentOf({ id: 'a', projectId: 'p', ...(a as object) });
      const lease = leaseOf({ id: 'a', projectId: 'p', expiresAtMs });
      const { events } = stepStop({ stop, members: [one], agents: new Map([['a', its]]), leases: new Map([['a', lease]]) }, nowMs);
      const expected = events.length > 0;
      seen[expected ? 'yes' : 'no'] += 1;
      expect(isActionable(one, its, lease, stop, nowMs, false)).toBe(expected);
      expect(isActionable(one, its, lease, stop, nowMs, true)).toBe(false);
    }),
    { numRuns: 2_000 },
  );
  expect(Math.min(seen.yes, seen.no)).toBeGreaterThan(200);
});
