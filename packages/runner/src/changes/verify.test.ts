import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runnerReport } from '@reeve/core/vocabulary';
import { afterEach, expect, test } from 'vitest';
import {
  Bench,
  type Files,
  followProtocol,
  gateNamesOf,
  library,
  only,
  quickGates,
  ruleOf,
  sumFix,
  sumTest,
} from './testing-repository.ts';

const open: Bench[] = [];
const bench = (...args: ConstructorParameters<typeof Bench>): Bench => {
  const made = new Bench(...args);
  open.push(made);
  return made;
};
afterEach(() => {
  for (const b of open.splice(0)) b.close();
});

test('an honest fix goes all the way: red by assertion, green, isolated, measured (I-SELF-4)', async () => {
  const b = bench();
  const before = b.snapshot(/^$/);
  const order = b.verifyOrder(sumTest(), sumFix);
  const reports = await b.run(order);
  expect(reports.map((r) => r.kind)).toEqual([
    'change-assessed',
    'change-isolated',
    ...Array.from({ length: 8 }, () => 'change-gate'),
    'change-test-verified',
    'change-validated',
  ]);
  expect(gateNamesOf(reports)).toEqual([
    'suite base true',
    'red-1 base true',
    'red-2 base true',
    'green-1 candidate true',
    'green-2 candidate true',
    'revert-existing candidate true',
    're-print candidate true',
    'canary candidate true',
  ]);
  for (const r of reports) expect(runnerReport.parse(r)).toEqual(r);
  const { blastRadius, baseSha } = only(reports, 'change-assessed');
  expect(baseSha).toBe(b.tip());
  expect(blastRadius).toMatchObject({ level: 'medium', dependents: ['src/double.mjs'] });
  expect(blastRadius.graph).toEqual({
    nodes: [
      { path: 'src/sum.mjs', layer: 4, steps: 0 },
      { path: 'src/double.mjs', layer: 4, steps: 1 },
    ],
    edges: [{ from: 1, to: 0 }],
    leftOut: { nodes: 0, edges: 0 },
  });
  const isolated = only(reports, 'change-isolated');
  expect(isolated.diff).toContain('+  return a + b;');
  expect(isolated.branch).toBe(`reeve/${order.changeId}`);
  const red = reports.flatMap((r) => (r.kind === 'change-gate' && r.gate.name === 'red-1' ? [r.gate] : []))[0];
  expect(red).toMatchObject({ exitCode: 1, testsPassed: 1, testsFailed: 1 });
  expect(red?.excerpt).toContain('ERR_ASSERTION');
  expect(followProtocol(order, reports).state).toBe('awaiting-approval');
  // Nothing of the operator's was written, not even in .git; nothing of ours is left but the clone.
  expect(b.snapshot(/^$/)).toEqual(before);
  expect(readdirSync(join(b.dataDir, 'changes', 'work'))).toEqual([]);
});

test('the same order starts clean after a crash, joins while it runs, and tells its outcome again', async () => {
  const b = bench();
  const order = b.verifyOrder(sumTest(), sumFix);
  const env = { dataDir: b.dataDir, signal: new AbortController().signal };
  // As a crash leaves it.
  mkdirSync(join(b.dataDir, 'changes', 'work', order.changeId, 'tree', 'test'), { recursive: true });
  writeFileSync(join(b.dataDir, 'changes', 'work', order.changeId, '.reeve-work'), '');
  writeFileSync(join(b.dataDir, 'changes', 'work', order.changeId, 'tree', 'test', 'stale.test.mjs'), 'throw 1');
  const [first, joined] = await Promise.all([b.run(order, env), b.run(order, env)]);
  expect(first.at(-1)?.kind).toBe('change-validated');
  expect(joined).toEqual([]);
  // Delivered again when it is done: the outcome, and nothing that would start the protocol anew.
  const again = await b.run(order);
  expect(again).toEqual([first.at(-1)]);
  expect(followProtocol(order, [...first, ...again]).state).toBe('awaiting-approval');
});

test('a folder that the supervisor did not make is not removed', async () => {
  const b = bench();
  const order = b.verifyOrder(sumTest(), sumFix);
  const stranger = join(b.dataDir, 'changes', 'work', order.changeId);
  mkdirSync(stranger, { recursive: true });
  writeFileSync(join(stranger, 'work.txt'), 'precious');
  expect((await b.run(order)).at(-1)).toMatchObject({ kind: 'change-failed' });
  expect(existsSync(join(stranger, 'work.txt'))).toBe(true);
});

