import { posix } from 'node:path';
import { generatedPositionFor, LEAST_UPPER_BOUND, TraceMap } from '@jridgewell/trace-mapping';
import type { ChangedFile } from '@reeve/core/changes';
import type { LineCoverage } from '@reeve/core/vocabulary';
import { addedLinesByPath, readFiles } from './candidate.ts';
import { executableLines, type Unit } from './executable-lines.ts';
import type { GateRoom } from './gates.ts';
import { isModulePath } from './module-graph.ts';
import {
  isOffset,
  isRecord,
  isReportedOf,
  list,
  madeScriptsIn,
  Places,
  parsedOf,
  type Range,
  reportsIn,
  type Script,
} from './v8-report.ts';

/** A changed file: the text that was laid out, and the lines of it that are new, counted from 1. */
export type ChangedText = { text: string; lines: ReadonlySet<number> };

/** The modules of a fix, as the candidate has them. Deleted ones run nowhere, and other languages report nothing here. */
export async function changedTexts(
  { git, clone }: Pick<GateRoom, 'git' | 'clone'>,
  commits: { base: string; candidate: string; fixFiles: readonly ChangedFile[] },
): Promise<Map<string, ChangedText>> {
  const paths = commits.fixFiles.filter((f) => f.status !== 'deleted' && isModulePath(f.path)).map((f) => f.path);
  const added = await addedLinesByPath(git, clone, commits.base, commits.candidate);
  const changed = new Map<string, ChangedText>();
  for (const [path, text] of await readFiles(git, clone, commits.candidate, paths))
    if (text !== null) changed.set(path, { text, lines: new Set(added.get(path)?.map((line) => line.number)) });
  return changed;
}

/** Whether a run of the tests told anything of the tree. Asked of the base, where nothing of the change ran. */
export const isReportedBy = (folder: string, tree: string): boolean => isReportedOf(folder, new Places(tree));

/**
 * What a run of the tests ran of the changed lines, by what V8 reported into `folder` and nothing else. `expected`: this gate
 * is known to report, so that silence means that nothing ran; else it means that nothing is known.
 */
export async function readLineCoverage(
  folder: string,
  tree: string,
  changed: ReadonlyMap<string, ChangedText>,
  expected: boolean,
): Promise<LineCoverage> {
  const wanted = new Map<string, Wanted>();
  for (const [path, { text, lines }] of changed) {
    const executable = executableLines(path, text, lines);
    if (executable?.size) wanted.set(path, { text, starts: lineStarts(text), lines: executable, run: new Set(), seen: 'no' });
  }
  if (wanted.size === 0) return { state: 'nothing-to-run', files: [] };
  const reported = await readReports(folder, new Places(tree), wanted);
  const unreadable = [...wanted.values()].some((file) => file.seen === 'unreadable');
  if (unreadable || !(reported || expected)) return { state: unreadable ? 'unreadable' : 'unknown', files: [] };
  const files = [...wanted].map(([path, { lines, run }]) => {
    const uncovered = [...lines].filter(([, units]) => !units.every((unit) => run.has(unit))).map(([line]) => line);
    return { path, lines: lines.size, covered: lines.size - uncovered.length, uncovered };
  });
  return { state: reported ? 'measured' : 'silent', files };
}

type Wanted = {
  text: string;
  starts: number[];
  lines: Map<number, Unit[]>;
  run: Set<Unit>;
  /** Whether a process loaded it, and whether its offsets could be brought back to the file. */
  seen: 'no' | 'unreadable' | 'read';
};

/** So many scripts of changed files are looked at in all. */
const maxScripts = 2_000;

