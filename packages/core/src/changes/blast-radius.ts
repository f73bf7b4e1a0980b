import type { BlastRadius } from '../api/inputs.ts';
import type { ChangedFile } from './diff-files.ts';
import { layerNames } from './layers.ts';
import { isTestPath } from './test-paths.ts';

/** How far a change reaches, in one word: what decides who may approve it. */
export type BlastLevel = BlastRadius['level'];

/** What the assessor measured on the actual diff; an agent's own estimate has no place here. */
export type BlastRadiusInput = {
  files: { path: string; status: ChangedFile['status']; added: number; removed: number; layer: number | null }[];
  /** Files that reach a changed one through imports, the changed ones themselves left out. */
  dependents: string[];
  /** Source files of the tree; what `dependents` is a share of. */
  totalFiles: number;
  apiChanged: 'none' | 'added' | 'changed';
  /** Tests, rules or type checks that got weaker, in words. */
  weakened: string[];
  /** Share of the changed lines that tests run, or `null` when nobody measured. */
  coverage: number | null;
  /** What a reader should look at, in words; the score knows nothing of it. */
  hints?: string[];
};

/** changes.md "Risk": a start, to be calibrated by what is recorded. */
const weights = { layer: 40, dependents: 20, api: 15, size: 10, coverage: 15 } as const;
const layerWeight: Record<number, number> = { 4: 0.1, 3: 0.4, 2: 0.7, 1: 1 };
const unknownLayerWeight = layerWeight[2] as number;
/** A quarter of all files depending on the change counts in full. */
const fullDependentsShare = 0.25;
const fullSizeLog2 = 9;
/** Unmeasured coverage counts as half: the red and green runs prove that some of the change is run, not how much. */
const unknownCoverage = 0.5;

/**
 * The level of a score alone, before the floors: below 25 `low`, below 50 `medium`, else `high`. Never `critical`, which
 * comes of a layer and of no score.
 *
 * Use it to explain a score; the level of a change is `blastRadiusOf`'s.
 *
 * @example
 * levelOfScore(24.9); // → 'low'
 * levelOfScore(25); // → 'medium'
 * levelOfScore(50); // → 'high'
 */
export const levelOfScore = (score: number): BlastLevel => (score < 25 ? 'low' : score < 50 ? 'medium' : 'high');

/**
 * How far a change reaches: score from 0 to 100, level and the reasons in words. What raised the level comes first, then
 * the parts of the score, the heaviest first. Core reasoning is always `critical`, what no layer names at least `high`.
 *
 * Use it on what was measured on the actual diff, never on what an agent says of it.
 *
 * @example
 * const file = { path: 'src/tools/csv.ts', status: 'modified', added: 1, removed: 1, layer: 4 } as const;
 * const measured = { files: [file], dependents: [], totalFiles: 100, apiChanged: 'none', weakened: [], coverage: 1 } as const;
 * blastRadiusOf(measured).level; // → 'low'
 * blastRadiusOf({ ...measured, weakened: ['an assertion is gone'] }).reasons[0]; // → 'an assertion is gone: at least High'
 * blastRadiusOf({ ...measured, files: [{ ...file, layer: 1 }] }).level; // → 'critical'
 */
export function blastRadiusOf(input: BlastRadiusInput): BlastRadius {
  const source = input.files.filter((f) => !isTestPath(f.path));
  const judged = source.length > 0 ? source : input.files;
  const layers = judged.map((f) => f.layer);
  const lines = judged.reduce((sum, f) => sum + f.added + f.removed, 0);
  const share = input.totalFiles > 0 ? input.dependents.length / input.totalFiles : 0;

  const layerPart = Math.max(...layers.map((l) => (l === null ? unknownLayerWeight : (layerWeight[l] ?? unknownLayerWeight))), 0);
  const apiPart = { none: 0, added: 0.3, changed: 1 }[input.apiChanged];
  const terms = [
    { points: weights.layer * layerPart, reason: layerReason(layers) },
    { points: weights.dependents * Math.min(1, share / fullDependentsShare), reason: dependentsReason(input.dependents.length, share) },
    {
      points: weights.api * apiPart,
      reason: { none: 'no exported API changes', added: 'new exports', changed: 'an exported API changes or goes' }[input.apiChanged],
    },
    {
      points: weights.size * Math.min(1, Math.log2(1 + lines) / fullSizeLog2),
      reason: `${lines} changed line${lines === 1 ? '' : 's'} in ${plural(judged.length, 'file')}`,
    },
    { points: weights.coverage * (1 - (input.coverage ?? unknownCoverage)), reason: coverageReason(input.coverage) },
  ].sort((a, b) => b.points - a.points);
  const score = Math.round(terms.reduce((sum, t) => sum + t.points, 0) * 10) / 10;

  const critical = input.files.filter((f) => f.layer === 1).map((f) => f.path);
  const floors = floorsOf(input, judged);
  const level: BlastLevel = critical.length > 0 ? 'critical' : floors.length > 0 ? 'high' : levelOfScore(score);
  const reasons = [
    ...critical.slice(0, 10).map((path) => `${path} is layer 1, core reasoning, which no agent changes`),
    ...floors,
    ...terms.map((t) => `${t.reason} (${t.points.toFixed(1)})`),
  ];
  return {
    level,
    score: critical.length > 0 ? 100 : score,
    reasons: reasons.map((reason) => reason.slice(0, 500)).slice(0, 100),
    files: input.files.map(({ path, layer, added, removed }) => ({ path, layer, added, removed })).slice(0, 5000),
    dependents: [...input.dependents].sort().slice(0, 5000),
    measured: { totalFiles: input.totalFiles, apiChanged: input.apiChanged, coverage: input.coverage },
    ...(input.hints?.length ? { hints: input.hints.map((hint) => hint.slice(0, 500)).slice(0, 20) } : {}),
  };
}

/** What makes a change High at least, however small its score. */
function floorsOf(input: BlastRadiusInput, judged: BlastRadiusInput['files']): string[] {
  const unmatched = judged.filter((f) => f.layer === null).map((f) => f.path);
  return [
    ...unmatched.slice(0, 10).map((path) => `${path} is in no layer, so it counts as High`),
    ...input.weakened.slice(0, 20).map((what) => `${what}: at least High`),
  ];
}

function layerReason(layers: (number | null)[]): string {
  if (layers.includes(null)) return 'a file outside every layer';
  const lowest = Math.min(...(layers as number[]), 4);
  return `layer ${lowest}, ${layerNames[lowest] ?? 'unknown'}`;
}
const plural = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;
const dependentsReason = (n: number, share: number): string =>
  n === 0
    ? 'nothing imports the changed files'
    : `${plural(n, 'file')} depend${n === 1 ? 's' : ''} on it, ${Math.round(share * 100)}% of the sources`;
const coverageReason = (coverage: number | null): string =>
  coverage === null
    ? 'coverage of the changed lines not measured, counted as half'
    : `${Math.floor(coverage * 100)}% of the changed lines are run by tests`;