const vitestLike = (body: string): Files => sumTest(body);
test.each<[string, string, Files | string, Files | string]>([
  ['no test', 'test-missing', '', sumFix],
  ['no fix', 'fix-missing', sumTest(), ''],
  ['a vacuous test', 'test-does-not-fail-on-base', vitestLike('assert.ok(typeof sum(1, 2) === "number")'), sumFix],
  [
    'a load error as red',
    'load-error-is-no-red',
    { 'test/sum.test.mjs': sumTest()['test/sum.test.mjs']?.replace('../src/sum.mjs', '../src/add.mjs') ?? '' },
    { 'src/add.mjs': 'export const sum = (a, b) => a + b;\n' },
  ],
  ['a syntax error as red', 'load-error-is-no-red', { 'test/sum.test.mjs': 'const = ;\n' }, sumFix],
  ['a thrown error as red', 'red-without-assertion', vitestLike('if (sum(1, 2) !== 3) throw new Error("wrong")'), sumFix],
  [
    'a test that the fix does not satisfy',
    'test-does-not-pass-on-candidate',
    sumTest(),
    { 'src/sum.mjs': 'export function sum(a, b) {\n  return a * b;\n}\n' },
  ],
  ['a regression elsewhere', 'regression', sumTest(), { ...sumFix, 'src/words.mjs': 'export const words = (text) => [text];\n' }],
  [
    'a process that ends in the midst of tests',
    'test-does-not-pass-on-candidate',
    sumTest('assert.equal(sum(1, 2), 3); process.exit(0)'),
    sumFix,
  ],
  [
    'state kept between runs',
    'test-does-not-fail-on-base',
    sumTest("import('node:fs').then(() => {}); assert.ok(process.env.TMPDIR)"),
    sumFix,
  ],
  [
    'a changed existing test',
    'existing-test-changed',
    { 'test/words.test.mjs': library['test/words.test.mjs']?.replace("['a', 'b']", "['a b']") ?? '' },
    sumFix,
  ],
  ['a deleted existing test', 'existing-test-changed', { ...sumTest(), 'test/words.test.mjs': null }, sumFix],
  ['a test in the fix', 'test-in-fix-patch', sumTest(), { ...sumFix, 'test/more.test.mjs': '\n' }],
  ['source in the test', 'source-in-test-patch', { ...sumTest(), ...sumFix }, sumFix],
  [
    'the manifest',
    'protected-path',
    sumTest(),
    { ...sumFix, 'package.json': '{ "name": "tools", "type": "module", "scripts": { "test": "true" } }\n' },
  ],
  ['core reasoning', 'critical-layer', sumTest(), { ...sumFix, 'src/core/plan.mjs': 'export const plan = 1;\n' }],
  [
    'a silenced check',
    'suppression-added',
    sumTest(),
    { 'src/sum.mjs': '// @ts-nocheck\nexport function sum(a, b) {\n  return a + b;\n}\n' },
  ],
  [
    'a skipped test',
    'test-skipped',
    { 'test/sum.test.mjs': sumTest()['test/sum.test.mjs']?.replace("test('adds'", "test.skip('adds'") ?? '' },
    sumFix,
  ],
  ['a path that leaves the tree', 'path-leaves-tree', sumTest(), '--- /dev/null\n+++ b/../../evil.mjs\n@@ -0,0 +1 @@\n+x\n'],
  ['a path in .git', 'git-directory-path', sumTest(), '--- /dev/null\n+++ b/.git/hooks/post-checkout\n@@ -0,0 +1 @@\n+x\n'],
  [
    'a symbolic link',
    'symlink',
    sumTest(),
    'diff --git a/src/link b/src/link\nnew file mode 120000\n--- /dev/null\n+++ b/src/link\n@@ -0,0 +1 @@\n+/etc/passwd\n\\ No newline at end of file\n',
  ],
  [
    'a patch against something else',
    'patch-does-not-apply',
    sumTest(),
    '--- a/src/sum.mjs\n+++ b/src/sum.mjs\n@@ -1,2 +1,2 @@\n nothing\n-of this\n+is there\n',
  ],
  ['a name that collides by case', 'path-case-collision', sumTest(), { ...sumFix, 'src/WORDS.mjs': 'export {};\n' }],
])('%s is refused by %s', async (_, rule, testFiles, fixFiles) => {
  const b = bench();
  const before = b.snapshot(/^$/);
  expect(ruleOf(await b.verify(testFiles, fixFiles))).toBe(rule);
  expect(b.snapshot(/^$/)).toEqual(before);
});

