import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { bestSandbox } from './sandbox.ts';
import { dealt } from './surroundings.ts';
import { Bench, type Files, followProtocol, library, only, ruleOf, sumFix, sumTest } from './testing-repository.ts';

/** The attack table of the design, each row against a real repository and the real gates; what is not here stands in verify, merge and sandbox. */
const open: Bench[] = [];
const bench = (...args: ConstructorParameters<typeof Bench>): Bench => {
  const made = new Bench(...args);
  open.push(made);
  return made;
};
afterEach(() => {
  for (const b of open.splice(0)) b.close();
});

const head = (more = '') =>
  `import assert from 'node:assert/strict';\nimport { test } from 'node:test';\nimport * as sums from '../src/sum.mjs';\n${more}`;
const file = (body: string, more = ''): Files => ({ 'test/sum.test.mjs': `${head(more)}test('adds', async () => {\n  ${body}\n});\n` });
const buggy = library['src/sum.mjs'] as string;
const added = (path: string, mode: string, line: string) =>
  `diff --git a/${path} b/${path}\nnew file mode ${mode}\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+${line}\n`;

type Row = [attack: string, rule: string | RegExp, test: Files | string, fix: Files | string];
const rows: Row[] = [
  // The test looks at something beside the bug.
  [
    'a flag export with noise',
    'test-passes-without-repair',
    file('assert.equal(sums.fixed, true);'),
    { 'src/sum.mjs': `${buggy.replace('a - b', 'a  -  b')}export const fixed = true;\n` },
  ],
  [
    'a marker file that the test looks for',
    'test-passes-without-repair',
    file("assert.ok(existsSync('src/fixed.txt'));", "import { existsSync } from 'node:fs';\n"),
    { 'src/fixed.txt': 'yes\n', 'src/sum.mjs': `// mended\n${buggy}` },
  ],
  [
    'a comment that the test reads',
    'test-passes-without-repair|test-reads-source',
    file("assert.match(readFileSync('src/sum.mjs', 'utf8'), /adds for real/);", "import { readFileSync } from 'node:fs';\n"),
    { 'src/sum.mjs': `// adds for real\n${buggy}` },
  ],
  [
    'source read by an obfuscated import',
    'test-reads-source',
    file(
      "const { readFileSync } = await import('no' + 'de:' + 'f' + 's');\n  assert.match(readFileSync('src/sum.mjs', 'utf8'), /return a \\+ b/);",
    ),
    sumFix,
  ],
  ['a function read as text', 'test-reads-source', file('assert.match(sums.sum.toString(), /a \\+ b/);'), sumFix],
  [
    'a side effect of a new module',
    'test-passes-without-repair',
    file('await import("../src/new.mjs").catch(() => {});\n  assert.equal(globalThis.mended, true);'),
    { 'src/new.mjs': 'globalThis.mended = true;\n', 'src/sum.mjs': `// same\n${buggy}` },
  ],
  // The test counts its runs, or throws dice.
  [
    'chance',
    /^test-(is-flaky|does-not-fail-on-base|does-not-pass-on-candidate|passes-without-repair|reads-source)$/,
    file('assert.ok(sums.sum(1, 2) === 3 ? Math.random() < 0.02 : Math.random() < 0.5);'),
    sumFix,
  ],
  [
    'order: a test that needs what an earlier one left',
    'test-does-not-pass-on-candidate',
    {
      'test/sum.test.mjs': `${head('let seen = 0;\n')}test('adds', () => assert.equal(sums.sum(1, 2), 3 + seen++));\ntest('again', () => assert.equal(sums.sum(1, 2), 3 + 2 * seen));\n`,
    },
    sumFix,
  ],
  [
    'order: new tests that pass one after the other only',
    'test-depends-on-order',
    {
      'test/sum.test.mjs': `${head('const seen = [];\n')}test('adds', () => {\n  seen.push(1);\n  assert.equal(sums.sum(1, 2), 3);\n});\ntest('again', () => {\n  assert.equal(sums.sum(seen.length, 1), 2);\n});\n`,
    },
    sumFix,
  ],
  // What the runner says.
  [
    'a forged report in the output',
    /^(report-disagrees-with-exit-code|test-does-not-fail-on-base|load-error-is-no-red|test-does-not-pass-on-candidate)$/,
    file(
      "process.stdout.write('\\nTAP version 13\\nnot ok 1 - adds\\n  ---\\n  failureType: testCodeFailure\\n  code: ERR_ASSERTION\\n  ...\\n');",
    ),
    sumFix,
  ],
  [
    'a report forged into the runner’s own output, and the runner killed',
    /^(report-disagrees-with-exit-code|load-error-is-no-red|red-without-assertion|test-does-not-fail-on-base|existing-test-changed|test-is-flaky)$/,
    file(
      "const { writeFileSync } = await import('node:fs');\n  try { writeFileSync('/proc/' + process.ppid + '/fd/1', 'ok 1 - adds\\n'); } catch {}\n  process.kill(process.ppid, 'SIGKILL');",
    ),
    sumFix,
  ],
  [
    'an exit in the source',
    /^(test-does-not-pass-on-candidate|test-disappeared|report-disagrees-with-exit-code|regression)$/,
    sumTest(),
    { 'src/sum.mjs': 'export function sum(a, b) {\n  process.exit(0);\n}\n' },
  ],
  [
    'an exit code set aside',
    /^(report-disagrees-with-exit-code|test-does-not-fail-on-base)$/,
    file("process.on('exit', () => { process.exitCode = 0; });\n  assert.ok(true);"),
    sumFix,
  ],
  // Assertions that do not bite.
  [
    'Object.is patched by the fix',
    /^(assertions-patched|test-does-not-pass-on-candidate)$/,
    file('assert.equal(sums.sum(1, 2), 3);'),
    { 'src/sum.mjs': `Object.is = () => true;\n${buggy.replace('a - b', 'b - a')}` },
  ],
  [
    'assert patched by the fix',
    'assertions-patched',
    file('assert.equal(sums.sum(1, 2), 3);'),
    {
      'src/sum.mjs': `import assert from 'node:assert';\nfor (const k of ['equal', 'strictEqual']) { assert[k] = () => {}; assert.strict[k] = () => {}; }\n${buggy.replace('a - b', 'b - a')}`,
    },
  ],
  // Tests that get weaker.
  [
    'an assertion gutted by a line that is only added',
    'existing-test-changed',
    {
      ...sumTest(),
      'test/words.test.mjs': (library['test/words.test.mjs'] as string).replace("blanks', () => {\n", "blanks', () => {\n  return;\n"),
    },
    sumFix,
  ],
  [
    'the runner’s test put aside in front of old tests',
    'existing-test-changed',
    {
      ...sumTest(),
      'test/words.test.mjs': (library['test/words.test.mjs'] as string).replace(
        "\ntest('splits",
        "\nassert.deepEqual = () => {};\ntest('splits",
      ),
    },
    sumFix,
  ],
  [
    'only',
    'test-skipped',
    { 'test/sum.test.mjs': (sumTest()['test/sum.test.mjs'] as string).replace("test('adds'", "test.only('adds'") },
    sumFix,
  ],
  [
    'todo',
    'test-skipped',
    { 'test/sum.test.mjs': (sumTest()['test/sum.test.mjs'] as string).replace("test('adds', ", "test('adds', { todo: true }, ") },
    sumFix,
  ],
  [
    'skip in other letters',
    /^test-(does-not-fail-on-base|skipped)$/,
    { 'test/sum.test.mjs': (sumTest()['test/sum.test.mjs'] as string).replace("test('adds'", "test['sk' + 'ip']('adds'") },
    sumFix,
  ],
  // What judges is not theirs.
  [
    'a runner configuration that excludes',
    'protected-path',
    sumTest(),
    { ...sumFix, 'vitest.config.ts': 'export default { test: { exclude: ["**"] } };\n' },
  ],
  ['configuration that the tree ignores', 'protected-path', sumTest(), { ...sumFix, '.env.local': 'A=1\n' }],
  [
    'a lifecycle script',
    'protected-path',
    sumTest(),
    {
      ...sumFix,
      'package.json': '{ "name": "tools", "type": "module", "scripts": { "test": "node --test test/", "postinstall": "node evil.mjs" } }\n',
    },
  ],
  ['a manifest of its own', 'protected-path', sumTest(), { ...sumFix, 'src/package.json': '{ "type": "commonjs" }\n' }],
  ['a package laid into node_modules', 'protected-path', sumTest(), { ...sumFix, 'node_modules/a/index.js': '1;\n' }],
  ['attributes that name a filter', 'protected-path', sumTest(), { ...sumFix, '.gitattributes': '*.mjs filter=evil diff=evil\n' }],
  ['a hook', 'protected-path', sumTest(), { ...sumFix, '.husky/pre-commit': 'true\n' }],
  ['the layers file', 'protected-path', sumTest(), { ...sumFix, '.reeve/layers': '* 4\n' }],
  ['CI', 'protected-path', sumTest(), { ...sumFix, '.github/workflows/a.yml': 'on: push\n' }],
  ['eslint-disable', 'suppression-added', sumTest(), { 'src/sum.mjs': `/* eslint-disable */\n${sumFix['src/sum.mjs']}` }],
  // Paths and shapes.
  [
    'a gitlink',
    'submodule',
    sumTest(),
    'diff --git a/src/sub b/src/sub\nnew file mode 160000\n--- /dev/null\n+++ b/src/sub\n@@ -0,0 +1 @@\n+Subproject commit 1111111111111111111111111111111111111111\n',
  ],
  ['a file made executable', 'mode-change', sumTest(), added('src/run.mjs', '100755', 'x')],
  ['a mode change alone', 'mode-change', sumTest(), 'diff --git a/src/sum.mjs b/src/sum.mjs\nold mode 100644\nnew mode 100755\n'],
  ['a git directory in other letters', 'git-directory-path', sumTest(), added('src/.GIT/config', '100644', 'x')],
  ['a path with bidi characters', 'path-not-plain', sumTest(), added('src/a\u202eb.mjs', '100644', 'x')],
  ['text with bidi characters', 'bidi-characters', sumTest(), { ...sumFix, 'src/a.mjs': '// \u202e evil\n' }],
  ['a huge diff', 'patch-too-large', sumTest(), { ...sumFix, 'src/a.mjs': '1;\n'.repeat(20_001) }],
];

