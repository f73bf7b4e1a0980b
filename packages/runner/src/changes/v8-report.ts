import { lstatSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { isAbsolute, join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/**
 * Reports of V8 lie in files that the processes under test wrote, so none of it is believed beyond these bounds. What lies
 * beyond them is not read.
 */
export const reportLimits = { files: 20_000, fileBytes: 64 * 1024 ** 2, readBytes: 1024 ** 3, parsedBytes: 192 * 1024 ** 2 };

export type Range = { startOffset: number; endOffset: number; count: number };
/** A script that a process ran: V8's ranges lie in each other, the first is the whole. */
export type Script = { url: string; ranges: Range[]; length: number };
/** `maps`: by address of a script, as Node keeps them. */
export type Report = { scripts: Script[]; maps: Record<string, unknown> };
/** A text that a tool made of a file and evaluated. */
export type MadeScript = { url: string; columnOffset: number; code: string };

/** The reports of a run that hold one of `words`, one after the other. */
export function* reportsIn(folder: string, words: readonly string[]): Generator<Report> {
  let left = reportLimits.parsedBytes;
  const wanted = words.map((word) => Buffer.from(word));
  for (const text of textsIn(folder, 'coverage-')) {
    // Searching costs a hundredth of parsing, and most processes have nothing to tell of the change.
    if (!wanted.some((word) => text.includes(word))) continue;
    left -= text.length;
    if (left < 0) return;
    const parsed = parsedOf(text);
    if (!parsed) continue;
    const maps = parsed['source-map-cache'];
    yield { scripts: list(parsed.result).flatMap(scriptOf), maps: isRecord(maps) ? maps : {} };
  }
}

/** Whether any process reported of a file of the tree at all. */
export function isReportedOf(folder: string, places: Places): boolean {
  for (const text of textsIn(folder, 'coverage-')) if (places.words.some((word) => text.includes(word))) return true;
  return false;
}

export function* madeScriptsIn(folder: string): Generator<MadeScript> {
  for (const text of textsIn(folder, 'script-')) {
    const parsed = parsedOf(text);
    if (!parsed || typeof parsed.code !== 'string' || typeof parsed.url !== 'string') continue;
    const { code, url, columnOffset } = parsed;
    yield { url, code, columnOffset: Number.isSafeInteger(columnOffset) ? (columnOffset as number) : 0 };
  }
}

function* textsIn(folder: string, prefix: string): Generator<Buffer> {
  let left = reportLimits.readBytes;
  for (const name of namesIn(folder)) {
    if (!name.startsWith(prefix) || !name.endsWith('.json')) continue;
    const text = contentOf(join(folder, name));
    left -= text?.length ?? 0;
    if (left < 0) return;
    if (text) yield text;
  }
}
function namesIn(folder: string): string[] {
  try {
    return lstatSync(folder).isDirectory() ? readdirSync(folder).sort().slice(0, reportLimits.files) : [];
  } catch {
    return [];
  }
}
/** Only of an ordinary file: no link leads anywhere, no pipe makes us wait. */
function contentOf(path: string): Buffer | null {
  try {
    const stat = lstatSync(path);
    return stat.isFile() && stat.size <= reportLimits.fileBytes ? readFileSync(path) : null;
  } catch {
    return null;
  }
}
export function parsedOf(text: Buffer): Record<string, unknown> | null {
  try {
    const parsed: unknown = JSON.parse(text.toString('utf8'));
    return isRecord(parsed) ? parsed : null;
  } catch {
    return null;
  }
}
export const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
export const isOffset = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
export const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** What has the shape that V8 writes; the rest is passed over. */
function scriptOf(script: unknown): Script[] {
  if (!isRecord(script) || typeof script.url !== 'string') return [];
  const ranges = list(script.functions).flatMap((f) => (isRecord(f) ? list(f.ranges) : []));
  const sound = ranges.filter(
    (r): r is Range => isRecord(r) && isOffset(r.startOffset) && isOffset(r.endOffset) && isOffset(r.count) && r.endOffset > r.startOffset,
  );
  return sound[0] ? [{ url: script.url, ranges: sound, length: sound[0].endOffset }] : [];
}

/** Paths of a tree, from what a script calls itself. */
export class Places {
  readonly #roots: string[];
  /** What the address of every script of the tree begins with. */
  readonly words: string[];
  constructor(tree: string) {
    this.#roots = [...new Set([tree, realpathSync(tree)])];
    this.words = this.#roots.map((root) => pathToFileURL(join(root, sep)).href);
  }
  /** How scripts of these files may call themselves, whatever query follows. */
  addressesOf(paths: readonly string[]): string[] {
    const files = this.#roots.flatMap((root) => paths.map((path) => join(root, path)));
    return files.flatMap((file) => [pathToFileURL(file).href, JSON.stringify(file).slice(1, -1)]);
  }
  /** `null` for everything that lies outside or was installed. */
  pathOf(url: string): string | null {
    const file = fileOf(url);
    if (file === null) return null;
    for (const root of this.#roots) {
      const inside = relative(root, file);
      if (inside === '' || inside.startsWith('..') || isAbsolute(inside)) continue;
      const parts = inside.split(sep);
      return parts.includes('node_modules') ? null : parts.join('/');
    }
    return null;
  }
}
function fileOf(url: string): string | null {
  const plain = url.replace(/[?#].*$/, '');
  try {
    if (plain.startsWith('file:')) return fileURLToPath(plain);
    return isAbsolute(plain) ? plain : null;
  } catch {
    return null;
  }
}