test('a link that the base already has is not written through', async () => {
  const b = bench();
  execFileSync('ln', ['-s', '/tmp', join(b.path, 'src', 'out')]);
  b.commit('a link');
  expect(ruleOf(await b.verify(sumTest(), '--- /dev/null\n+++ b/src/out/evil.txt\n@@ -0,0 +1 @@\n+x\n'))).toBe('patch-does-not-apply');
  expect(existsSync('/tmp/evil.txt')).toBe(false);
});

test('state in the temporary or home folder does not reach the next run', async () => {
  const b = bench();
  const once = `const f = process.env.HOME + '/seen';
  const { existsSync, writeFileSync } = await import('node:fs');
  const seen = existsSync(f) || existsSync(process.env.TMPDIR + '/seen');
  writeFileSync(f, ''); writeFileSync(process.env.TMPDIR + '/seen', '');
  assert.equal(seen, true)`;
  const asyncTest = sumTest(once)['test/sum.test.mjs']?.replace('() => {', 'async () => {') ?? '';
  // Fails whenever it is run first, so always: a test that passes on its second run would have looked like a fix.
  expect(ruleOf(await b.verify({ 'test/sum.test.mjs': asyncTest }, sumFix))).toBe('test-does-not-pass-on-candidate');
});

test('added tests in an existing file are taken, when the old ones hold without them', async () => {
  const b = bench({ ...library, ...sumTest('assert.equal(typeof sum(1, 2), "number")') });
  const grown = `${sumTest('assert.equal(typeof sum(1, 2), "number")')['test/sum.test.mjs']}\ntest('adds two', () => {\n  assert.equal(sum(1, 2), 3);\n});\n`;
  const reports = await b.verify({ 'test/sum.test.mjs': grown }, sumFix);
  expect(reports.at(-1)?.kind).toBe('change-validated');
  expect(gateNamesOf(reports)).toContain('existing-tests candidate true');
});

test('a base that fails by name may still be improved', async () => {
  const b = bench({
    ...library,
    'test/broken.test.mjs':
      "import assert from 'node:assert';\nimport { test } from 'node:test';\ntest('known to fail', () => assert.fail('later'));\n",
  });
  expect((await b.verify(sumTest(), sumFix)).at(-1)?.kind).toBe('change-validated');
});

test('a base whose gate fails without a word proves nothing', async () => {
  const b = bench(library, { test: 'false' });
  expect(ruleOf(await b.verify(sumTest(), sumFix))).toBe('base-gate-fails');
});

test('type check and lint run on both sides and must not get worse', async () => {
  const lint = 'if grep -rn TODO src; then exit 1; fi';
  const good = bench(library, { test: 'node --test test/', typecheck: 'node --check src/sum.mjs', lint });
  const reports = await good.verify(sumTest(), sumFix);
  expect(gateNamesOf(reports).slice(-4)).toEqual([
    'typecheck base true',
    'typecheck candidate true',
    'lint base true',
    'lint candidate true',
  ]);
  expect(reports.at(-1)?.kind).toBe('change-validated');
  const worse = { 'src/sum.mjs': '// TODO\nexport function sum(a, b) {\n  return a + b;\n}\n' };
  expect(ruleOf(await good.verify(sumTest(), worse))).toBe('gate-failed');
  const already = bench({ ...library, 'src/old.mjs': '// TODO old\n' }, { test: 'node --test test/', lint });
  expect((await already.verify(sumTest(), sumFix)).at(-1)?.kind).toBe('change-validated');
  expect(ruleOf(await already.verify(sumTest(), worse))).toBe('gate-failed');
});

test('a gate that hangs is ended by its limit, with everything it started', async () => {
  const b = bench();
  const hang = sumTest(
    'const { spawn } = process.getBuiltinModule("node:child_process"); spawn("sleep", ["98765"], { detached: true, stdio: "ignore" }); while (true);',
  );
  expect(ruleOf(await b.verify(hang, sumFix, { gateTimeLimitMs: 2_000 }))).toBe('gate-timed-out');
  expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain('sleep 98765');
});