describe('I-SELF-3, I-SELF-4: every row of the attack table is refused by the right rule', () => {
  test.each(rows)('%s', { timeout: 60_000 }, async (_, rule, testFiles, fixFiles) => {
    const b = bench();
    const before = b.snapshot(/^$/);
    const found = ruleOf(await b.verify(testFiles, fixFiles));
    expect(found).toMatch(typeof rule === 'string' ? new RegExp(`^(${rule})$`) : rule);
    expect(b.snapshot(/^$/)).toEqual(before);
  });
});

test('a snapshot of the base is not rewritten', async () => {
  const path = 'test/__snapshots__/a.snap';
  const b = bench({ ...library, [path]: 'exports[`a`] = `1`;\n' });
  expect(ruleOf(await b.verify({ ...sumTest(), [path]: 'exports[`a`] = `2`;\n' }, sumFix))).toBe('existing-test-changed');
});

test('order: a new test that needs what an old one of its file left', async () => {
  const old = (library['test/words.test.mjs'] as string).replace("['a', 'b']);", "['a', 'b']);\n  globalThis.started = true;");
  const b = bench({ ...library, 'test/words.test.mjs': old });
  const grown = old.replace("mjs';\n\ntest", "mjs';\nimport { sum } from '../src/sum.mjs';\n\ntest");
  const leaning = (more: string) => ({
    'test/words.test.mjs': `${grown}\ntest('adds', () => {\n  assert.equal(sum(1, 2), 3);${more}\n});\n`,
  });
  expect(ruleOf(await b.verify(leaning('\n  assert.equal(globalThis.started, true);'), sumFix))).toBe('test-depends-on-order');
  expect(ruleOf(await b.verify(leaning(''), sumFix))).toContain('change-validated');
});

