import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ChangeOrder } from './index.ts';
import { Bench, library, quickGates, sumFix } from './testing-repository.ts';

/** Every n-th step; `REEVE_CRASH_STRIDE=1` takes them all. */
const stride = Number(process.env.REEVE_CRASH_STRIDE ?? 8);
const child = fileURLToPath(new URL('./crash-child.ts', import.meta.url));
const tsx = import.meta.resolve('tsx');

/** Runs an order in a process of its own; `at` is the step at which it dies. Answers the steps, or the git left behind. */
function runAndDie(order: ChangeOrder, dataDir: string, at: number): { killed: boolean; told: string } {
  const folder = mkdtempSync(join(tmpdir(), 'reeve crash '));
  const [orderFile, steps] = [join(folder, 'order.json'), join(folder, 'steps')];
  writeFileSync(orderFile, JSON.stringify(order));
  const done = spawnSync(process.execPath, ['--import', tsx, child, orderFile, dataDir, steps, String(at)], { encoding: 'utf8' });
  if (done.signal === null && done.status !== 0) throw new Error(done.stderr);
  const told = existsSync(steps) ? readFileSync(steps, 'utf8') : '';
  rmSync(folder, { recursive: true, force: true });
  return { killed: done.signal === 'SIGKILL', told };
}
const isRunning = (pid: string): boolean => {
  try {
    return pid !== '' && !/\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

/** The operator in the midst of everything: a rebase that conflicts, a stash, edits; the target branch checked out elsewhere, with edits too. */
function occupy(b: Bench): void {
  b.write({ 'src/words.mjs': 'stashed\n' });
  b.git('stash');
  b.git('checkout', '-q', '-b', 'feature', b.git('rev-list', '--max-parents=0', 'main'));
  b.write({ 'src/words.mjs': 'feature\n' });
  b.commit('feature work');
  expect(() => b.git('rebase', 'main')).toThrow();
  b.write({ 'src/double.mjs': 'being edited\n', 'notes.txt': 'untracked\n' });
  const linked = join(b.root, 'linked');
  b.git('worktree', 'add', '-q', linked, 'main');
  b.write({ 'src/words.mjs': 'edited here\n', 'mine.txt': 'mine\n' }, linked);
}
const moves = /^\.git\/(objects|logs)\/|^\.git\/refs\/heads\/main$|^\.git\/worktrees\/linked\/(index|logs\/)/;
const linkedFile = (root: string, path: string): string | null =>
  existsSync(join(root, 'linked', path)) ? readFileSync(join(root, 'linked', path), 'utf8') : null;

type Case = { bench: Bench; order: ChangeOrder; before: string; after: string; steps: string[] };
/** A copy of a prepared bench, at a path of its own: the git directory of a linked worktree names paths. */
function copyOf(prepared: Case): { root: string; restore(): void } {
  const { root } = prepared.bench;
  const kept = `${root} kept`;
  cpSync(root, kept, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
  return {
    root,
    restore() {
      rmSync(root, { recursive: true, force: true });
      execFileSync('mv', [kept, root]);
    },
  };
}

async function prepare(kind: 'merge' | 'rollback'): Promise<Case> {
  const bench = new Bench(library, quickGates);
  bench.write({ 'src/words.mjs': "// second\nexport const words = (text) => text.split(' ');\n" });
  bench.commit('second');
  const merge = await bench.verified();
  if (kind === 'rollback') await bench.run(merge);
  occupy(bench);
  const order = kind === 'merge' ? merge : bench.rollbackOrder(merge);
  const before = bench.tip();
  const made: Case = { bench, order, before, after: '', steps: [] };
  const copy = copyOf(made);
  const { told } = runAndDie(order, bench.dataDir, 0);
  made.after = bench.tip();
  copy.restore();
  return { ...made, steps: told.trim().split('\n') };
}

describe.each(['merge', 'rollback'] as const)('I-SELF-7: kill -9 at the steps of a %s', (kind) => {
  let prepared: Case;
  beforeAll(async () => {
    prepared = await prepare(kind);
  }, 120_000);
  afterAll(() => prepared.bench.close());

  test('the branch is merged or untouched, the operator’s tree as it was, and the order given again ends it', {
    timeout: 1_800_000,
  }, async () => {
    const { bench: b, order, before, steps } = prepared;
    expect(steps.length).toBeGreaterThan(40);
    expect(prepared.after).not.toBe(before);
    const operator = b.snapshot(moves);
    const tree = (commit: string) => b.git('rev-parse', `${commit}^{tree}`);
    const states = { untouched: 0, moved: 0 };
    for (let at = 1; at <= steps.length; at += stride) {
      const where = `step ${at}, ${steps[at - 1]}`;
      const copy = copyOf(prepared);
      try {
        const { killed, told } = runAndDie(order, b.dataDir, at);
        expect([where, killed]).toEqual([where, true]);
        await expect.poll(() => isRunning(told.trim()), { timeout: 20_000, interval: 5 }).toBe(false);
        const tip = b.tip();
        const moved = tip !== before;
        states[moved ? 'moved' : 'untouched'] += 1;
        if (moved) expect([where, b.git('rev-parse', `${tip}^1`)]).toEqual([where, before]);
        expect([where, b.snapshot(moves)]).toEqual([where, operator]);
        expect([where, linkedFile(b.root, 'src/words.mjs'), linkedFile(b.root, 'mine.txt')]).toEqual([where, 'edited here\n', 'mine\n']);
        expect([where, b.git('fsck', '--strict', '--no-dangling')]).toEqual([where, '']);

        const reports = await b.run(order);
        expect([where, reports.at(-1)?.kind]).toEqual([where, kind === 'merge' ? 'change-merged' : 'change-rolled-back']);
        expect([where, b.git('rev-list', '--count', `${before}..main`)]).toEqual([where, '1']);
        expect([where, b.snapshot(moves)]).toEqual([where, operator]);
        expect([where, linkedFile(b.root, 'src/sum.mjs')]).toEqual([
          where,
          kind === 'merge' ? sumFix['src/sum.mjs'] : library['src/sum.mjs'],
        ]);
        const status = execFileSync('git', ['-C', join(b.root, 'linked'), 'status', '--porcelain'], { encoding: 'utf8' });
        expect([where, status]).toEqual([where, ' M src/words.mjs\n?? mine.txt\n']);
        expect([where, tree('main')]).not.toEqual([where, tree(before)]);
      } finally {
        copy.restore();
      }
    }
    expect(states.untouched).toBeGreaterThan(0);
    expect(states.moved).toBeGreaterThan(0);
  });
});