async function readReports(folder: string, places: Places, wanted: ReadonlyMap<string, Wanted>): Promise<boolean> {
  const made = mapsMade(folder, places, wanted);
  const reported = isReportedOf(folder, places);
  let left = maxScripts;
  for (const { scripts, maps } of reportsIn(folder, places.addressesOf([...wanted.keys()]))) {
    for (const script of scripts) {
      const path = places.pathOf(script.url);
      const file = path === null ? undefined : wanted.get(path);
      if (path === null || !file || left-- <= 0) continue;
      const placing = placingOf(file, script, maps[script.url], made.get(path) ?? [], { path, places });
      if (placing) {
        mark(file, script, placing);
        file.seen = 'read';
      } else if (file.seen === 'no') file.seen = 'unreadable';
    }
    if ([...wanted.values()].every((file) => [...file.lines.values()].every((units) => units.every((unit) => file.run.has(unit))))) break;
    // Parsing is synchronous; the runner's heartbeats must get through meanwhile.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return reported;
}

/** From a place in the file to one in the script that ran; `null` where it cannot be told. */
type Placing = (unit: Unit) => number | null;

function mark(file: Wanted, script: Script, placing: Placing): void {
  const asked: { unit: Unit; offset: number }[] = [];
  for (const unit of new Set([...file.lines.values()].flat())) {
    if (file.run.has(unit)) continue;
    const offset = placing(unit);
    if (offset !== null) asked.push({ unit, offset });
    // A part of an expression that a map does not name runs with its statement, as far as anybody can tell.
    else if (unit.isPart) file.run.add(unit);
  }
  for (const { unit, ran } of innermost(script.ranges, asked)) if (ran) file.run.add(unit);
}

/** Ranges lie in each other, and the innermost counts: one sweep, so that forged ones by the million cost no more. */
function innermost(ranges: readonly Range[], asked: { unit: Unit; offset: number }[]): { unit: Unit; ran: boolean }[] {
  const sorted = [...ranges].sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
  const open: Range[] = [];
  let next = 0;
  return asked
    .sort((a, b) => a.offset - b.offset)
    .map(({ unit, offset }) => {
      for (let range = sorted[next]; range && range.startOffset <= offset; range = sorted[++next]) {
        while ((open.at(-1)?.endOffset ?? Number.POSITIVE_INFINITY) <= range.startOffset) open.pop();
        open.push(range);
      }
      while ((open.at(-1)?.endOffset ?? Number.POSITIVE_INFINITY) <= offset) open.pop();
      return { unit, ran: (open.at(-1)?.count ?? 0) > 0 };
    });
}

type Where = { path: string; places: Places };
function placingOf(file: Wanted, script: Script, cached: unknown, made: readonly Made[], where: Where): Placing | null {
  if (isRecord(cached) && isRecord(cached.data)) {
    const map = traceMap(cached.data);
    const lengths = list(cached.lineLengths);
    if (map && lengths.every(isOffset)) return mapped(file, map, startsOf(lengths as number[]), 0, where);
  }
  const own = made.find((m) => m.length === script.length);
  if (own) return mapped(file, own.map, own.starts, own.columnOffset, where);
  // Without a map the text that ran has to be the file's own, as far as its length can tell.
  return script.length === file.text.length ? ({ probe }) => probe : null;
}

function mapped(file: Wanted, map: TraceMap, starts: number[], columnOffset: number, { path, places }: Where): Placing | null {
  const at = map.sources.findIndex((source, i) => {
    const named = map.resolvedSources[i] ?? source ?? '';
    return places.pathOf(named) === path || named === posix.basename(path);
  });
  const source = at < 0 ? null : (map.resolvedSources[at] ?? map.sources[at]);
  if (source == null) return null;
  return ({ probe, isPart }) => {
    const line = lineAt(file.starts, probe);
    const needle = { source, line: line + 1, column: probe - (file.starts[line] ?? 0) };
    const place = placeIn(map, isPart ? needle : { ...needle, bias: LEAST_UPPER_BOUND });
    if (!place) return null;
    const start = place.line === null ? undefined : starts[place.line - 1];
    return start === undefined || place.column === null ? null : start + place.column - (place.line === 1 ? columnOffset : 0);
  };
}
/** A map is read where it is asked, and may turn out to be none. */
function placeIn(map: TraceMap, needle: Parameters<typeof generatedPositionFor>[1]): ReturnType<typeof generatedPositionFor> | null {
  try {
    return generatedPositionFor(map, needle);
  } catch {
    return null;
  }
}
function traceMap(data: Record<string, unknown>): TraceMap | null {
  try {
    return new TraceMap(data as never);
  } catch {
    return null;
  }
}

const startsOf = (lengths: readonly number[]): number[] => {
  let at = 0;
  return lengths.map((length) => {
    const start = at;
    at += length + 1;
    return start;
  });
};
const lineStarts = (text: string): number[] => startsOf(text.split('\n').map((line) => line.length));
function lineAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

type Made = { length: number; starts: number[]; columnOffset: number; map: TraceMap };
/** The maps that tools wrote into the texts which they evaluated, by path. */
function mapsMade(folder: string, places: Places, wanted: ReadonlyMap<string, unknown>): Map<string, Made[]> {
  const made = new Map<string, Made[]>();
  for (const { url, code, columnOffset } of madeScriptsIn(folder)) {
    const path = places.pathOf(url);
    const known = path === null || !wanted.has(path) ? null : (made.get(path) ?? []);
    if (path === null || !known || known.length >= 20 || known.some((m) => m.length === code.length)) continue;
    const map = inlineMapOf(code);
    if (map) made.set(path, [...known, { length: code.length, starts: lineStarts(code), columnOffset, map }]);
  }
  return made;
}
function inlineMapOf(code: string): TraceMap | null {
  const encoded = [...code.matchAll(/^\/\/# sourceMappingURL=data:application\/json[^,\n]*;base64,([\w+/=]+)\s*$/gm)].at(-1)?.[1];
  const data = encoded ? parsedOf(Buffer.from(encoded, 'base64')) : null;
  return data ? traceMap(data) : null;
}