test('an abort ends it without a verdict', async () => {
  const b = bench(library, { test: 'sleep 30' });
  const controller = new AbortController();
  const done = b.verify(sumTest(), sumFix, { signal: controller.signal });
  await expect.poll(() => b.reports.length, { timeout: 30_000 }).toBeGreaterThan(0);
  controller.abort();
  await expect(done).rejects.toThrow();
  expect(b.reports.map((r) => r.kind)).not.toContain('change-refused');
  expect(b.reports.map((r) => r.kind)).not.toContain('change-failed');
});

test('the base runs while a change is assessed, and its run ends with a change that is refused meanwhile', async () => {
  const b = bench(library, { test: 'sleep 98764' });
  const reports = await b.verify(sumTest(), { ...sumFix, 'src/core/plan.mjs': 'export const plan = 1;\n' });
  expect(reports.map((r) => r.kind)).toEqual(['change-assessed', 'change-refused']);
  expect(ruleOf(reports)).toBe('critical-layer');
  // What is in a namespace goes a moment after its first process.
  await expect.poll(() => execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }), { timeout: 20_000 }).not.toContain('sleep 98764');
});

test('while the code of a change runs, no process is open that our answers come from', async () => {
  const b = bench();
  const file = join(b.root, 'seen');
  const found = `for f in /proc/[0-9]*/cmdline; do tr '\\0' ' ' < $f 2>/dev/null; echo; done | grep "${b.dataDir}.*cat-fil[e]"`;
  const look = `if test -f test/sum.test.mjs; then (echo run; ${found}) >> "${file}"; fi`;
  b.repository = { ...b.repository, gates: { test: `${look}; ${quickGates.test}` } };
  expect((await b.verify(sumTest(), sumFix, { sandbox: 'process-group' })).at(-1)?.kind).toBe('change-validated');
  expect(readFileSync(file, 'utf8')).toMatch(/^(run\n){6}$/);
});

test('a clone that was taken away, or made by half, is made again', async () => {
  const b = bench(library, quickGates);
  const clone = join(b.dataDir, 'changes', `${b.repository.repositoryId}.git`);
  for (const lost of ['', 'HEAD', 'refs', '..'])
    for (const time of ['first', 'second']) {
      expect([lost, time, (await b.verify(sumTest(), sumFix)).at(-1)?.kind]).toEqual([lost, time, 'change-validated']);
      if (time === 'first') rmSync(join(clone, lost), { recursive: true });
    }
});

test('a repository that is not there is our fault to tell, not a refusal', async () => {
  const b = bench();
  b.repository = { ...b.repository, branch: 'nope' };
  expect((await b.verify(sumTest(), sumFix)).at(-1)).toMatchObject({ kind: 'change-failed', error: expect.stringContaining('nope') });
});

test('where less isolation is reached than the repository demands, nothing is run, and the level is named', async () => {
  const b = bench();
  b.repository = { ...b.repository, rules: { minimumIsolation: 'bubblewrap' } };
  const reports = await b.verify(sumTest(), sumFix, { sandbox: 'process-group' });
  expect(reports).toMatchObject([
    { kind: 'change-refused', rule: 'isolation-too-weak', detail: expect.stringContaining('process group only') },
  ]);
  b.repository = { ...b.repository, rules: { minimumIsolation: 'process-group' } };
  const merged = await b.verified();
  await b.run(merged);
  const back = { ...b.rollbackOrder(merged), repository: { ...b.repository, rules: { minimumIsolation: 'bubblewrap' as const } } };
  const tip = b.tip();
  expect((await b.run(back, { sandbox: 'process-group' })).at(-1)).toMatchObject({
    kind: 'change-rollback-failed',
    error: expect.stringContaining('process group only'),
  });
  expect(b.tip()).toBe(tip);
});

test('a test that takes more memory than the repository allows is refused by name', async () => {
  const b = bench();
  b.repository = { ...b.repository, rules: { gateMemoryBytes: 256 * 1024 ** 2 } };
  const greedy = sumTest(
    'const held = []; for (let i = 0; i < 8; i++) held.push(Buffer.alloc(40 * 1048576, 1)); const until = Date.now() + 10000; while (Date.now() < until); assert.equal(sum(1, 2), 3)',
  );
  const reports = await b.verify(greedy, sumFix);
  expect(ruleOf(reports)).toBe('gate-out-of-memory');
  expect(reports.at(-1)).toMatchObject({ detail: expect.stringContaining('256 MiB') });
  expect((await b.verify(sumTest(), sumFix)).at(-1)?.kind).toBe('change-validated');
});
