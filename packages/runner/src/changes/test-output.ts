import { stripVTControlCharacters } from 'node:util';

/** Why a test failed, as far as its runner says. `load`: the file did not even get to its tests. */
export type FailureKind = 'assertion' | 'load' | 'other';
export type NameCounts = { passed: number; failed: number; skipped: number; kinds: Set<FailureKind> };
/** What a test command printed, read by test identity wherever its format allows. */
export type TestReport = {
  format: 'tap' | 'json' | 'vitest' | 'spec' | 'none';
  /** Whether passing tests are named too; else only counts and failures are known. */
  complete: boolean;
  /** Full name of a test → its outcomes. Names may repeat, in one file or several. */
  tests: Map<string, NameCounts>;
  passed: number;
  failed: number;
  skipped: number;
};

/**
 * Reads what node:test (TAP or spec), vitest (JSON, TAP or default) and jest (JSON) print. `root` is cut out of names,
 * so that the same test has the same name in every folder.
 */
export function readTestOutput(output: string, root: string): TestReport {
  const text = stripAnsi(output).replaceAll(`file://${root}/`, '').replaceAll(`${root}/`, '');
  return readTap(text) ?? readJson(text) ?? readVitest(text) ?? readSpec(text) ?? readNothing(text);
}

export const stripAnsi = (text: string): string => stripVTControlCharacters(text).replace(/\r\n?/g, '\n');

class Tally {
  readonly tests = new Map<string, NameCounts>();
  add(name: string, outcome: 'passed' | 'failed' | 'skipped', kind?: FailureKind): void {
    const counts = this.tests.get(name) ?? { passed: 0, failed: 0, skipped: 0, kinds: new Set() };
    counts[outcome]++;
    if (kind) counts.kinds.add(kind);
    this.tests.set(name, counts);
  }
  report(
    format: TestReport['format'],
    complete: boolean,
    totals: Partial<Pick<TestReport, 'passed' | 'failed' | 'skipped'>> = {},
  ): TestReport {
    const sum = (key: 'passed' | 'failed' | 'skipped') => [...this.tests.values()].reduce((total, c) => total + c[key], 0);
    return {
      format,
      complete,
      tests: this.tests,
      passed: totals.passed ?? sum('passed'),
      failed: totals.failed ?? sum('failed'),
      skipped: totals.skipped ?? sum('skipped'),
    };
  }
}

const assertionSigns = /\bAssertionError\b|ERR_ASSERTION|\bJestAssertionError\b|expect\(.*\)\.(not\.)?to/;
const loadSigns =
  /SyntaxError|ERR_MODULE_NOT_FOUND|MODULE_NOT_FOUND|Cannot find (module|package)|Failed to (load|resolve)|does not provide an export|Transform failed|ERR_UNKNOWN_FILE_EXTENSION|ImportError|ModuleNotFoundError/;
function kindOf(text: string): FailureKind {
  return loadSigns.test(text) && !/\bAssertionError\b|ERR_ASSERTION/.test(text)
    ? 'load'
    : assertionSigns.test(text)
      ? 'assertion'
      : 'other';
}

type TapEntry = { path: string[]; ok: boolean; skip: boolean; todo: boolean; detail: string };

