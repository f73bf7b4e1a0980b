/** A unified diff as git writes it, read without trusting it: text stays text, and what does not parse is kept as it is. */
export type DiffLine = { kind: 'context' | 'added' | 'removed' | 'note'; oldLine: number | null; newLine: number | null; text: string };
export type DiffHunk = { header: string; lines: DiffLine[] };
export type DiffFile = {
  oldPath: string | null;
  newPath: string | null;
  /** What the headers say beside the paths: new file, rename, mode change, binary. */
  notes: string[];
  hunks: DiffHunk[];
  added: number;
  removed: number;
};

const hunkHeader = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;

export function parseDiff(diff: string): DiffFile[] {
  const lines = diff.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const files: DiffFile[] = [];
  let file: DiffFile | undefined;
  let hunk: DiffHunk | undefined;
  let oldLeft = 0;
  let newLeft = 0;
  let oldLine = 0;
  let newLine = 0;
  const open = () => {
    file = { oldPath: null, newPath: null, notes: [], hunks: [], added: 0, removed: 0 };
    hunk = undefined;
    oldLeft = newLeft = 0;
    files.push(file);
    return file;
  };
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? '';
    // Within a hunk the counts decide, so that a removed line `-- x` is never taken for a header.
    if (hunk && file && (oldLeft > 0 || newLeft > 0)) {
      const mark = line[0] ?? ' ';
      const text = line.slice(1);
      if (mark === '+') {
        hunk.lines.push({ kind: 'added', oldLine: null, newLine: newLine++, text });
        newLeft--;
        file.added++;
        continue;
      }
      if (mark === '-') {
        hunk.lines.push({ kind: 'removed', oldLine: oldLine++, newLine: null, text });
        oldLeft--;
        file.removed++;
        continue;
      }
      if (mark === ' ' || line === '') {
        hunk.lines.push({ kind: 'context', oldLine: oldLine++, newLine: newLine++, text });
        oldLeft--;
        newLeft--;
        continue;
      }
    }
    if (hunk && line.startsWith('\\')) {
      hunk.lines.push({ kind: 'note', oldLine: null, newLine: null, text: line.slice(2) });
      continue;
    }
    if (line.startsWith('diff --git ')) {
      const current = open();
      [current.oldPath, current.newPath] = pathsOfGitLine(line);
      continue;
    }
    const at = hunkHeader.exec(line);
    if (at) {
      const current = file ?? open();
      oldLine = Number(at[1]);
      newLine = Number(at[3]);
      oldLeft = at[2] === undefined ? 1 : Number(at[2]);
      newLeft = at[4] === undefined ? 1 : Number(at[4]);
      hunk = { header: line, lines: [] };
      current.hunks.push(hunk);
      continue;
    }
    if (line.startsWith('--- ') && (lines[i + 1] ?? '').startsWith('+++ ')) {
      const current = !file || file.hunks.length ? open() : file;
      current.oldPath = pathOf(line.slice(4));
      current.newPath = pathOf((lines[++i] ?? '').slice(4));
      continue;
    }
    if (line.startsWith('index ') || line === '') continue;
    (file ?? open()).notes.push(line);
  }
  return files;
}

export const pathOfFile = (f: DiffFile): string => f.newPath ?? f.oldPath ?? 'an unnamed file';

/** `a/src/x.ts` → `src/x.ts`, `/dev/null` → null, git's quoted names → unquoted. */
function pathOf(text: string): string | null {
  const name = unquote(text.replace(/\t.*$/, ''));
  return name === '/dev/null' ? null : name.replace(/^[ab]\//, '');
}

function pathsOfGitLine(line: string): [string | null, string | null] {
  const rest = line.slice('diff --git '.length);
  const quoted = /^("(?:[^"\\]|\\.)*"|\S+) ("(?:[^"\\]|\\.)*"|\S+)$/.exec(rest);
  if (quoted) return [pathOf(quoted[1] ?? ''), pathOf(quoted[2] ?? '')];
  // Unquoted names with spaces: both halves are the same name.
  const half = (rest.length - 1) / 2;
  return Number.isInteger(half) ? [pathOf(rest.slice(0, half)), pathOf(rest.slice(half + 1))] : [null, null];
}

function unquote(text: string): string {
  if (!text.startsWith('"') || !text.endsWith('"')) return text;
  const bytes: number[] = [];
  const named: Record<string, number> = { n: 10, t: 9, r: 13, a: 7, b: 8, f: 12, v: 11, '"': 34, '\\': 92 };
  for (const [, octal, escaped, plain] of text.slice(1, -1).matchAll(/\\([0-7]{3})|\\(.)|([^\\]+)/g)) {
    if (octal) bytes.push(Number.parseInt(octal, 8));
    else if (escaped) bytes.push(named[escaped] ?? escaped.charCodeAt(0));
    else bytes.push(...new TextEncoder().encode(plain));
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}
