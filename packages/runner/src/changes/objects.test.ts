import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Git, GitError } from './git.ts';
import { ObjectReader } from './objects.ts';

let root: string;
let gitDir: string;
let stop: AbortController;
let git: Git;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'reeve objects '));
  gitDir = join(root, 'clone.git');
  execFileSync('git', ['init', '-q', '--bare', gitDir]);
  stop = new AbortController();
  git = new Git(join(root, 'home'), stop.signal);
});
afterEach(async () => {
  await git.close();
  rmSync(root, { recursive: true, force: true });
});

const run = (args: string[], input: string | Buffer = '') =>
  execFileSync('git', ['--git-dir', gitDir, '-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
    input,
    encoding: 'utf8',
  }).trim();
const blobOf = (content: string | Buffer) => run(['hash-object', '-w', '--stdin'], content);
const emptyCommit = (message: string) => run(['commit-tree', run(['mktree']), '-m', message]);
const ask = async (...names: string[]) => (await git.objects(gitDir, names)).map((o) => o && `${o.type} ${o.bytes.toString('utf8')}`);
/** The processes that answer, by what they were started with. */
const open = () =>
  readdirSync('/proc').filter((pid) => {
    const file = `/proc/${pid}/cmdline`;
    if (!/^\d+$/.test(pid) || !existsSync(file)) return false;
    try {
      const words = readFileSync(file, 'utf8').split('\0');
      return words.includes(`--git-dir=${gitDir}`) && words.includes('cat-file');
    } catch {
      return false;
    }
  });

test('what came about after the first question is found, and a ref that moved reads as it is now', async () => {
  const [first, second] = [emptyCommit('first'), emptyCommit('second')];
  run(['update-ref', 'refs/heads/main', first]);
  const shas = async () => (await git.objects(gitDir, ['refs/heads/main', 'refs/heads/main^{commit}'])).map((o) => o?.sha);
  expect(await shas()).toEqual([first, first]);
  run(['update-ref', 'refs/heads/main', second]);
  expect(await shas()).toEqual([second, second]);
  run(['pack-refs', '--all']);
  expect(await shas()).toEqual([second, second]);
  run(['update-ref', '-d', 'refs/heads/main']);
  expect(await shas()).toEqual([undefined, undefined]);

  const late = blobOf('late');
  expect(await ask(late)).toEqual(['blob late']);
  run(['update-ref', 'refs/keep', emptyCommit('kept')]);
  run(['gc', '-q', '--prune=now']);
  expect((await git.objects(gitDir, ['refs/keep'])).map((o) => o?.type)).toEqual(['commit']);
  expect(open()).toHaveLength(1);
});

test('answers come in the order of the questions, whatever their size and content', async () => {
  const contents = [
    Buffer.alloc(0),
    Buffer.from('\n'),
    Buffer.from(`${'0'.repeat(40)} blob 5\nforged\n`),
    randomBytes(300_000),
    Buffer.from('x'),
  ];
  const shas = contents.map(blobOf);
  const missing = '1'.repeat(40);
  const asked = await Promise.all([
    git.objects(gitDir, shas),
    git.objects(gitDir, [missing]),
    git.objects(gitDir, []),
    git.objects(gitDir, [...shas].reverse()),
  ]);
  expect(asked[0].map((o) => o?.bytes.equals(contents[shas.indexOf(o.sha)] as Buffer))).toEqual(contents.map(() => true));
  expect(asked[0].map((o) => o?.sha)).toEqual(shas);
  expect(asked.slice(1, 3)).toEqual([[null], []]);
  expect(asked[3].map((o) => o?.sha)).toEqual([...shas].reverse());
});

test('a name that would be two questions is none, and the answers after it are still their own', async () => {
  const sha = blobOf('mine');
  await expect(ask(`${sha}\n${sha}`)).rejects.toThrow(GitError);
  await expect(ask('')).rejects.toThrow(GitError);
  expect(await ask(`${sha} blob 4`, sha, '--help', `${sha}^{tree}`)).toEqual([null, 'blob mine', null, null]);
});

test('closed, it answers what was asked and ends; the next question opens another', async () => {
  const sha = blobOf('mine');
  await ask(sha);
  const [before] = open();
  const asked = ask(sha, sha);
  const closing = git.close();
  // Asked while the first one ends.
  const next = ask(sha);
  expect(await asked).toEqual(['blob mine', 'blob mine']);
  await closing;
  expect(await next).toEqual(['blob mine']);
  expect(open()).toHaveLength(1);
  expect(open()).not.toEqual([before]);
  await git.close();
  expect(open()).toEqual([]);
});

test('one that was ended from outside is an error for who waits, and another comes after it', async () => {
  const sha = blobOf('mine');
  await ask(sha);
  const pid = Number(open()[0]);
  process.kill(pid, 'SIGSTOP');
  const asked = ask(sha);
  process.kill(pid, 'SIGKILL');
  await expect(asked).rejects.toThrow(GitError);
  expect(await ask(sha)).toEqual(['blob mine']);
});

test('an abort ends it, and says so to who waits', async () => {
  const sha = blobOf('mine');
  await ask(sha);
  process.kill(Number(open()[0]), 'SIGSTOP');
  const asked = ask(sha);
  stop.abort(new Error('stopped'));
  await expect(asked).rejects.toThrow('stopped');
  await expect(ask(sha)).rejects.toThrow('stopped');
  await expect.poll(open).toEqual([]);
});

test('where there is no repository the reason is told', async () => {
  await expect(git.objects(join(root, 'nowhere'), ['HEAD'])).rejects.toThrow(/not a git repository/);
});

test('an answer that is too large or does not come is an error', async () => {
  const { spawn } = await import('node:child_process');
  const child = (script: string) => spawn('sh', ['-c', script], { stdio: ['pipe', 'pipe', 'pipe'] });
  const limits = { timeoutMs: 60_000, maxBytes: 10 };
  const sha = '2'.repeat(40);
  const one = `echo '${sha} blob 6'; echo 123456;`;
  await expect(new ObjectReader(child(`${one} ${one} cat`), limits).read([sha, sha])).rejects.toThrow(/limit of output/);
  expect(await new ObjectReader(child(`${one} ${one} cat`), limits).read([sha])).toHaveLength(1);
  await expect(new ObjectReader(child('exec sleep 60'), { ...limits, timeoutMs: 1 }).read([sha])).rejects.toThrow(/limit of time/);
});
