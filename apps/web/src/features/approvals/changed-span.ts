import type { DiffHunk } from './parse-diff';

/** The part of a line that differs from its partner: [from, to). */
export type Span = readonly [from: number, to: number];

/** What is left between the common start and the common end; null where the lines have too little in common to help. */
export function changedSpans(before: string, after: string): { before: Span; after: Span } | null {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let end = 0;
  while (end < shorter - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  const common = before.slice(0, start).trim().length + before.slice(before.length - end).trim().length;
  if (common * 3 < Math.max(before.trim().length, after.trim().length)) return null;
  return { before: [start, before.length - end], after: [start, after.length - end] };
}

/** For each removed and added line of a hunk that stands beside a partner: which part of it changed. Keyed by line number. */
export function spansOf(hunk: DiffHunk): { removed: Map<number, Span>; added: Map<number, Span> } {
  const spans = { removed: new Map<number, Span>(), added: new Map<number, Span>() };
  const { lines } = hunk;
  for (let i = 0; i < lines.length; ) {
    let removed = 0;
    while (lines[i + removed]?.kind === 'removed') removed++;
    let added = 0;
    while (lines[i + removed + added]?.kind === 'added') added++;
    // Only runs of equal length are pairs; elsewhere a partner would be a guess.
    if (removed > 0 && removed === added)
      for (let k = 0; k < removed; k++) {
        const left = lines[i + k];
        const right = lines[i + removed + k];
        const found = left && right && changedSpans(left.text, right.text);
        if (!found || left.oldLine === null || right.newLine === null) continue;
        spans.removed.set(left.oldLine, found.before);
        spans.added.set(right.newLine, found.after);
      }
    i += Math.max(1, removed + added);
  }
  return spans;
}