/** TAP, nested by four blanks. node:test prints children before their parent's line, vitest after it, in braces. */
function readTap(text: string): TestReport | null {
  const start = text.search(/^TAP version 1[34]$/m);
  if (start < 0) return null;
  const tally = new Tally();
  const names: string[] = [];
  const childrenAt: boolean[] = [];
  let open: TapEntry | null = null;
  let inDetail = false;
  const close = () => {
    if (open) addTapEntry(tally, open);
    open = null;
  };
  for (const line of text.slice(start).split('\n')) {
    if (inDetail) {
      if (/^\s*\.\.\.$/.test(line)) inDetail = false;
      else if (open) open.detail += `${line}\n`;
      continue;
    }
    if (/^\s+---$/.test(line) && open) {
      inDetail = true;
      continue;
    }
    const subtest = /^(\s*)# Subtest: (.*)$/.exec(line);
    if (subtest) {
      close();
      const depth = (subtest[1] as string).length / 4;
      names[depth] = unescapeTap(subtest[2] as string);
      continue;
    }
    const result = /^(\s*)(not )?ok \d+(?: - (.*))?$/.exec(line);
    if (!result) continue;
    close();
    const depth = Math.floor((result[1] as string).length / 4);
    const group = / \{$/.test(line);
    const [, title = '', directive = ''] = /^(.*?)(?: # (SKIP|TODO|time=).*?)?(?: \{)?$/i.exec(result[3] ?? '') ?? [];
    names[depth] = unescapeTap(title);
    const hasChildren = childrenAt[depth + 1] === true;
    childrenAt.length = depth + 1;
    childrenAt[depth] = true;
    const entry: TapEntry = {
      path: names.slice(0, depth + 1),
      ok: !result[2],
      skip: /^skip/i.test(directive),
      todo: /^todo/i.test(directive),
      detail: '',
    };
    // The line of a suite repeats its children; it counts only when it failed for a reason of its own, which the detail tells.
    if (!group) open = hasChildren ? { ...entry, detail: 'suite\n' } : entry;
  }
  close();
  return tally.report('tap', true);
}

function addTapEntry(tally: Tally, entry: TapEntry): void {
  const { detail, path } = entry;
  const isSuite = detail.startsWith('suite\n') || /^\s*type: 'suite'$/m.test(detail);
  if (isSuite && (entry.ok || /failureType: 'subtestsFailed'/.test(detail))) return;
  const name = path.join(' > ');
  if (entry.skip || (entry.todo && !entry.ok)) tally.add(name, 'skipped');
  else if (entry.ok) tally.add(name, entry.todo ? 'skipped' : 'passed');
  else tally.add(name, 'failed', tapKind(detail));
}
function tapKind(detail: string): FailureKind {
  // A whole file that failed, by node:test: it did not load, or died outside of every test.
  if (/^\s*exitCode: /m.test(detail) && /error: 'test failed'/.test(detail)) return 'load';
  const name = /^\s*name: ['"]?(\w+)/m.exec(detail)?.[1];
  const code = /^\s*code: '(\w+)'/m.exec(detail)?.[1];
  if (/failureType: '(?!testCodeFailure)/.test(detail)) return 'other';
  if (code === 'ERR_ASSERTION' || name === 'AssertionError') return 'assertion';
  return loadSigns.test(detail) ? 'load' : 'other';
}
const unescapeTap = (name: string): string => name.trim().replace(/\\(.)/g, '$1');

type JsonResult = {
  name?: string;
  status?: string;
  message?: string;
  assertionResults?: { fullName?: string; status?: string; failureMessages?: string[] }[];
};

/** The JSON that jest invented and vitest prints too: on a line of its own, or as the whole output. */
function readJson(text: string): TestReport | null {
  const at = text.search(/^\{\s*"num(TotalTestSuites|FailedTestSuites)"/m);
  if (at < 0) return null;
  let parsed: { testResults?: JsonResult[] };
  try {
    const line = text.slice(at).split('\n')[0] as string;
    parsed = JSON.parse(line.endsWith('}') ? line : text.slice(at, text.lastIndexOf('}') + 1));
  } catch {
    return null;
  }
  const tally = new Tally();
  for (const file of parsed.testResults ?? []) {
    const cases = file.assertionResults ?? [];
    if (file.status === 'failed' && cases.length === 0) tally.add(file.name ?? 'a file', 'failed', 'load');
    for (const test of cases) {
      const name = `${file.name ?? ''} > ${test.fullName ?? ''}`;
      if (test.status === 'passed') tally.add(name, 'passed');
      else if (test.status === 'failed') tally.add(name, 'failed', kindOf((test.failureMessages ?? []).join('\n').split('\n')[0] ?? ''));
      else tally.add(name, 'skipped');
    }
  }
  return tally.report('json', true);
}

/** vitest's default reporter names failures alone; the rest are totals. */
function readVitest(text: string): TestReport | null {
  const totals = [...text.matchAll(/^ +Tests +(.*)\(\d+\)\s*$/gm)].at(-1)?.[1] ?? (/^ +Tests +no tests$/m.test(text) ? '' : null);
  if (totals === null) return null;
  const tally = new Tally();
  for (const block of text.split(/^ *FAIL +/m).slice(1)) {
    const [title = '', reason = ''] = block.split('\n');
    const isFile = /\[ .* \]\s*$/.test(title);
    tally.add(title.replace(/\s*\[ .* \]\s*$/, '').trim(), 'failed', isFile ? 'load' : kindOf(reason));
  }
  const count = (word: string) => Number(new RegExp(`(\\d+) ${word}`).exec(totals)?.[1] ?? 0);
  const files = [...tally.tests.values()].filter((c) => c.kinds.has('load')).length;
  return tally.report('vitest', false, {
    passed: count('passed'),
    failed: count('failed') + files,
    skipped: count('skipped') + count('todo'),
  });
}

/** node:test for terminals: marks in front of names, nested by two blanks, the failures once more at the end. */
function readSpec(text: string): TestReport | null {
  if (!/^ℹ tests \d+$/m.test(text)) return null;
  const [listed = '', again = ''] = text.split(/^✖ failing tests:$/m);
  const tally = new Tally();
  const groups: string[] = [];
  let failure: { name: string; detail: string } | null = null;
  const reasons = new Map<string, string>();
  for (const block of again.split(/^test at /m).slice(1)) {
    const title = /^✖ (.*?)(?: \([\d.]+ms\))?$/m.exec(block)?.[1];
    if (title) reasons.set(title, block);
  }
  const close = () => {
    if (failure) {
      const title = failure.name.split(' > ').at(-1) as string;
      tally.add(failure.name, 'failed', specKind(`${failure.detail}\n${reasons.get(title) ?? ''}`));
    }
    failure = null;
  };
  for (const line of listed.split('\n')) {
    const item = /^((?: {2})*)([✔✖▶﹣⚠]) (.*?)(?: \([\d.]+ms\))?((?: # (?:SKIP|TODO).*)?)$/.exec(line);
    if (!item) {
      if (failure) failure.detail += `${line}\n`;
      continue;
    }
    close();
    const [, blanks = '', mark, title = '', directive = ''] = item;
    const depth = blanks.length / 2;
    if (mark === '▶' && groups[depth] !== title) {
      groups.length = depth;
      groups[depth] = title;
      continue;
    }
    // The closing line of a group says again what its members said.
    if (groups[depth] === title) {
      groups.length = depth;
      continue;
    }
    groups.length = depth;
    const name = [...groups, title].join(' > ');
    if (mark === '﹣' || /# (SKIP|TODO)/i.test(directive)) tally.add(name, 'skipped');
    else if (mark === '✔') tally.add(name, 'passed');
    else failure = { name, detail: '' };
  }
  close();
  return tally.report('spec', true);
}
function specKind(detail: string): FailureKind {
  if (/^\s*'test failed'$/m.test(detail)) return 'load';
  return kindOf(detail);
}

/** An unknown runner: exit code and the words in its output are all there is. */
function readNothing(text: string): TestReport {
  const tally = new Tally();
  const report = tally.report('none', false);
  const kind = loadSigns.test(text)
    ? 'load'
    : assertionSigns.test(text) || /^E\s+assert\b|\bassert(ion)? failed\b|^--- FAIL/im.test(text)
      ? 'assertion'
      : 'other';
  return { ...report, tests: new Map([['the test command', { passed: 0, failed: 0, skipped: 0, kinds: new Set([kind]) }]]) };
}
