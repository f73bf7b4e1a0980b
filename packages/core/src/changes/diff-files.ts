import type { Violation } from './violation.ts';

/** One file of a change, as a patch or as git's own raw diff tells it. */
export type ChangedFile = {
  path: string;
  status: 'added' | 'modified' | 'deleted';
  /** Six octal digits as git writes them; `null` where unknown or not there. */
  oldMode: string | null;
  newMode: string | null;
  added: number;
  removed: number;
  binary: boolean;
  /** The lines that are new, without their `+`: what the content rules read. Empty where the source has no text. */
  addedLines: string[];
};

/**
 * Limits of one patch, well above an honest fix.
 *
 * Use it to say what fits; `parsePatch` refuses more with `patch-too-large`.
 *
 * @example
 * patchLimits.files; // → 500
 */
export const patchLimits = { files: 500, lines: 20_000 };

type Parsed = { ok: true; files: ChangedFile[] } | { ok: false; violation: Violation };

/**
 * Reads a unified diff, with or without git's headers. Strict on purpose: what this cannot read exactly is refused, so
 * that no text means one thing here and another to git. (The runner judges git's own view of the result again.)
 *
 * Use it on patches as an agent sends them; it answers the files, or the rule that the text breaks.
 *
 * @example
 * const read = parsePatch(`--- a/x.ts\n+++ b/x.ts\n@@ -1 +1 @@\n-old\n+new\n`);
 * read.ok && read.files[0].addedLines; // → ['new']
 * const cut = parsePatch(`--- a/x.ts\n+++ b/x.ts\n@@ -1 +1 @@\n-old\n`);
 * !cut.ok && cut.violation.rule; // → 'patch-malformed'
 */
export function parsePatch(text: string): Parsed {
  try {
    return { ok: true, files: new PatchReader(text).read() };
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, violation: error.violation };
    throw error;
  }
}

class Refusal extends Error {
  readonly violation: Violation;
  constructor(violation: Violation) {
    super(violation.detail);
    this.violation = violation;
  }
}
const malformed = (line: number, what: string): never => {
  throw new Refusal({
    rule: 'patch-malformed',
    detail: `Line ${line}: ${what}. Send a unified diff against the base, as \`git diff\` prints it.`,
  });
};

class PatchReader {
  readonly #lines: string[];
  #at = 0;
  readonly #files: ChangedFile[] = [];

