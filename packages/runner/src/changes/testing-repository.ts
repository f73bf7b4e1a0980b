/** A real repository and a real run of orders, for the tests beside; nothing of the product imports this. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { type Change, decideChange, evolveChange } from '@reeve/core/changes';
import type { RepositoryRef, RunnerReport } from '@reeve/core/vocabulary';
import { type ChangeOrder, type ChangeOrderEnv, executeChangeOrder } from './index.ts';

export type Files = Record<string, string | null>;

/** A small tool library with a bug in it: `sum` subtracts. */
export const library: Files = {
  'package.json': '{ "name": "tools", "type": "module", "scripts": { "test": "node --test test/" } }\n',
  'src/sum.mjs': 'export function sum(a, b) {\n  return a - b;\n}\n',
  'src/double.mjs': "import { sum } from './sum.mjs';\nexport const minusItself = (a) => sum(a, a);\n",
  'src/words.mjs': "export const words = (text) => text.split(' ');\n",
  'test/words.test.mjs':
    "import assert from 'node:assert/strict';\nimport { test } from 'node:test';\nimport { words } from '../src/words.mjs';\n\ntest('splits at blanks', () => {\n  assert.deepEqual(words('a b'), ['a', 'b']);\n});\n",
};
export const sumTest = (body = 'assert.equal(sum(1, 2), 3)'): Files => ({
  'test/sum.test.mjs': `import assert from 'node:assert/strict';\nimport { test } from 'node:test';\nimport { sum } from '../src/sum.mjs';\n\ntest('adds', () => {\n  ${body};\n});\n`,
});
export const sumFix: Files = { 'src/sum.mjs': 'export function sum(a, b) {\n  return a + b;\n}\n' };

/** The same verdicts as the library's own tests give, at a hundredth of their cost: for tests about what comes after the gates. */
export const quickGates = { test: '! test -f test/sum.test.mjs || grep -q "+" src/sum.mjs || { echo AssertionError; exit 1; }' };

const layers = [
  { pattern: '*', layer: 3 },
  { pattern: '/src/', layer: 4 },
  { pattern: '/src/core/', layer: 1 },
];
let counter = 0;

export class Bench {
  readonly root = mkdtempSync(join(tmpdir(), 'reeve changes '));
  readonly path = join(this.root, 'operator repo');
  readonly dataDir = join(this.root, 'data');
  readonly reports: RunnerReport[] = [];
  repository: RepositoryRef;

  constructor(files: Files = library, gates: RepositoryRef['gates'] = { test: 'node --test test/' }) {
    mkdirSync(this.path);
    this.git('init', '-q', '-b', 'main');
    this.git('config', 'user.name', 'Operator');
    this.git('config', 'user.email', 'operator@example.com');
    this.write(files);
    this.commit('start');
    this.repository = { repositoryId: `rep_${++counter}`, path: this.path, branch: 'main', layers, gates };
  }

