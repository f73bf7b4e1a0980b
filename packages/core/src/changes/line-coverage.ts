import type { BlastRadius, LineCoverage } from '../api/inputs.ts';
import { type BlastLevel, blastRadiusOf, levelOfScore } from './blast-radius.ts';

/**
 * The share of the changed lines that the tests ran, from 0 to 1, or `null` where nobody can tell. A gate that reported on
 * the base and is silent with the change has run nothing: else deleting a report would be worth more than a bad one.
 *
 * Use it for the score; which lines they are stands in the files.
 *
 * @example
 * const file = { path: 'src/a.ts', lines: 4, covered: 3, uncovered: [7] };
 * shareCovered({ state: 'measured', files: [file] }); // → 0.75
 * shareCovered({ state: 'silent', files: [file] }); // → 0
 * shareCovered({ state: 'unknown', files: [] }); // → null
 */
export function shareCovered({ state, files }: LineCoverage): number | null {
  const { lines, covered } = linesCovered({ files });
  if (state === 'silent') return 0;
  return state === 'measured' && lines > 0 ? covered / lines : null;
}

/**
 * How many changed lines can run, and how many of these the tests ran, all files together.
 *
 * Use it to tell people; no file counts for more lines than it has.
 *
 * @example
 * linesCovered({ files: [{ path: 'src/a.ts', lines: 4, covered: 9, uncovered: [] }] }); // → { lines: 4, covered: 4 }
 */
export function linesCovered({ files }: Pick<LineCoverage, 'files'>): { lines: number; covered: number } {
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  return { lines: sum(files.map((f) => f.lines)), covered: sum(files.map((f) => Math.min(f.covered, f.lines))) };
}

const levels: readonly BlastLevel[] = ['low', 'medium', 'high', 'critical'];
/** Parts of the score, which stand behind whatever raised the level. */
const termCount = 5;

/**
 * The blast radius with the coverage that was measured, as it was assessed before the tests ran and counted half. It raises the
 * level, never lowers it: the processes that report what they ran also run what the agent wrote, so a forged figure
 * must be worth no more than none. The score is told with the figure, and where it alone would be of a lower level, so is why.
 *
 * Use it once, when red and green have run; what cannot be told leaves score and level as they are.
 *
 * @example
 * const files = [{ path: 'src/a.ts', status: 'modified', added: 1, removed: 1, layer: 3 }];
 * const half = blastRadiusOf({ files, dependents: [], totalFiles: 10, apiChanged: 'none', weakened: [], coverage: null });
 * half.level; // → 'medium'
 * const lines = (covered: number) => ({ state: 'measured', files: [{ path: 'src/a.ts', lines: 1, covered, uncovered: [] }] });
 * radiusWithCoverage(half, lines(1)).level; // → 'medium'
 * radiusWithCoverage(half, lines(0)).score > half.score; // → true
 */
export function radiusWithCoverage(radius: BlastRadius, lineCoverage: LineCoverage): BlastRadius {
  const coverage = shareCovered(lineCoverage);
  const { measured } = radius;
  if (coverage === null || !measured || radius.level === 'critical') return { ...radius, lineCoverage };
  const again = blastRadiusOf({
    files: radius.files.map((file) => ({ ...file, status: 'modified' })),
    dependents: radius.dependents,
    totalFiles: measured.totalFiles,
    apiChanged: measured.apiChanged,
    weakened: [],
    coverage,
  });
  const byScore = levelOfScore(again.score);
  const level = levels.indexOf(byScore) > levels.indexOf(radius.level) ? byScore : radius.level;
  const raisedBy = radius.reasons.slice(0, -termCount);
  const kept = byScore !== level && raisedBy.length === 0 ? [`tests that ran more than half of it do not make it less than ${level}`] : [];
  const reasons = [...raisedBy, ...kept, ...again.reasons.slice(-termCount)];
  return { ...radius, level, score: again.score, reasons, measured: { ...measured, coverage }, lineCoverage };
}
