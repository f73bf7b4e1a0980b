import type { BlastRadius, RunnerOrder, RunnerReport } from '../../../src/api/inputs.ts';
import type { Surroundings } from '../surroundings.ts';

type ChangeOrder = Exclude<RunnerOrder, { kind: 'launch' | 'stop' }>;
const levels = { low: 6, medium: 3, high: 2, critical: 1 } as const satisfies Record<BlastRadius['level'], number>;

/** The part of a runner that verifies, merges and rolls back changes: the reports it makes, without the git behind them. */
export class ChangeDesk {
  private bases = 0;
  private run = 0;
  constructor(
    private readonly world: Surroundings,
    private readonly report: (r: RunnerReport) => void,
  ) {}
  forget(): void {
    this.run += 1;
  }

  take(order: ChangeOrder): void {
    const { run, world } = this;
    const steps =
      order.kind === 'verify-change'
        ? this.verify(order.changeId)
        : order.kind === 'merge-change'
          ? this.merge(order)
          : order.kind === 'activate-change'
            ? this.check(order)
            : this.rollback(order.changeId);
    const next = (i: number) => {
      const step = steps[i];
      if (run !== this.run || !step) return;
      this.report(step);
      world.scheduler.after(world.random.between(5, 400), () => next(i + 1));
    };
    next(0);
  }
  /** The order in which a real runner tells; now and then a gate fails, or the desk itself does. */
  private verify(changeId: string): RunnerReport[] {
    const { random } = this.world;
    const level = random.weighted(levels);
    const gate = (name: string, on: 'base' | 'candidate'): RunnerReport => {
      const passed = !random.chance(0.04);
      return { kind: 'change-gate', changeId, gate: { name, on, exitCode: passed ? 0 : 1, ms: 1, passed, excerpt: '' } };
    };
    this.bases += 1;
    const steps: RunnerReport[] = [
      {
        kind: 'change-assessed',
        changeId,
        baseSha: `b${this.bases}`,
        blastRadius: { level, score: 1, reasons: ['because'], files: [], dependents: [] },
      },
      { kind: 'change-isolated', changeId, candidateSha: `c${this.bases}`, diffHash: `h${this.bases}`, diff: '', branch: 'b' },
      gate('suite', 'base'),
      gate('red-1', 'base'),
      gate('red-2', 'base'),
      gate('green-1', 'candidate'),
      gate('green-2', 'candidate'),
      { kind: 'change-test-verified', changeId },
      { kind: 'change-validated', changeId },
    ];
    if (random.chance(0.06)) steps.splice(random.int(steps.length), 1);
    if (random.chance(0.05)) steps.splice(random.int(steps.length), 0, { kind: 'change-failed', changeId, error: 'no space left' });
    return steps;
  }
  private merge({ changeId }: Extract<ChangeOrder, { kind: 'merge-change' }>): RunnerReport[] {
    const { random } = this.world;
    this.bases += 1;
    if (random.chance(0.25)) return [{ kind: 'change-base-moved', changeId, baseSha: `b${this.bases}` }];
    if (random.chance(0.1)) return [{ kind: 'change-failed', changeId, error: 'no space left' }];
    return [{ kind: 'change-merged', changeId, mergedSha: `m${this.bases}` }];
  }
  private check({ changeId, healthCheckMs }: Extract<ChangeOrder, { kind: 'activate-change' }>): RunnerReport[] {
    const { random } = this.world;
    if (random.chance(0.05)) return [{ kind: 'change-activated', changeId, error: 'no space left' }];
    const passed = !random.chance(0.3);
    const gate = { name: 'health', on: 'candidate', exitCode: passed ? 0 : 1, ms: healthCheckMs, passed, excerpt: '' } as const;
    return [{ kind: 'change-activated', changeId, gate }];
  }
  private rollback(changeId: string): RunnerReport[] {
    return this.world.random.chance(0.2)
      ? [{ kind: 'change-rollback-failed', changeId, error: 'it conflicts' }]
      : [{ kind: 'change-rolled-back', changeId, revertSha: `r${changeId}` }];
  }
}
