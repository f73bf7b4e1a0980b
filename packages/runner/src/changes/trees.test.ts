import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Git } from './git.ts';
import { Trees } from './trees.ts';

describe.each(['sha1', 'sha256'])('trees of %s', (format) => {
  let root: string;
  let gitDir: string;
  let git: Git;
  let trees: Trees;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'reeve trees '));
    gitDir = join(root, 'clone.git');
    execFileSync('git', ['init', '-q', '--bare', `--object-format=${format}`, gitDir]);
    git = new Git(join(root, 'home'), new AbortController().signal);
    trees = new Trees(git, gitDir);
  });
  afterEach(async () => {
    await git.close();
    rmSync(root, { recursive: true, force: true });
  });
  const run = (args: string[], input: string | Buffer = '') =>
    execFileSync('git', ['--git-dir', gitDir, '-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
      input,
      encoding: 'utf8',
      env: { ...process.env, GIT_INDEX_FILE: join(root, 'index') },
    });
  const blobOf = (text: string) => run(['hash-object', '-w', '--stdin'], text).trim();
  type Entries = Record<string, string>;
  /** A tree of paths with their modes; where two cannot both be, the longer path is. */
  function treeOf(entries: Entries): string {
    const paths = Object.keys(entries).filter((path) => !Object.keys(entries).some((other) => other.startsWith(`${path}/`)));
    rmSync(join(root, 'index'), { force: true });
    const lines = paths.map((path) => `${entries[path]} ${blobOf(`${path.length % 2}`)}\t${path}\0`);
    run(['update-index', '-z', '--index-info'], lines.join(''));
    return run(['write-tree']).trim();
  }
  const names = fc.constantFrom('a', 'a/b', 'a/b/c', 'a.txt', 'a0', 'd/e', 'with blank/ü\n.txt', '-x', '40000 y');
  const tree = fc.dictionary(names, fc.constantFrom('100644', '100755', '120000', '160000')).map((entries) => ({ ...entries }));

  test('are read and compared as git does it', async () => {
    await fc.assert(
      fc.asyncProperty(tree, tree, async (before, after) => {
        const [from, to] = [treeOf(before), treeOf(after)];
        const listed = run(['ls-tree', '-r', '-z', '--full-tree', to]).split('\0').filter(Boolean);
        expect(await trees.paths(to)).toEqual(listed.map((line) => line.replace(/^.*?\t/s, '')));
        const found = await trees.entries(to, [...(await trees.paths(to)), 'a', 'a/b', 'a/x', 'nowhere/x', '']);
        const entries = listed.map((line) => /^(\d+) \w+ (\w+)\t(.*)$/s.exec(line)?.slice(1) ?? []);
        expect([...found].map(([path, { mode, sha }]) => [mode, sha, path]).sort()).toEqual(entries.sort());
        const raw = run(['diff-tree', '-r', '-z', '--raw', '--no-renames', '--no-abbrev', from, to]).split('\0');
        const differing = (await trees.difference(from, to)).map(
          ({ path, before: b, after: a }) => `${path} ${b?.mode ?? '000000'} ${a?.mode ?? '000000'} ${b?.sha ?? ''} ${a?.sha ?? ''}`,
        );
        const expected: string[] = [];
        for (let i = 0; i + 1 < raw.length; i += 2) {
          const [x, y, ...shas] = (raw[i] ?? '').slice(1).split(' ');
          const [b, a] = shas.map((sha) => (/^0+$/.test(sha) ? '' : sha));
          expected.push(`${raw[i + 1]} ${x} ${y} ${b} ${a}`);
        }
        expect(differing.sort()).toEqual(expected.sort());
      }),
      { numRuns: 20 },
    );
  }, 120_000);

  test('what a ref stands for is asked each time, a whole hash only once', async () => {
    const [one, two] = [treeOf({ a: '100644' }), treeOf({ b: '100644' })];
    const commits = [one, two].map((sha) => run(['commit-tree', sha, '-m', 'x']).trim());
    run(['update-ref', 'refs/heads/main', commits[0] ?? '']);
    expect([await trees.paths('refs/heads/main'), await trees.rootOf(commits[0] ?? '')]).toEqual([['a'], one]);
    run(['update-ref', 'refs/heads/main', commits[1] ?? '']);
    expect([await trees.paths('refs/heads/main'), await trees.difference(commits[0] ?? '', 'refs/heads/main')]).toMatchObject([
      ['b'],
      [
        { path: 'a', after: null },
        { path: 'b', before: null },
      ],
    ]);
    // A ref in the letters of a hash does not stand in for the object.
    run(['update-ref', `refs/heads/${commits[0]}`, commits[1] ?? '']);
    expect(await new Trees(git, gitDir).rootOf(commits[0] ?? '')).toBe(one);
    // No process is needed for what is known.
    await git.close();
    rmSync(gitDir, { recursive: true });
    expect(await trees.paths(commits[0] ?? '')).toEqual(['a']);
    await expect(trees.paths('refs/heads/main')).rejects.toThrow();
  });

  test('names that read alike are two', async () => {
    const treeWith = (...entries: [byte: number, text: string][]) => {
      const lines = entries.map(([byte, text]) => Buffer.concat([Buffer.from(`100644 blob ${blobOf(text)}\tx`), Buffer.from([byte, 0])]));
      return run(['mktree', '-z'], Buffer.concat(lines)).trim();
    };
    const differing = await trees.difference(treeWith([0xfe, 'a'], [0xff, 'b']), treeWith([0xfe, 'c'], [0xff, 'b']));
    expect(differing.map(({ path }) => path)).toEqual(['x\ufffd']);
  });

  test('a tree that holds itself many times over is told, and ends', async () => {
    let tree = treeOf({ a: '100644', b: '100644' });
    const lines = (sha: string) => Array.from({ length: 8 }, (_, i) => `040000 tree ${sha}\td${i}\n`).join('');
    for (let depth = 0; depth < 8; depth++) tree = run(['mktree'], lines(tree)).trim();
    await expect(trees.paths(tree)).rejects.toThrow(/more than 2000000 files/);
    expect((await trees.entries(tree, ['d0/d1/d2/d3/d4/d5/d6/d7/a'])).size).toBe(1);
  }, 60_000);
});
