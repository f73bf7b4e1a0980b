import type { BlastRadius } from '../api/inputs.ts';
import type { RepositoryRules } from '../api/repository-rules.ts';
import type { ChangeState } from '../kernel/transitions.ts';
import { type BlastRadiusInput, blastRadiusOf, levelOfScore } from './blast-radius.ts';
import type { Change } from './change-record.ts';

/** What the window asks of a change: whose it is, when it came, and how far it reaches. */
export type WeighedChange = Pick<Change, 'id' | 'agentId' | 'agentPath' | 'state' | 'blastRadius' | 'createdAtMs'>;

/** In none of these does a change lie in the branch, or on its way there. */
const gone: readonly ChangeState[] = ['rolled-back', 'refused', 'rejected', 'failed', 'expired', 'withdrawn'];
const order = ['low', 'medium', 'high', 'critical'] as const;
const apiOrder = ['none', 'added', 'changed'] as const;

/**
 * The other changes that are weighed together with one: merged or still open, of the same agent, of those above and below
 * it or of its whole session as the rules say, and proposed within the window.
 *
 * Use it on the changes of the same repository; `radiusInWindow` weighs what this answers.
 *
 * @example
 * const blastRadius = { level: 'low', score: 5, reasons: [], files: [], dependents: [] };
 * const earlier = { id: 'chg_1', agentId: 'x', agentPath: ['r', 'x'], state: 'merged', blastRadius, createdAtMs: 0 };
 * const change = { id: 'chg_2', agentId: 'x', agentPath: ['r', 'x'] };
 * const rules = { splitWindowMs: 1_000, splitWindowAcross: 'line' };
 * weighedWith(change, [earlier], rules, 999).length; // → 1
 * weighedWith(change, [earlier], rules, 1_000).length; // → 0
 */
export function weighedWith(
  change: Pick<WeighedChange, 'id' | 'agentId' | 'agentPath'>,
  others: readonly WeighedChange[],
  rules: Pick<RepositoryRules, 'splitWindowMs' | 'splitWindowAcross'>,
  nowMs: number,
): WeighedChange[] {
  const related = (other: WeighedChange) =>
    rules.splitWindowAcross === 'session'
      ? other.agentPath[0] === change.agentPath[0]
      : other.agentPath.includes(change.agentId) || change.agentPath.includes(other.agentId);
  return others.filter(
    (o) => o.id !== change.id && nowMs - o.createdAtMs < rules.splitWindowMs && !gone.includes(o.state) && o.blastRadius && related(o),
  );
}

/**
 * The blast radius of a change, raised to what it is together with others of the same window: so a large change cannot be
 * brought in as many small ones, each below a threshold. Files, lines and dependents are taken together, the rest at its
 * heaviest. Never lowers a level, and never makes one Critical.
 *
 * Use it when a change is measured, with what `weighedWith` answers.
 *
 * @example
 * const file = { path: 'src/a.ts', layer: 4, added: 90, removed: 90 };
 * const own = { level: 'low', score: 12.3, reasons: [], files: [file], dependents: [] };
 * const other = { ...own, files: [{ ...file, path: 'src/b.ts', layer: 2 }] };
 * radiusInWindow(own, [], 86_400_000).level; // → 'low'
 * radiusInWindow(own, [other], 86_400_000).level; // → 'medium'
 */
export function radiusInWindow(own: BlastRadius, others: readonly BlastRadius[], windowMs: number): BlastRadius {
  if (others.length === 0 || own.level === 'critical') return own;
  const together = blastRadiusOf(unionOf([own, ...others]));
  const level = levelOfScore(together.score);
  if (order.indexOf(level) <= order.indexOf(own.level)) return own;
  const lines = together.files.reduce((sum, f) => sum + f.added + f.removed, 0);
  const counted = `${others.length} other change${others.length === 1 ? '' : 's'} of the last ${hours(windowMs)}`;
  const reason = `together with ${counted}, merged or open, it has ${lines} lines in ${together.files.length} files and a score of ${together.score}: at least ${level === 'high' ? 'High' : 'Medium'}`;
  return { ...own, level, reasons: [reason, ...own.reasons].slice(0, 100) };
}

const hours = (ms: number): string => (ms % 3_600_000 === 0 ? `${ms / 3_600_000} h` : `${Math.round(ms / 60_000)} min`);

/** All as one change. What stands in layer 1 was refused, so it weighs as a file of no layer here. */
function unionOf(all: readonly BlastRadius[]): BlastRadiusInput {
  const files = new Map<string, BlastRadiusInput['files'][number]>();
  for (const { path, layer, added, removed } of all.flatMap((r) => r.files)) {
    const known = files.get(path);
    files.set(path, {
      path,
      layer: layer === 1 ? null : layer,
      status: 'modified',
      added: added + (known?.added ?? 0),
      removed: removed + (known?.removed ?? 0),
    });
  }
  const measured = all.map((r) => r.measured ?? { totalFiles: 0, apiChanged: 'none' as const, coverage: null });
  const coverages = measured.map((m) => m.coverage);
  return {
    files: [...files.values()],
    dependents: [...new Set(all.flatMap((r) => r.dependents))].filter((path) => !files.has(path)),
    totalFiles: Math.max(...measured.map((m) => m.totalFiles)),
    apiChanged: apiOrder[Math.max(...measured.map((m) => apiOrder.indexOf(m.apiChanged)))] ?? 'none',
    weakened: [],
    coverage: coverages.includes(null) ? null : Math.min(...(coverages as number[])),
  };
}
