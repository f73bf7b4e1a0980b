import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decideChange, evolveChange } from '@reeve/core/changes';
import { afterEach, expect, test } from 'vitest';
import { Bench, followProtocol, library, quickGates, ruleOf, sumFix, sumTest } from './testing-repository.ts';

const open: Bench[] = [];
const bench = (files = library, gates: ConstructorParameters<typeof Bench>[1] = quickGates): Bench => {
  const made = new Bench(files, gates);
  open.push(made);
  return made;
};
afterEach(() => {
  for (const b of open.splice(0)) b.close();
});
const realGates = { test: 'node --test test/' };
const fixed = sumFix['src/sum.mjs'] as string;
const read = (b: Bench, path: string) => readFileSync(join(b.path, path), 'utf8');

test('merges the approved commit itself, and carries its files into a clean checkout', async () => {
  const b = bench();
  const order = await b.verified();
  const before = b.snapshot();
  const reports = await b.run(order);
  expect(reports).toEqual([{ kind: 'change-merged', changeId: order.changeId, mergedSha: order.candidateSha }]);
  expect(b.tip()).toBe(order.candidateSha);
  expect(b.git('log', '-1', '--format=%P')).toBe(order.baseSha);
  expect(b.git('log', '-1', '--format=%B')).toContain(`Reeve-Change: ${order.changeId}`);
  expect(b.git('status', '--porcelain')).toBe('');
  expect(read(b, 'src/sum.mjs')).toBe(fixed);
  expect(b.git('fsck', '--strict')).toBe('');
  const changed = new Set(['.git/index', '.git/refs/heads/main', 'src/sum.mjs', 'test/sum.test.mjs']);
  const after = b.snapshot();
  for (const path of new Set([...Object.keys(before), ...Object.keys(after)]))
    if (!changed.has(path)) expect([path, after[path]]).toEqual([path, before[path]]);
});

test('a second delivery, and another order for the same, say the same and move nothing', async () => {
  const b = bench();
  const order = await b.verified();
  const [merged] = await b.run(order);
  b.write({ 'src/words.mjs': 'operator at work\n' });
  const next = b.commit('later work');
  expect(await b.run(order)).toEqual([merged]);
  expect(await b.run({ ...order, orderId: 'ord_other' })).toEqual([merged]);
  expect(b.tip()).toBe(next);
});

test('uncommitted files, a stash and an index of other files stay byte for byte (I-SELF-1)', async () => {
  const b = bench();
  b.write({ 'src/words.mjs': 'stashed\n' });
  b.git('stash');
  const order = await b.verified();
  b.write({ 'src/words.mjs': 'being edited\n', 'src/staged.mjs': 'export {};\n', 'notes.txt': 'untracked\n' });
  b.git('add', 'src/staged.mjs');
  const stash = b.git('stash', 'list', '--format=%H %gs');
  const staged = b.git('diff', '--cached', '--raw');
  const status = b.git('status', '--porcelain');
  expect((await b.run(order))[0]?.kind).toBe('change-merged');
  expect(b.git('status', '--porcelain')).toBe(status);
  expect(b.git('diff', '--cached', '--raw')).toBe(staged);
  expect(b.git('stash', 'list', '--format=%H %gs')).toBe(stash);
  expect(read(b, 'src/words.mjs')).toBe('being edited\n');
  expect(read(b, 'src/sum.mjs')).toBe(fixed);
  b.git('stash', 'show', '-p');
});