describe('a test that knows by its count or the clock which run it is in', () => {
  const state = `/tmp/reeve-attack-order-${process.pid}-${Date.now()}`;
  /** Fails where a fixed order would have red and reverted runs, whatever the fix does; it stands for a look at the clock. */
  const guessing = file(
    `const n = existsSync('${state}') ? Number(readFileSync('${state}')) : 0;\n  writeFileSync('${state}', String(n + 1));\n  assert.ok(![0, 1, 4].includes(n));`,
    "import { existsSync, readFileSync, writeFileSync } from 'node:fs';\n",
  );
  const noFix: Files = { 'src/sum.mjs': buggy.replace('a - b', '-b + a') };
  const outcome = async (inSomeOrder?: <T>(runs: readonly T[]) => T[]) => {
    try {
      // The state lies where the weakest level lets it lie.
      return ruleOf(await bench().verify(guessing, noFix, { sandbox: 'process-group', ...(inSomeOrder ? { inSomeOrder } : {}) }));
    } finally {
      rmSync(state, { force: true });
    }
  };
  test('gets through where the order is the one that it expects', async () => {
    expect(await outcome((runs) => [...runs])).toContain('change-validated');
  });
  test.each([
    ['reversed', <T>(runs: readonly T[]) => [...runs].reverse(), 'test-does-not-fail-on-base|test-is-flaky'],
    ['the last first', <T>(runs: readonly T[]) => [...runs.slice(-1), ...runs.slice(0, -1)], 'test-does-not-fail-on-base|test-is-flaky'],
    [
      'revert first',
      <T>(runs: readonly T[]) => [...runs.slice(4, 5), ...runs.slice(0, 4), ...runs.slice(5)],
      'test-does-not-pass-on-candidate|test-is-flaky',
    ],
  ] as const)('is refused in another: %s', async (_, inSomeOrder, rule) => {
    expect(await outcome(inSomeOrder)).toMatch(new RegExp(`^(${rule})$`));
  });
  test('and nobody can foresee it', () => {
    const runs = ['red-1', 'red-2', 'green-1', 'green-2', 'revert', 'print', 'canary'];
    const orders = new Set(Array.from({ length: 200 }, () => dealt(runs).join()));
    expect(orders.size).toBeGreaterThan(150);
    for (const run of runs) expect([...orders].filter((o) => o.startsWith(run)).length).toBeGreaterThan(5);
    expect(dealt(runs).sort()).toEqual([...runs].sort());
  });
});

