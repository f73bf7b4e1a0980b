import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FakeClock } from '../../testing/clock.ts';
import { runsOf, sometimes } from '../../testing/runs.ts';
import { defaultThresholds } from './checkpoint-trigger.ts';
import { Checkpointer } from './checkpointer.ts';

/** Everything that was ever done; the state of the agent is this and nothing else. */
type Done = { tools: number; costNanoUsd: bigint; atMs: number; significant: number };
const step = fc.record({
  tools: fc.integer({ min: 0, max: 4 }),
  costNanoUsd: fc.bigInt({ min: 0n, max: 400_000_000n }),
  passMs: fc.integer({ min: 0, max: 120_000 }),
  significant: fc.boolean().map((b) => b && 'merged'),
});
const crash = fc.constantFrom('in the step', 'before the save', 'in the save', 'before its acknowledgement', 'after it');

it('I-CKPT-6: a crash at any moment loses at most one threshold and the step it was in', async () => {
  const runs = runsOf('property', 2_000);
  const seen: Record<string, number> = { tools: 0, cost: 0, time: 0, merged: 0, nothingLost: 0, muchLost: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60, size: 'max' }), crash, async (steps, where) => {
      const clock = new FakeClock();
      const now: Done = { tools: 0, costNanoUsd: 0n, atMs: clock.nowMs(), significant: 0 };
      let disk: Done = { ...now };
      let died = false;
      const last = steps.length - 1;
      let at = 0;
      const checkpointer = new Checkpointer<Done>({
        clock,
        snapshot: () => ({ ...now, atMs: clock.nowMs() }),
        save: async (state, trigger) => {
          seen[trigger] = (seen[trigger] ?? 0) + 1;
          if (at === last && where === 'in the save') died = true;
          await null;
          if (died) return new Promise<never>(() => {});
          disk = state;
          if (at === last && where === 'before its acknowledgement') died = true;
          return died ? new Promise<never>(() => {}) : undefined;
        },
      });
      for (const [i, s] of steps.entries()) {
        at = i;
        now.tools += s.tools;
        checkpointer.tool(s.tools);
        now.costNanoUsd += s.costNanoUsd;
        checkpointer.cost(s.costNanoUsd);
        clock.pass(s.passMs);
        if (s.significant) {
          now.significant += 1;
          checkpointer.significant(s.significant);
        }
        if (i === last && (where === 'in the step' || where === 'before the save')) break;
        const stepped = checkpointer.step();
        if (i === last) await Promise.race([stepped, settled()]);
        else await stepped;
      }
      const inStep = steps[last] as (typeof steps)[number];
      const lost = { tools: now.tools - disk.tools, cost: now.costNanoUsd - disk.costNanoUsd, ms: clock.nowMs() - disk.atMs };
      expect(lost.tools).toBeLessThanOrEqual(defaultThresholds.tools - 1 + inStep.tools);
      expect(lost.cost).toBeLessThan(defaultThresholds.costNanoUsd + inStep.costNanoUsd + 1n);
      expect(lost.ms).toBeLessThan(defaultThresholds.afterMs + inStep.passMs + 1);
      expect(now.significant - disk.significant).toBeLessThanOrEqual(inStep.significant ? 1 : 0);
      if (where === 'after it' || where === 'before its acknowledgement') expect(lost.tools).toBeLessThan(defaultThresholds.tools);
      seen[where] = (seen[where] ?? 0) + 1;
      if (lost.tools === 0 && lost.cost === 0n) seen.nothingLost = (seen.nothingLost ?? 0) + 1;
      if (lost.tools >= defaultThresholds.tools) seen.muchLost = (seen.muchLost ?? 0) + 1;
    }),
    { numRuns: runs, seed: 6 },
  );
  for (const what of ['in the step', 'before the save', 'in the save', 'before its acknowledgement', 'after it']) seen[what] ??= 0;
  for (const [what, times] of Object.entries(seen)) expect(times, what).toBeGreaterThanOrEqual(sometimes(1, runs, 2_000));
});

it('I-CKPT-3: whatever is counted while saves run, fail and succeed, pending is exactly what no stored state has in it', async () => {
  const runs = runsOf('property', 2_000);
  const seen = { during: 0, failed: 0, stored: 0 };
  const op = fc.oneof(
    fc.record({ kind: fc.constant('tool' as const), n: fc.integer({ min: 1, max: 6 }) }),
    fc.record({ kind: fc.constantFrom('step' as const, 'store' as const, 'fail' as const) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(op, { maxLength: 60, size: 'max' }), async (ops) => {
      const clock = new FakeClock();
      let done = 0;
      let disk = 0;
      let inFlight: { state: number; end(): void; fail(): void } | undefined;
      let flights = 0;
      const checkpointer = new Checkpointer<number>({
        clock,
        retryAfterMs: 0,
        snapshot: () => done,
        save: (state) => {
          expect(inFlight).toBeUndefined();
          flights += 1;
          return new Promise<void>((end, fail) => {
            inFlight = { state, end, fail: () => fail(new Error('away')) };
          });
        },
      });
      for (const o of ops) {
        if (o.kind === 'tool') {
          done += o.n;
          checkpointer.tool(o.n);
          if (inFlight) seen.during += 1;
        } else if (o.kind === 'step') void checkpointer.step();
        else if (inFlight) {
          const { state, end, fail } = inFlight;
          inFlight = undefined;
          if (o.kind === 'store') {
            disk = state;
            seen.stored += 1;
            end();
          } else {
            seen.failed += 1;
            fail();
          }
          await settled();
          expect(checkpointer.isSaving).toBe(false);
        }
        if (!inFlight) expect(checkpointer.pending.tools).toBe(done - disk);
      }
      expect(flights).toBeLessThanOrEqual(ops.length);
    }),
    { numRuns: runs, seed: 7 },
  );
  for (const [what, times] of Object.entries(seen)) expect(times, what).toBeGreaterThanOrEqual(sometimes(1, runs, 2_000));
});

/** Lets everything run that waits for nothing but its turn. */
async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await null;
}
