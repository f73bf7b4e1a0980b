import { type Span, spansOf } from './changed-span';
import type { DiffFile, DiffLine } from './parse-diff';

export type RowLine = DiffLine & { span: Span | null };
export type DiffRow =
  | { kind: 'hunk'; text: string }
  | { kind: 'note'; text: string }
  | { kind: 'line'; line: RowLine }
  | { kind: 'pair'; left: RowLine | null; right: RowLine | null };

type Hunk = DiffFile['hunks'][number];
function withSpans(hunk: Hunk): RowLine[] {
  const spans = spansOf(hunk);
  return hunk.lines.map((line) => {
    const span =
      line.kind === 'removed' ? spans.removed.get(line.oldLine ?? -1) : line.kind === 'added' ? spans.added.get(line.newLine ?? -1) : null;
    return { ...line, span: span ?? null };
  });
}

/** One row a line, in the order of the diff. */
export function unifiedRows(file: DiffFile): DiffRow[] {
  return file.hunks.flatMap((h) => [
    { kind: 'hunk', text: h.header } as DiffRow,
    ...withSpans(h).map((line): DiffRow => (line.kind === 'note' ? { kind: 'note', text: line.text } : { kind: 'line', line })),
  ]);
}

/** Old on the left, new on the right: a run of removed lines stands beside the run of added lines that follows it. */
export function pairedRows(file: DiffFile): DiffRow[] {
  const rows: DiffRow[] = [];
  for (const hunk of file.hunks) {
    rows.push({ kind: 'hunk', text: hunk.header });
    let removed: RowLine[] = [];
    let added: RowLine[] = [];
    const flush = () => {
      for (let i = 0; i < Math.max(removed.length, added.length); i++)
        rows.push({ kind: 'pair', left: removed[i] ?? null, right: added[i] ?? null });
      removed = [];
      added = [];
    };
    for (const line of withSpans(hunk)) {
      if (line.kind === 'removed') {
        if (added.length) flush();
        removed.push(line);
      } else if (line.kind === 'added') added.push(line);
      else {
        flush();
        rows.push(line.kind === 'note' ? { kind: 'note', text: line.text } : { kind: 'pair', left: line, right: line });
      }
    }
    flush();
  }
  return rows;
}