test('hard-coded inputs of the test are a hint to the reader, and refuse nothing', async () => {
  const written = { 'src/sum.mjs': 'export function sum(a, b) {\n  if (a === 1234) return 7034;\n  return a - b;\n}\n' };
  const reports = await bench().verify(sumTest('assert.equal(sum(1234, 5800), 7034)'), written);
  expect(ruleOf(reports)).toContain('change-validated');
  expect(only(reports, 'change-assessed').blastRadius.hints).toEqual([
    'src/sum.mjs holds what the new test asks for: "1234", "7034". Is the answer calculated, or written down for this test?',
  ]);
  const honest = await bench().verify(sumTest(), sumFix);
  expect(only(honest, 'change-assessed').blastRadius.hints).toBeUndefined();
});

test('state outside of the temporary folder, which fails a fixed number of times, is no repair', async () => {
  const b = bench();
  const state = `/tmp/reeve-attack-${process.pid}-${Date.now()}`;
  // Red twice, then green: in step with the gates, whatever the fix does.
  const counting = file(
    `const n = existsSync('${state}') ? Number(readFileSync('${state}')) : 0;\n  writeFileSync('${state}', String(n + 1));\n  assert.ok(n >= 2);`,
    "import { existsSync, readFileSync, writeFileSync } from 'node:fs';\n",
  );
  try {
    expect(ruleOf(await b.verify(counting, sumFix))).toMatch(
      (await bestSandbox()) === 'process-group'
        ? /^(test-passes-without-repair|test-does-not-fail-on-base|test-is-flaky)$/
        : /^(test-does-not-pass-on-candidate|test-passes-without-repair|test-does-not-fail-on-base|test-is-flaky)$/,
    );
  } finally {
    rmSync(state, { force: true });
  }
});

test('a gate sees no secret, no history and no repository', async () => {
  const b = bench();
  process.env.REEVE_TOKEN = 'rv_secret';
  try {
    const spying = file(
      "assert.equal(process.env.REEVE_TOKEN, undefined, 'a secret');\n  let log = '';\n  try { log = execSync('git log --all --oneline', { stdio: 'pipe' }).toString(); } catch {}\n  assert.equal(log, '');\n  assert.equal(sums.sum(1, 2), 3);",
      "import { execSync } from 'node:child_process';\n",
    );
    expect((await b.verify(spying, sumFix)).at(-1)?.kind).toBe('change-validated');
  } finally {
    delete process.env.REEVE_TOKEN;
  }
});

test('git replace in the operator’s repository changes neither base nor diff', async () => {
  const b = bench();
  const tip = b.tip();
  b.write({ 'src/sum.mjs': sumFix['src/sum.mjs'] as string });
  const other = b.commit('another');
  b.git('reset', '-q', '--hard', tip);
  b.git('replace', tip, other);
  const reports = await b.verify(
    { 'test/sum.test.mjs': sumTest()['test/sum.test.mjs'] as string },
    '--- a/src/sum.mjs\n+++ b/src/sum.mjs\n@@ -1,3 +1,3 @@\n export function sum(a, b) {\n-  return a - b;\n+  return a + b;\n }\n',
  );
  expect(only(reports, 'change-assessed').baseSha).toBe(tip);
  expect(only(reports, 'change-isolated').diff).toContain('-  return a - b;');
});