  git(...args: string[]): string {
    return execFileSync('git', ['-C', this.path, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  }
  write(files: Files, root = this.path): void {
    for (const [path, content] of Object.entries(files)) {
      if (content === null) rmSync(join(root, path));
      else {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        writeFileSync(join(root, path), content);
      }
    }
  }
  commit(message: string): string {
    this.git('add', '-A');
    this.git('commit', '-q', '--no-verify', '-m', message);
    return this.git('rev-parse', 'HEAD');
  }
  tip = (): string => this.git('rev-parse', 'main');

  /** The patch from the branch's tip to what `files` say, made in a copy. */
  patch(files: Files): string {
    const copy = mkdtempSync(join(this.root, 'copy-'));
    execFileSync('git', ['clone', '-q', '--no-local', '--branch', 'main', this.path, copy]);
    this.write(files, copy);
    execFileSync('git', ['-C', copy, 'add', '-A', '--force']);
    const text = execFileSync('git', ['-C', copy, 'diff', '--cached', '--no-renames', '--full-index'], { encoding: 'utf8' });
    rmSync(copy, { recursive: true });
    return text;
  }

  async run(order: ChangeOrder, env: Partial<ChangeOrderEnv> = {}): Promise<RunnerReport[]> {
    const mine: RunnerReport[] = [];
    const report = (r: RunnerReport) => {
      mine.push(r);
      this.reports.push(r);
    };
    await executeChangeOrder(order, { dataDir: this.dataDir, report, signal: new AbortController().signal, ...env });
    return mine;
  }
  verifyOrder(test: Files | string, fix: Files | string, changeId = `chg_${++counter}`): Extract<ChangeOrder, { kind: 'verify-change' }> {
    const text = (patch: Files | string) => (typeof patch === 'string' ? patch : this.patch(patch));
    const { repository } = this;
    return {
      kind: 'verify-change',
      orderId: `ord_${++counter}`,
      changeId,
      title: 'Add, do not subtract',
      agentId: 'agt_1',
      repository,
      testPatch: text(test),
      fixPatch: text(fix),
    };
  }
  verify(test: Files | string, fix: Files | string, env: Partial<ChangeOrderEnv> = {}): Promise<RunnerReport[]> {
    return this.run(this.verifyOrder(test, fix), env);
  }
  /** A verified change, and the order to merge it. */
  async verified(test: Files = sumTest(), fix: Files = sumFix): Promise<Extract<ChangeOrder, { kind: 'merge-change' }>> {
    const order = this.verifyOrder(test, fix);
    const reports = await this.run(order);
    const last = reports.at(-1);
    if (last?.kind !== 'change-validated') throw new Error(JSON.stringify(last));
    const assessed = only(reports, 'change-assessed');
    const isolated = only(reports, 'change-isolated');
    const { changeId, title, repository } = order;
    return {
      kind: 'merge-change',
      orderId: `ord_${++counter}`,
      changeId,
      title,
      repository,
      baseSha: assessed.baseSha,
      candidateSha: isolated.candidateSha,
      diffHash: isolated.diffHash,
    };
  }
  rollbackOrder(merge: Extract<ChangeOrder, { kind: 'merge-change' }>): Extract<ChangeOrder, { kind: 'rollback-change' }> {
    const { changeId, title, repository, candidateSha } = merge;
    return { kind: 'rollback-change', orderId: `ord_${++counter}`, changeId, title, repository, mergedSha: candidateSha };
  }
  /** Every file of the operator's folder, git's own included, except objects, which only ever grow, and the reflogs. */
  snapshot(leaveOut: RegExp = /^\.git\/(objects|logs)\//): Record<string, string> {
    const all: Record<string, string> = {};
    const walk = (folder: string) => {
      for (const name of readdirSync(folder)) {
        const file = join(folder, name);
        const path = relative(this.path, file);
        const stat = lstatSync(file);
        if (stat.isDirectory()) walk(file);
        else if (!leaveOut.test(path))
          all[path] =
            `${stat.mode.toString(8)} ${stat.isSymbolicLink() ? readlinkSync(file) : createHash('sha256').update(readFileSync(file)).digest('hex')}`;
      }
    };
    walk(this.path);
    return all;
  }
  close(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

export function only<K extends RunnerReport['kind']>(reports: RunnerReport[], kind: K): Extract<RunnerReport, { kind: K }> {
  const found = reports.filter((r): r is Extract<RunnerReport, { kind: K }> => r.kind === kind);
  if (found.length !== 1)
    throw new Error(`${found.length} reports of ${kind}: ${JSON.stringify(reports.map((r) => r.kind))} ${JSON.stringify(reports.at(-1))}`);
  return found[0] as Extract<RunnerReport, { kind: K }>;
}
export const ruleOf = (reports: RunnerReport[]): string => {
  const last = reports.at(-1);
  return last?.kind === 'change-refused' ? last.rule : `${last?.kind}: ${JSON.stringify(last).slice(0, 1500)}`;
};
export const gateNamesOf = (reports: RunnerReport[]): string[] =>
  reports.flatMap((r) => (r.kind === 'change-gate' ? [`${r.gate.name} ${r.gate.on} ${r.gate.passed}`] : []));

/** Feeds the reports of a verification to the core's protocol, as the server does. */
export function followProtocol(order: Extract<ChangeOrder, { kind: 'verify-change' }>, reports: RunnerReport[]): Change {
  const { changeId, agentId, title, repository, testPatch, fixPatch } = order;
  const proposal = {
    id: changeId,
    projectId: 'prj',
    repositoryId: repository.repositoryId,
    agentId,
    agentPath: [agentId],
    title,
    reason: 'r',
    testPatch,
    fixPatch,
    requestId: null,
  };
  let change: Change | undefined;
  const take = (command: Parameters<typeof decideChange>[1]) => {
    const decided = decideChange(change, command, 0);
    if (!decided.ok) throw new Error(JSON.stringify(decided.error));
    for (const event of decided.value) change = evolveChange(change, event, 0);
  };
  take({ type: 'propose', ...proposal });
  for (const { kind, ...rest } of reports) take({ type: kind.replace('change-', ''), ...rest } as never);
  return change as unknown as Change;
}