  constructor(text: string) {
    this.#lines = text.split('\n');
    if (this.#lines.at(-1) === '') this.#lines.pop();
    if (this.#lines.length > patchLimits.lines)
      throw new Refusal({ rule: 'patch-too-large', detail: `The patch has more than ${patchLimits.lines} lines. Split the change.` });
  }

  read(): ChangedFile[] {
    while (this.#at < this.#lines.length) {
      const line = this.#line();
      if (line.startsWith('diff --git ')) this.#gitFile(line);
      else if (line.startsWith('--- ')) this.#plainFile();
      else if (line.startsWith('@@ ')) malformed(this.#at + 1, 'a hunk without a file header');
      else this.#at++;
      if (this.#files.length > patchLimits.files)
        throw new Refusal({ rule: 'patch-too-large', detail: `The patch touches more than ${patchLimits.files} files. Split the change.` });
    }
    return this.#files;
  }

  #line(): string {
    return this.#lines[this.#at] ?? '';
  }

  #gitFile(header: string): void {
    const file: ChangedFile = blank('');
    const headerAt = ++this.#at;
    let renamedFrom: string | null = null;
    for (; this.#at < this.#lines.length; this.#at++) {
      const line = this.#line();
      const [key, value] = splitHeader(line);
      if (key === 'old mode') file.oldMode = value;
      else if (key === 'new mode') file.newMode = value;
      else if (key === 'new file mode') [file.status, file.newMode] = ['added', value];
      else if (key === 'deleted file mode') [file.status, file.oldMode] = ['deleted', value];
      else if (key === 'rename from') renamedFrom = unquote(value, this.#at + 1);
      else if (key === 'copy from') file.status = 'added';
      else if (key === 'rename to' || key === 'copy to') [file.status, file.path] = ['added', unquote(value, this.#at + 1)];
      else if (key === 'index') file.oldMode ??= /[0-9a-f]+\.\.[0-9a-f]+ (\d{6})$/.exec(line)?.[1] ?? null;
      else if (line === 'GIT binary patch' || line.startsWith('Binary files ')) file.binary = true;
      else if (line.startsWith('--- ') || line.startsWith('diff --git ') || line.startsWith('@@ ')) break;
      else if (!file.binary && !key && line !== '') break;
    }
    if (this.#line().startsWith('--- ')) this.#paths(file);
    // Without `---` and `+++` (a mode change, an empty file) only the header names the path, twice the same.
    if (!file.path) file.path = pathOfHeader(header) ?? malformed(headerAt, 'the header names no path that can be read');
    if (renamedFrom !== null) this.#files.push({ ...blank(renamedFrom), status: 'deleted', oldMode: file.oldMode });
    this.#hunks(file);
    this.#files.push(file);
  }

  #plainFile(): void {
    const file = blank('');
    this.#paths(file);
    this.#hunks(file);
    if (file.added + file.removed === 0) malformed(this.#at, 'a file without a hunk');
    this.#files.push(file);
  }

  /** Reads the `---` and `+++` lines; the new path counts, or the old one of a deletion. */
  #paths(file: ChangedFile): void {
    const before = pathOf(this.#line().slice(4), this.#at + 1);
    const after = this.#lines[this.#at + 1] ?? '';
    if (!after.startsWith('+++ ')) malformed(this.#at + 2, 'a `---` line without its `+++` line');
    const now = pathOf(after.slice(4), this.#at + 2);
    if (before === null && now === null) malformed(this.#at + 1, 'both sides are /dev/null');
    if (before === null) file.status = 'added';
    else if (now === null) file.status = 'deleted';
    else if (before !== now && file.status === 'modified') malformed(this.#at + 1, 'the two paths differ but it is no rename');
    file.path = now ?? before ?? '';
    this.#at += 2;
  }

  #hunks(file: ChangedFile): void {
    while (this.#line().startsWith('@@ ')) {
      const counts = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(this.#line());
      const [, oldCount = '1', newCount = '1'] = counts ?? malformed(this.#at + 1, 'a hunk header that cannot be read');
      let oldLeft = Number(oldCount);
      let newLeft = Number(newCount);
      this.#at++;
      while (oldLeft > 0 || newLeft > 0) {
        if (this.#at >= this.#lines.length) malformed(this.#at, 'the last hunk is shorter than its header says');
        const line = this.#line();
        const mark = line[0];
        if (mark === '+') {
          newLeft--;
          file.added++;
          file.addedLines.push(line.slice(1));
        } else if (mark === '-') {
          oldLeft--;
          file.removed++;
        } else if (mark === ' ' || line === '') {
          oldLeft--;
          newLeft--;
        } else if (mark !== '\\') malformed(this.#at + 1, 'a hunk is shorter than its header says');
        if (oldLeft < 0 || newLeft < 0) malformed(this.#at + 1, 'a hunk is longer than its header says');
        this.#at++;
      }
      while (this.#line().startsWith('\\')) this.#at++;
      // A change line right behind a complete hunk: the counts lie, or the text was cut. Either way it is not exact.
      if (/^[+-](?!-- |\+\+ )/.test(this.#line())) malformed(this.#at + 1, 'a hunk is longer than its header says');
    }
  }
}

const blank = (path: string): ChangedFile => ({
  path,
  status: 'modified',
  oldMode: null,
  newMode: null,
  added: 0,
  removed: 0,
  binary: false,
  addedLines: [],
});

const headerKeys = [
  'old mode',
  'new mode',
  'new file mode',
  'deleted file mode',
  'rename from',
  'rename to',
  'copy from',
  'copy to',
  'similarity index',
  'dissimilarity index',
  'index',
];
function splitHeader(line: string): [string, string] {
  const key = headerKeys.find((k) => line.startsWith(`${k} `));
  return key ? [key, line.slice(key.length + 1).trim()] : ['', ''];
}

/** The path of a `---` or `+++` line without its first component (`a/`, `b/`), as `git apply -p1` reads it; `null` for /dev/null. */
function pathOf(text: string, line: number): string | null {
  const raw = text.startsWith('"') ? text : (text.split('\t')[0] ?? '').trimEnd();
  const path = unquote(raw, line);
  if (path === '/dev/null') return null;
  const slash = path.indexOf('/');
  if (slash < 0) return malformed(line, `the path ${path} has no a/ or b/ in front`);
  return path.slice(slash + 1);
}

function pathOfHeader(header: string): string | null {
  const rest = header.slice('diff --git '.length);
  if (rest.startsWith('"')) {
    const quoted = /^("(?:[^"\\]|\\.)*") ("(?:[^"\\]|\\.)*")$/.exec(rest);
    return quoted?.[2] ? unquote(quoted[2], 0).replace(/^[^/]*\//, '') : null;
  }
  const half = (rest.length - 1) / 2;
  if (!Number.isInteger(half) || rest[half] !== ' ') return null;
  const [left, right] = [rest.slice(0, half), rest.slice(half + 1)];
  const bare = right.replace(/^[^/]*\//, '');
  return left.replace(/^[^/]*\//, '') === bare && bare !== '' ? bare : null;
}

/** Undoes git's C quoting; bytes above ASCII come as octal escapes of UTF-8. */
function unquote(text: string, line: number): string {
  if (!text.startsWith('"')) return text;
  const body = /^"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? malformed(line, 'a quoted path that does not end');
  // Through percent encoding: the core has no TextDecoder among its types, and this is the language's own UTF-8.
  let encoded = '';
  for (const [, octal, letter, plain] of body.matchAll(/\\([0-3][0-7]{2})|\\(.)|([^\\]+)/g)) {
    const code = octal ? Number.parseInt(octal, 8) : letter ? escapes[letter] : null;
    if (code === undefined) malformed(line, 'a quoted path with an unknown escape');
    try {
      encoded += code == null ? encodeURIComponent(plain ?? '') : `%${code.toString(16).padStart(2, '0')}`;
    } catch {
      malformed(line, 'a quoted path that is no text');
    }
  }
  try {
    return decodeURIComponent(encoded);
  } catch {
    return malformed(line, 'a path that is not UTF-8');
  }
}
const escapes: Record<string, number> = { n: 10, t: 9, r: 13, '"': 34, '\\': 92, a: 7, b: 8, f: 12, v: 11 };
