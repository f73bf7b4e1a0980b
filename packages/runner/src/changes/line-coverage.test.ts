import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { executableLines } from './executable-lines.ts';
import { isReportedBy, readLineCoverage } from './line-coverage.ts';

const root = mkdtempSync(join(tmpdir(), 'reeve coverage '));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const require = createRequire(import.meta.url);
const installed = (name: string) => join(require.resolve(`${name}/package.json`), '..');

/** One file, each kind of line in it: what runs when `pick(2)` is called is told by its comment. */
const source = `// a comment
import { format } from 'node:util';
type Numbers = { a: number };

export function pick(a: number): string { // runs
  if (a > 1000) { // runs
    return 'large';
  } else {
    const b: Numbers = { a }; // runs
    return format('%d', // runs
      b.a); // runs
  }
}
export const never = (a: number): number => a + 1;
export const either = (a: number): number => (a > 5 ? a : -a);
interface Unused {
  b: string;
}
export class Box {
  held = 1;
  get(): number {
    return this.held;
  }
}
`;
const plain = source
  .replace(/type Numbers.*|interface[^}]*\}/g, (type) => type.replace(/[^\n]/g, ' '))
  .replace(/: (number|string|Numbers)/g, '');
const lineNumbers = (text: string) => new Set(text.split('\n').map((_, i) => i + 1));
const runs = [5, 6, 9, 10, 11];
const idle = [7, 14, 15, 20, 21, 22];

let projects = 0;
function project(files: Record<string, string>) {
  const folder = join(root, `p ${++projects}`);
  const [tree, coverage] = [join(folder, 'tree'), join(folder, 'coverage')];
  for (const [path, text] of Object.entries({ 'package.json': '{ "type": "module" }', ...files })) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), text);
  }
  mkdirSync(join(tree, 'node_modules'));
  mkdirSync(coverage);
  for (const name of ['vitest', 'tsx']) symlinkSync(installed(name), join(tree, 'node_modules', name));
  const preload = join(coverage, 'coverage-preload.cjs');
  cpSync(join(import.meta.dirname, 'coverage-preload.cjs'), preload);
  const run = (...args: string[]) =>
    execFileSync(process.execPath, args, {
      cwd: tree,
      stdio: 'pipe',
      env: { PATH: process.env.PATH, NODE_V8_COVERAGE: coverage, NODE_OPTIONS: `--require ${JSON.stringify(preload)}` },
    });
  const read = (path: string, { text = files[path] ?? '', lines = lineNumbers(text), expected = true } = {}) =>
    readLineCoverage(coverage, tree, new Map([[path, { text, lines }]]), expected);
  return { tree, coverage, run, read };
}
const nodeTest = (path: string) =>
  `import assert from 'node:assert';\nimport { test } from 'node:test';\nimport { pick } from '../${path}';\ntest('picks', () => assert.equal(pick(2), '2'));\n`;
const vitestTest =
  "import { expect, test } from 'vitest';\nimport { pick } from '../src/pick.ts';\ntest('picks', () => expect(pick(2)).toBe('2'));\n";
const measured = (path: string) => ({ state: 'measured', files: [{ path, lines: 11, covered: 5, uncovered: idle }] });

