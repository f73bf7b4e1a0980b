import { afterEach, expect, test } from 'vitest';
import type { ChangeOrderEnv } from './index.ts';
import { Bench, type Files, followProtocol, library, only, sumFix, sumTest } from './testing-repository.ts';

const open: Bench[] = [];
const bench = (...args: ConstructorParameters<typeof Bench>): Bench => {
  const made = new Bench(...args);
  open.push(made);
  return made;
};
afterEach(() => {
  for (const b of open.splice(0)) b.close();
});
/** What the runner told of the lines, and the record that the core made of it. */
async function covered(b: Bench, test: Files, fix: Files, env: Partial<ChangeOrderEnv> = {}) {
  const order = b.verifyOrder(test, fix);
  const reports = await b.run(order, env);
  const assessed = only(reports, 'change-assessed').blastRadius;
  return { reports, assessed, told: only(reports, 'change-test-verified').lineCoverage, change: followProtocol(order, reports) };
}
const file = (over: object) => [{ path: 'src/sum.mjs', lines: 1, covered: 1, uncovered: [], ...over }];

test('the gates tell which of the changed lines the tests ran, before anybody decides (I-SELF-2)', async () => {
  const b = bench();
  const { assessed, told, change } = await covered(b, sumTest(), sumFix);
  expect(told).toEqual({ state: 'measured', files: file({}) });
  expect(assessed.measured?.coverage).toBeNull();
  expect(change).toMatchObject({ state: 'awaiting-approval', blastRadius: { measured: { coverage: 1 }, lineCoverage: told } });
  expect(change.blastRadius?.score).toBeCloseTo(assessed.score - 7.5, 5);
});

test('lines that no test runs are named, in files of the fix alone', async () => {
  const b = bench();
  const fix = {
    'src/sum.mjs': 'export function sum(a, b) {\n  if (a === undefined) {\n    // nothing to add\n    return b;\n  }\n  return a + b;\n}\n',
    'src/spare.mjs': 'export const spare = (a) => a * 2;\n',
    'notes.txt': 'no line of this runs\n',
  };
  const { told, change, assessed } = await covered(b, sumTest(), fix);
  expect(told).toEqual({
    state: 'measured',
    files: [
      { path: 'src/spare.mjs', lines: 1, covered: 0, uncovered: [1] },
      { path: 'src/sum.mjs', lines: 3, covered: 2, uncovered: [4] },
    ],
  });
  expect(change.blastRadius?.measured?.coverage).toBe(0.5);
  expect(change.blastRadius?.level).toBe(assessed.level);
});

test('attack: reports that the test leads elsewhere count as lines that nothing ran', async () => {
  const b = bench();
  const away = sumTest(`const fs = process.getBuiltinModule('node:fs');
  const at = process.env.NODE_V8_COVERAGE;
  const away = process.env.TMPDIR + '/away';
  fs.renameSync(at, away);
  fs.symlinkSync(away, at);
  assert.equal(sum(1, 2), 3)`);
  const { told, change, assessed } = await covered(b, away, sumFix, { sandbox: 'process-group' });
  expect(told).toEqual({ state: 'silent', files: file({ covered: 0, uncovered: [2] }) });
  expect(change.blastRadius?.score).toBeCloseTo(assessed.score + 7.5, 5);
});

test('attack: a forged report is worth no lower level', async () => {
  const b = bench();
  const fix = { 'src/sum.mjs': 'export function sum(a, b) {\n  if (a === undefined) return b;\n  return a + b;\n}\n' };
  const forge = sumTest(`const { readFileSync, writeFileSync } = process.getBuiltinModule('node:fs');
  const url = new URL('../src/sum.mjs', import.meta.url);
  const ranges = [{ startOffset: 0, endOffset: readFileSync(url).length, count: 1 }];
  const report = JSON.stringify({ result: [{ url: url.href, functions: [{ ranges }] }] });
  writeFileSync(process.env.NODE_V8_COVERAGE + '/coverage-0-0-0.json', report);
  assert.equal(sum(1, 2), 3)`);
  const { told, change, assessed } = await covered(b, forge, fix);
  expect(told).toEqual({ state: 'measured', files: file({ lines: 2, covered: 2 }) });
  expect(assessed.level).toBe('medium');
  expect(change.blastRadius).toMatchObject({ level: 'medium', measured: { coverage: 1 } });
});

test('no run of the test gate can be told from another by how it is watched', async () => {
  const look =
    "console.log('watched by', process.env.NODE_V8_COVERAGE, process.env.NODE_OPTIONS, (await import('node:fs')).readdirSync(process.env.NODE_V8_COVERAGE).includes('coverage-preload.cjs'));\n";
  const b = bench({ ...library, 'test/words.test.mjs': `${library['test/words.test.mjs']}${look}` });
  const { reports } = await covered(b, sumTest(), sumFix);
  const seen = reports.flatMap((r) => (r.kind === 'change-gate' ? [/watched by (.*)/.exec(r.gate.excerpt)?.[1]] : []));
  expect(seen).toHaveLength(8);
  expect(new Set(seen).size).toBe(1);
  expect(seen[0]).toMatch(/\/coverage --require ".*\/coverage\/coverage-preload\.cjs" true$/);
});

test('a gate that never reports, and a change of which no line can run, stay at half', async () => {
  const b = bench(library, { test: 'env -u NODE_V8_COVERAGE node --test test/' });
  const deaf = await covered(b, sumTest(), sumFix);
  expect(deaf.told).toEqual({ state: 'unknown', files: [] });
  expect(deaf.change.blastRadius).toEqual({ ...deaf.assessed, lineCoverage: deaf.told });
});