test.each<[string, (b: Bench) => void, RegExp]>([
  ['an edited file of the change', (b) => b.write({ 'src/sum.mjs': 'mine\n' }), /src\/sum\.mjs has uncommitted changes/],
  [
    'a staged one',
    (b) => {
      b.write({ 'src/sum.mjs': 'mine\n' });
      b.git('add', '-A');
      b.write({ 'src/sum.mjs': library['src/sum.mjs'] as string });
    },
    /src\/sum\.mjs/,
  ],
  ['a deleted one', (b) => b.write({ 'src/sum.mjs': null }), /src\/sum\.mjs/],
  ['an untracked file where one will be', (b) => b.write({ 'test/sum.test.mjs': 'mine\n' }), /test\/sum\.test\.mjs/],
  ['a file whose edits git was told not to see', (b) => b.git('update-index', '--skip-worktree', 'src/sum.mjs'), /src\/sum\.mjs/],
  ['a held index', (b) => writeFileSync(join(b.path, '.git', 'index.lock'), ''), /index\.lock/],
])('%s blocks the merge; nothing moves, and the words say what to do', async (_, occupy, words) => {
  const b = bench();
  const order = await b.verified();
  occupy(b);
  const before = b.snapshot(/^\.git\/(objects)\//);
  const [report] = await b.run(order);
  expect(report).toMatchObject({ kind: 'change-failed' });
  expect(report?.kind === 'change-failed' && report.error).toMatch(words);
  expect(report?.kind === 'change-failed' && report.error).toMatch(/approve again/);
  expect(b.snapshot(/^\.git\/(objects)\//)).toEqual(before);
  // The same order cannot come true later; a new approval makes a new one.
  rmSync(join(b.path, '.git', 'index.lock'), { force: true });
  b.git('update-index', '--no-skip-worktree', 'src/sum.mjs');
  b.git('reset', '-q');
  b.git('checkout', '-q', '--', 'src/sum.mjs');
  rmSync(join(b.path, 'test', 'sum.test.mjs'), { force: true });
  expect(await b.run(order)).toEqual([report]);
  expect((await b.run({ ...order, orderId: `${order.orderId}_2` }))[0]?.kind).toBe('change-merged');
});

test('another branch checked out, a running rebase, conflicts and all: the ref moves and nothing else does', async () => {
  const b = bench();
  b.git('checkout', '-q', '-b', 'feature');
  b.write({ 'src/words.mjs': 'feature\n' });
  b.commit('feature work');
  b.git('checkout', '-q', 'main');
  b.write({ 'src/words.mjs': '// main\nexport const words = (text) => text.split(" ");\n' });
  b.commit('main work');
  const order = await b.verified();
  b.git('checkout', '-q', 'feature');
  expect(() => b.git('rebase', 'main')).toThrow();
  expect(existsSync(join(b.path, '.git', 'rebase-merge'))).toBe(true);
  const before = b.snapshot();
  expect((await b.run(order))[0]?.kind).toBe('change-merged');
  const after = b.snapshot();
  delete before['.git/refs/heads/main'];
  delete after['.git/refs/heads/main'];
  expect(after).toEqual(before);
  expect(b.tip()).toBe(order.candidateSha);
});

test('a rebase of the target itself blocks', async () => {
  const b = bench();
  b.git('branch', 'other');
  b.write({ 'src/words.mjs': 'main\n' });
  b.commit('main work');
  const order = await b.verified({ ...sumTest() }, sumFix);
  b.git('checkout', '-q', 'other');
  b.write({ 'src/words.mjs': 'other\n' });
  b.commit('other work');
  expect(() => b.git('rebase', 'other', 'main')).toThrow();
  const [report] = await b.run(order);
  expect(report?.kind === 'change-failed' && report.error).toMatch(/being rebased/);
});

test('a linked worktree with the branch is carried along, a bare repository needs none', async () => {
  const b = bench();
  b.git('checkout', '-q', '-b', 'elsewhere');
  b.git('worktree', 'add', '-q', join(b.root, 'linked'), 'main');
  const order = await b.verified();
  expect((await b.run(order))[0]?.kind).toBe('change-merged');
  expect(readFileSync(join(b.root, 'linked', 'src', 'sum.mjs'), 'utf8')).toBe(fixed);
  expect(execFileSync('git', ['-C', join(b.root, 'linked'), 'status', '--porcelain'], { encoding: 'utf8' })).toBe('');
  expect(read(b, 'src/sum.mjs')).toBe(library['src/sum.mjs']);

  const bare = join(b.root, 'bare.git');
  execFileSync('git', ['clone', '-q', '--bare', '--no-local', b.path, bare]);
  execFileSync('git', ['-C', bare, 'update-ref', 'refs/heads/main', order.baseSha]);
  const repository = { ...order.repository, repositoryId: 'rep_bare', path: bare };
  await b.run({ ...b.verifyOrder('', ''), repository, testPatch: 'x', fixPatch: 'x' });
  b.git('checkout', '-q', '--detach');
  const verify = { ...b.verifyOrder('', ''), repository, ...patchesOf(b, order) };
  const reports = await b.run(verify);
  const isolated = reports.find((r) => r.kind === 'change-isolated');
  if (isolated?.kind !== 'change-isolated') throw new Error(ruleOf(reports));
  const merge = {
    ...order,
    orderId: 'ord_bare',
    changeId: verify.changeId,
    repository,
    candidateSha: isolated.candidateSha,
    diffHash: isolated.diffHash,
  };
  expect((await b.run(merge))[0]?.kind).toBe('change-merged');
  expect(execFileSync('git', ['-C', bare, 'rev-parse', 'main'], { encoding: 'utf8' }).trim()).toBe(isolated.candidateSha);
});
const patchesOf = (b: Bench, { baseSha, candidateSha }: { baseSha: string; candidateSha: string }) => ({
  testPatch: `${b.git('diff', baseSha, candidateSha, '--', 'test')}\n`,
  fixPatch: `${b.git('diff', baseSha, candidateSha, '--', 'src')}\n`,
});

test('a moved base is reported and nothing is merged (I-SELF-6)', async () => {
  const b = bench();
  const order = await b.verified();
  b.write({ 'src/words.mjs': "export const words = (text) => text.split(' ').filter(Boolean);\n" });
  const moved = b.commit('operator work');
  expect(await b.run(order)).toEqual([{ kind: 'change-base-moved', changeId: order.changeId, baseSha: moved }]);
  expect(b.tip()).toBe(moved);
});

test('two approved changes: the second meets the first as a moved base', async () => {
  const b = bench(library, realGates);
  const first = await b.verified();
  const second = await b.verified(
    {
      'test/words2.test.mjs':
        "import assert from 'node:assert/strict';\nimport { test } from 'node:test';\nimport { words } from '../src/words.mjs';\ntest('drops blanks', () => assert.deepEqual(words('a  b'), ['a', 'b']));\n",
    },
    { 'src/words.mjs': "export const words = (text) => text.split(' ').filter(Boolean);\n" },
  );
  const [a, z] = await Promise.all([b.run(first), b.run(second)]);
  expect([a[0]?.kind, z[0]?.kind].sort()).toEqual(['change-base-moved', 'change-merged']);
});

test('two approved changes that conflict only in meaning: the second is gated again and refused (I-SELF-6)', async () => {
  const b = bench(
    { ...library, 'src/rest.mjs': "import { sum } from './sum.mjs';\nexport const rest = (a, b) => sum(a, -b);\n" },
    realGates,
  );
  const first = await b.verified();
  const order = b.verifyOrder(
    {
      'test/rest.test.mjs':
        "import assert from 'node:assert/strict';\nimport { test } from 'node:test';\nimport { rest } from '../src/rest.mjs';\ntest('takes away', () => assert.equal(rest(5, 2), 3));\n",
    },
    // Right beside the old sum, wrong beside the mended one; the two touch no file in common.
    { 'src/rest.mjs': "import { sum } from './sum.mjs';\nexport const rest = (a, b) => sum(a, b);\n" },
  );
  const reports = await b.run(order);
  let second = followProtocol(order, reports);
  const take = (command: Parameters<typeof decideChange>[1]) => {
    const decided = decideChange(second, command, 0);
    if (!decided.ok) throw new Error(JSON.stringify(decided.error));
    for (const event of decided.value) second = evolveChange(second, event, 0);
  };
  const { baseSha = '', candidateSha = '', diffHash = '' } = second as { baseSha?: string; candidateSha?: string; diffHash?: string };
  take({ type: 'approve', actor: { kind: 'person', id: 'ann', name: 'Ann' }, approvalId: 'apr_1', diffHash, comment: '' });
  expect(second.state).toBe('merging');

  expect((await b.run(first))[0]?.kind).toBe('change-merged');
  const merge = { ...first, orderId: 'ord_second', changeId: order.changeId, baseSha, candidateSha, diffHash };
  const [moved] = await b.run(merge);
  expect(moved).toEqual({ kind: 'change-base-moved', changeId: order.changeId, baseSha: first.candidateSha });
  take({ type: 'base-moved', baseSha: first.candidateSha });
  expect(second).toMatchObject({ state: 'proposed', approvals: [] });
  expect(ruleOf(await b.run({ ...order, orderId: 'ord_again' }))).toBe('test-does-not-fail-on-base');
  expect(b.tip()).toBe(first.candidateSha);
});

test('an order that does not say what was approved is refused', async () => {
  const b = bench();
  const order = await b.verified();
  expect(ruleOf(await b.run({ ...order, orderId: 'o1', diffHash: '0'.repeat(64) }))).toBe('candidate-mismatch');
  expect(ruleOf(await b.run({ ...order, orderId: 'o2', baseSha: order.candidateSha }))).toBe('candidate-mismatch');
  const guarded = { ...order.repository, layers: [{ pattern: '/src/', layer: 1 }] };
  expect(ruleOf(await b.run({ ...order, orderId: 'o3', repository: guarded }))).toBe('critical-layer');
  expect((await b.run({ ...order, orderId: 'o4', candidateSha: '1'.repeat(40) }))[0]?.kind).toBe('change-failed');
  expect(b.tip()).toBe(order.baseSha);
});

test('finishes what a crash between branch and files left', async () => {
  const b = bench();
  const order = await b.verified();
  const clone = join(b.dataDir, 'changes', `${order.repository.repositoryId}.git`);
  b.git('fetch', '-q', clone, order.candidateSha);
  b.git('update-ref', 'refs/heads/main', order.candidateSha, order.baseSha);
  // One of two files was carried over, the index not yet.
  b.write({ 'src/sum.mjs': fixed });
  expect((await b.run(order))[0]?.kind).toBe('change-merged');
  expect(b.git('status', '--porcelain')).toBe('');
});

test('nothing that the operator’s repository names is run: hooks, fsmonitor, filters, textconv, transports', async () => {
  const b = bench({ ...library, '.gitattributes': '*.mjs filter=evil diff=evil merge=evil\n' });
  const proof = join(b.root, 'ran');
  mkdirSync(proof);
  const script = (name: string): string => {
    const file = join(b.root, `evil-${name}`);
    writeFileSync(file, `#!/bin/sh\ntouch '${proof}/${name}'\ncat 2>/dev/null\nexit 0\n`);
    chmodSync(file, 0o755);
    return file;
  };
  const order = await b.verified();
  const hooks = join(b.path, '.git', 'hooks');
  mkdirSync(hooks, { recursive: true });
  for (const hook of [
    'pre-commit',
    'post-checkout',
    'post-merge',
    'reference-transaction',
    'post-index-change',
    'pre-auto-gc',
    'update',
    'post-update',
    'fsmonitor-watchman',
  ]) {
    writeFileSync(join(hooks, hook), `#!/bin/sh\ntouch '${proof}/hook-${hook}'\n`);
    chmodSync(join(hooks, hook), 0o755);
  }
  const config = {
    'core.hooksPath': hooks,
    'core.fsmonitor': script('fsmonitor'),
    'core.sshCommand': script('ssh'),
    'core.alternateRefsCommand': script('alternates'),
    'core.editor': script('editor'),
    'core.pager': script('pager'),
    'filter.evil.clean': script('clean'),
    'filter.evil.smudge': script('smudge'),
    'filter.evil.process': script('process'),
    'diff.evil.textconv': script('textconv'),
    'diff.evil.command': script('diff'),
    'diff.external': script('external'),
    'merge.evil.driver': script('merge'),
    'uploadpack.packObjectsHook': script('pack'),
    'credential.helper': script('credential'),
    'gpg.program': script('gpg'),
    'commit.gpgSign': 'true',
    'protocol.ext.allow': 'always',
    [`url.ext::${script('transport')}.insteadOf`]: b.path,
  };
  for (const [key, value] of Object.entries(config)) execFileSync('git', ['config', '--file', join(b.path, '.git', 'config'), key, value]);
  const again = await b.run({ ...b.verifyOrder('', ''), repository: order.repository, ...patchTexts() });
  expect(again.at(-1)?.kind).toBe('change-validated');
  expect((await b.run(order))[0]?.kind).toBe('change-merged');
  expect((await b.run(b.rollbackOrder(order)))[0]).toMatchObject({ kind: 'change-gate' });
  expect(readdirSync(proof)).toEqual([]);

  function patchTexts() {
    return {
      testPatch: `--- /dev/null\n+++ b/test/sum.test.mjs\n@@ -0,0 +1,7 @@\n${(sumTest()['test/sum.test.mjs'] as string)
        .trimEnd()
        .split('\n')
        .map((l) => `+${l}\n`)
        .join('')}`,
      fixPatch:
        '--- a/src/sum.mjs\n+++ b/src/sum.mjs\n@@ -1,3 +1,3 @@\n export function sum(a, b) {\n-  return a - b;\n+  return a + b;\n }\n',
    };
  }
});

test('a rollback is one revert commit through the gates, and a second delivery says the same', async () => {
  const b = bench();
  const order = await b.verified();
  await b.run(order);
  const rollback = b.rollbackOrder(order);
  const reports = await b.run(rollback);
  const last = reports.at(-1);
  if (last?.kind !== 'change-rolled-back') throw new Error(JSON.stringify(last));
  expect(reports.map((r) => r.kind)).toEqual(['change-gate', 'change-rolled-back']);
  expect(b.tip()).toBe(last.revertSha);
  expect(b.git('rev-parse', 'main^{tree}')).toBe(b.git('rev-parse', `${order.baseSha}^{tree}`));
  expect(b.git('status', '--porcelain')).toBe('');
  expect(existsSync(join(b.path, 'test', 'sum.test.mjs'))).toBe(false);
  expect(await b.run(rollback)).toEqual([last]);
  expect(await b.run({ ...rollback, orderId: 'ord_again' })).toEqual([last]);
  expect(b.tip()).toBe(last.revertSha);
});

test('a rollback keeps later work, and gives way where it conflicts or would break it', async () => {
  const b = bench();
  const order = await b.verified();
  await b.run(order);
  b.write({ 'src/words.mjs': '// later\nexport const words = (text) => text.split(" ");\n' });
  b.commit('later');
  expect((await b.run(b.rollbackOrder(order))).at(-1)?.kind).toBe('change-rolled-back');
  expect(read(b, 'src/words.mjs')).toContain('// later');

  const conflicting = bench();
  const merged = await conflicting.verified();
  await conflicting.run(merged);
  conflicting.write({ 'src/sum.mjs': 'export function sum(a, b) {\n  return b + a;\n}\n' });
  const tip = conflicting.commit('rewritten');
  const [conflict] = await conflicting.run(conflicting.rollbackOrder(merged));
  expect(conflict?.kind === 'change-rollback-failed' && conflict.error).toMatch(/conflicts/);
  expect(conflicting.tip()).toBe(tip);

  const needed = bench(library, realGates);
  const base = await needed.verified();
  await needed.run(base);
  needed.write({
    'test/more.test.mjs':
      "import assert from 'node:assert/strict';\nimport { test } from 'node:test';\nimport { sum } from '../src/sum.mjs';\ntest('needs the fix', () => assert.equal(sum(2, 2), 4));\n",
  });
  const before = needed.commit('builds on it');
  const reports = await needed.run(needed.rollbackOrder(base));
  expect(reports.at(-1)).toMatchObject({ kind: 'change-rollback-failed' });
  expect(JSON.stringify(reports.at(-1))).toContain('needs the fix');
  expect(needed.tip()).toBe(before);
});

test('what never was merged cannot be rolled back', async () => {
  const b = bench();
  const order = await b.verified();
  expect((await b.run(b.rollbackOrder(order))).at(-1)).toMatchObject({ kind: 'change-rollback-failed' });
});