describe('what real runners ran, line by line', () => {
  test('node --test, each file in a process of its own', async () => {
    const p = project({ 'src/pick.mjs': plain, 'test/pick.test.mjs': nodeTest('src/pick.mjs') });
    p.run('--test', 'test/');
    expect(await p.read('src/pick.mjs')).toEqual(measured('src/pick.mjs'));
    // Only lines that changed are asked about.
    expect(await p.read('src/pick.mjs', { lines: new Set([1, 3, 4, 6, 7, 12]) })).toEqual({
      state: 'measured',
      files: [{ path: 'src/pick.mjs', lines: 2, covered: 1, uncovered: [7] }],
    });
  });

  test('TypeScript through tsx, by the maps that Node keeps', async () => {
    const p = project({ 'src/pick.ts': source, 'test/pick.test.ts': nodeTest('src/pick.ts') });
    p.run('--import', 'tsx', '--test', 'test/pick.test.ts');
    expect(await p.read('src/pick.ts')).toEqual(measured('src/pick.ts'));
  });

  test.each(['forks', 'threads', 'vmThreads'])('vitest in %s, by the text that it evaluated', async (pool) => {
    const p = project({ 'src/pick.ts': source, 'test/pick.test.ts': vitestTest });
    p.run('node_modules/vitest/vitest.mjs', 'run', '--pool', pool);
    expect(await p.read('src/pick.ts')).toEqual(measured('src/pick.ts'));
  });

  test('a module that no test loads was not run', async () => {
    const p = project({ 'src/pick.mjs': plain, 'src/other.mjs': 'export const x = 1;\n', 'test/pick.test.mjs': nodeTest('src/pick.mjs') });
    p.run('--test', 'test/');
    expect(await p.read('src/other.mjs')).toEqual({
      state: 'measured',
      files: [{ path: 'src/other.mjs', lines: 1, covered: 0, uncovered: [1] }],
    });
  });

  test('nothing is told where nothing was reported, nothing can run, or what ran is not the file', async () => {
    const p = project({ 'src/pick.mjs': plain, 'test/pick.test.mjs': nodeTest('src/pick.mjs') });
    expect(isReportedBy(p.coverage, p.tree)).toBe(false);
    expect(await p.read('src/pick.mjs', { expected: false })).toEqual({ state: 'unknown', files: [] });
    const silent = await p.read('src/pick.mjs');
    expect(silent).toMatchObject({ state: 'silent', files: [{ lines: 11, covered: 0 }] });
    p.run('--test', 'test/');
    expect(isReportedBy(p.coverage, p.tree)).toBe(true);
    expect(await p.read('src/pick.mjs', { lines: new Set([1, 2, 3, 4, 12]) })).toEqual({ state: 'nothing-to-run', files: [] });
    expect(await p.read('src/pick.mjs', { text: `${plain}export const longer = 1;\n` })).toEqual({ state: 'unreadable', files: [] });
    expect(await p.read('src/pick.mjs', { text: 'const = ;' })).toEqual({ state: 'nothing-to-run', files: [] });
  });
});