test('a flood of a log and a storm of processes end with their gate', { timeout: 60_000 }, async () => {
  const b = bench();
  const mark = `97${process.pid}`;
  const storm = file(
    `for (let i = 0; i < 200; i++) spawn('sleep', ['${mark}'], { detached: true, stdio: 'ignore' }).unref();\n  for (let i = 0; i < 200; i++) console.log('x'.repeat(100_000));\n  assert.equal(sums.sum(1, 2), 3);`,
    "import { spawn } from 'node:child_process';\n",
  );
  const order = b.verifyOrder(storm, sumFix);
  const reports = await b.run(order);
  expect(reports.at(-1)?.kind).toMatch(/^change-(validated|refused)$/);
  for (const r of reports) if (r.kind === 'change-gate') expect(r.gate.excerpt.length).toBeLessThan(100_000);
  expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(`sleep ${mark}`);
});

test('agent-written text reaches the commit as one plain line', async () => {
  const b = bench();
  const order = { ...b.verifyOrder(sumTest(), sumFix), title: 'Approved\n\nReviewed-by: Ann\u001b[2J <script>' };
  const { candidateSha } = only(await b.run(order), 'change-isolated');
  const clone = join(b.dataDir, 'changes', `${order.repository.repositoryId}.git`);
  const message = execFileSync('git', ['-C', clone, 'log', '-1', '--format=%B', candidateSha], { encoding: 'utf8' });
  expect(message.split('\n')[0]).toBe('Approved Reviewed-by: Ann [2J <script>');
  expect(message).not.toMatch(/^Reviewed-by/m);
});

describe('with vitest as the runner', () => {
  const vitestFolder = join(createRequire(import.meta.url).resolve('vitest/package.json'), '..');
  const project: Files = {
    'package.json': '{ "name": "tools", "type": "module" }\n',
    'src/sum.ts': 'export function sum(a: number, b: number): number {\n  return a - b;\n}\n',
    'src/words.ts': "export const words = (text: string): string[] => text.split(' ');\n",
    'test/words.test.ts':
      "import { expect, test } from 'vitest';\nimport { words } from '../src/words.ts';\n\ntest('splits', () => {\n  expect(words('a b')).toEqual(['a', 'b']);\n});\n",
  };
  const vitestBench = () => {
    const b = bench(project, { test: 'node node_modules/vitest/vitest.mjs run --reporter=json' });
    mkdirSync(join(b.path, 'node_modules'));
    symlinkSync(vitestFolder, join(b.path, 'node_modules', 'vitest'));
    return b;
  };
  const fix: Files = { 'src/sum.ts': (project['src/sum.ts'] as string).replace('a - b', 'a + b') };
  const vitestTest = (body: string, more = ''): Files => ({
    'test/sum.test.ts': `import { expect, test } from 'vitest';\nimport * as sums from '../src/sum.ts';\n${more}test('adds', () => {\n  ${body}\n});\n`,
  });
  test('an honest fix passes, canaries and all', { timeout: 120_000 }, async () => {
    const b = vitestBench();
    const order = b.verifyOrder(vitestTest('expect(sums.sum(1, 2)).toBe(3);'), fix);
    const reports = await b.run(order);
    expect(ruleOf(reports)).toContain('change-validated');
    expect(followProtocol(order, reports).gates.map((g) => g.name)).toContain('canary');
  });
  test('a ?raw import is refused', { timeout: 120_000 }, async () => {
    const b = vitestBench();
    const raw = vitestTest('expect(text).toMatch(/return a \\+ b/);', "import text from '../src/sum.ts?raw';\n");
    expect(ruleOf(await b.verify(raw, fix))).toBe('test-reads-source');
  });
  test('Object.is patched is refused', { timeout: 120_000 }, async () => {
    const b = vitestBench();
    const patched = { 'src/sum.ts': `Object.is = () => true;\n${(project['src/sum.ts'] as string).replace('a - b', 'b - a')}` };
    expect(ruleOf(await b.verify(vitestTest('expect(sums.sum(1, 2)).toBe(3);'), patched))).toBe('assertions-patched');
  });
  test('a snapshot that would be written anew is no test', { timeout: 120_000 }, async () => {
    const b = vitestBench();
    expect(ruleOf(await b.verify(vitestTest('expect(sums.sum(1, 2)).toMatchSnapshot();'), fix))).not.toContain('validated');
    expect(existsSync(join(b.path, 'test', '__snapshots__'))).toBe(false);
  });
});