describe('reports that were forged', () => {
  const whole = { startOffset: 0, endOffset: plain.length, count: 1 };
  const forged = (result: unknown) => {
    const p = project({ 'src/pick.mjs': plain });
    const url = pathToFileURL(join(p.tree, 'src/pick.mjs')).href;
    const text = JSON.stringify(result, (_, value) => (value === 'URL' ? url : value));
    writeFileSync(join(p.coverage, 'coverage-1-1-0.json'), text);
    return p;
  };
  /** Whether it counts as silence or as a report of nothing: no line ran. */
  const nothing = [{ path: 'src/pick.mjs', lines: 11, covered: 0, uncovered: [...runs, ...idle].sort((a, b) => a - b) }];

  test('are read as what they say, and no more than that', async () => {
    const p = forged({ result: [{ url: 'URL', functions: [{ ranges: [whole] }] }] });
    expect(await p.read('src/pick.mjs')).toMatchObject({ state: 'measured', files: [{ covered: 11, lines: 11 }] });
  });

  test.each<[string, unknown]>([
    ['no object', 7],
    ['no list', { result: { length: 3 } }],
    ['no functions', { result: [{ url: 'URL' }, null, 'x'] }],
    [
      'counts that are none',
      {
        result: [
          {
            url: 'URL',
            functions: [
              {
                ranges: [
                  { ...whole, count: '1' },
                  { ...whole, count: -1 },
                ],
              },
            ],
          },
        ],
      },
    ],
    ['offsets that are none', { result: [{ url: 'URL', functions: [{ ranges: [{ ...whole, endOffset: 1e300 }] }] }] }],
    ['ranges that end before they begin', { result: [{ url: 'URL', functions: [{ ranges: [{ ...whole, startOffset: plain.length }] }] }] }],
  ])('with %s tell nothing', async (_, result) => {
    expect((await forged(result).read('src/pick.mjs')).files).toEqual(nothing);
  });

  test('of paths outside of the tree, and of what was installed, tell nothing of the tree', async () => {
    const urls = ['file:///etc/passwd', 'file://host/x', 'file:///%00', 'data:,x', 'pick.mjs', '', 'node:fs', 'http://x/src/pick.mjs'];
    const p = forged({ result: urls.map((url) => ({ url, functions: [{ ranges: [whole] }] })) });
    const up = [`${p.tree}/../src/pick.mjs`, `${p.tree}/node_modules/x/src/pick.mjs`, `${p.tree}2/src/pick.mjs`];
    const result = up.flatMap((path) => [path, pathToFileURL(path).href]).map((url) => ({ url, functions: [{ ranges: [whole] }] }));
    writeFileSync(join(p.coverage, 'coverage-2.json'), JSON.stringify({ result }));
    expect((await p.read('src/pick.mjs')).files).toEqual(nothing);
  });

  test('a link, a pipe, a folder, half a file and no folder at all are passed over', async () => {
    const p = forged(null);
    const other = forged({ result: [{ url: pathToFileURL(join(p.tree, 'src/pick.mjs')).href, functions: [{ ranges: [whole] }] }] });
    symlinkSync(join(other.coverage, 'coverage-1-1-0.json'), join(p.coverage, 'coverage-2.json'));
    execFileSync('mkfifo', [join(p.coverage, 'coverage-3.json')]);
    mkdirSync(join(p.coverage, 'coverage-4.json'));
    writeFileSync(join(p.coverage, 'coverage-5.json'), `{"result":[{"url":"${pathToFileURL(join(p.tree, 'src/pick.mjs')).href}"`);
    writeFileSync(join(p.coverage, 'script-1-0-0.json'), '{"url":');
    expect((await p.read('src/pick.mjs')).files).toEqual(nothing);
    rmSync(p.coverage, { recursive: true });
    expect((await p.read('src/pick.mjs')).files).toEqual(nothing);
    symlinkSync(other.coverage, p.coverage);
    expect((await p.read('src/pick.mjs')).files).toEqual(nothing);
  });

  test('maps that are none are no reason to fail', async () => {
    for (const data of [
      {},
      { version: 3, mappings: 5, sources: ['x'] },
      { version: 3, mappings: '!!!', sources: ['pick.mjs'], names: [] },
    ]) {
      const p = forged({ result: [{ url: 'URL', functions: [{ ranges: [whole] }] }], 'source-map-cache': { URL: 0 } });
      const url = pathToFileURL(join(p.tree, 'src/pick.mjs')).href;
      const maps = { [url]: { lineLengths: [5, 5], data } };
      const result = [{ url, functions: [{ ranges: [{ ...whole, endOffset: 9 }] }] }];
      writeFileSync(join(p.coverage, 'coverage-1-1-0.json'), JSON.stringify({ result, 'source-map-cache': maps }));
      expect((await p.read('src/pick.mjs')).files.every((f) => f.covered === 0)).toBe(true);
    }
  });

  test('whatever stands in them, no line counts that did not change, and none twice', async () => {
    const p = project({ 'src/pick.mjs': plain });
    const url = pathToFileURL(join(p.tree, 'src/pick.mjs')).href;
    const number = fc.oneof(fc.integer({ min: -5, max: 900 }), fc.constant(plain.length), fc.double(), fc.constant(null));
    const range = fc.record({ startOffset: number, endOffset: number, count: number });
    const script = fc.record({ url: fc.constantFrom(url, `${url}?v=1`, 'x'), functions: fc.array(fc.record({ ranges: fc.array(range) })) });
    const report = fc.oneof(fc.record({ result: fc.array(script), 'source-map-cache': fc.anything() }), fc.jsonValue());
    const lines = fc.uniqueArray(fc.integer({ min: 1, max: 40 }));
    await fc.assert(
      fc.asyncProperty(report, lines, async (forgery, changed) => {
        writeFileSync(join(p.coverage, 'coverage-1.json'), JSON.stringify(forgery) ?? '');
        const { files } = await p.read('src/pick.mjs', { lines: new Set(changed) });
        for (const file of files) {
          expect(file.lines).toBe([...runs, ...idle].filter((line) => changed.includes(line)).length);
          expect(file.covered + new Set(file.uncovered).size).toBe(file.lines);
          for (const line of file.uncovered) expect(changed).toContain(line);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('a million ranges are no more work than a sweep', async () => {
    const ranges = Array.from({ length: 300_000 }, (_, i) => ({ startOffset: i % 300, endOffset: plain.length - (i % 200), count: i % 2 }));
    const p = forged({ result: [{ url: 'URL', functions: [{ ranges: [whole, ...ranges] }] }] });
    const startedMs = performance.now();
    expect((await p.read('src/pick.mjs')).state).toBe('measured');
    expect(performance.now() - startedMs).toBeLessThan(10_000);
  });
});

test('lines that can run are those with code on them', () => {
  const lines = executableLines('src/pick.ts', source, lineNumbers(source));
  expect([...(lines?.keys() ?? [])]).toEqual([...runs, ...idle].sort((a, b) => a - b));
  expect(executableLines('a.ts', 'const = 1', new Set([1]))).toBeNull();
  const more = `'use strict';
export * from './a.js';
export { x } from './b.js';
declare const y: number;
switch (y) {
  case 1:
    break;
  default:
}
try {
  y;
} catch {
}
let z = \`a
b\`;
enum E { A }
export default y as number;
function over(a: string): void;
function over(a: number): void;
function over(a: unknown) {}
`;
  expect([...(executableLines('a.ts', more, lineNumbers(more))?.keys() ?? [])]).toEqual([5, 6, 7, 8, 11, 12, 14, 15, 16, 17, 20]);
});
