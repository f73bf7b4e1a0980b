import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openClone } from './clone.ts';
import { Git } from './git.ts';
import { Bench, type Files, library } from './testing-repository.ts';
import { Workplace } from './workplace.ts';

const files: Files = { ...library, 'src/deep/er/leaf.mjs': '1;\n', '.gitignore': 'ignored.txt\ncoverage/\n' };
let b: Bench;
let work: Workplace;
let lay: (commit?: string) => Promise<string[]>;
beforeEach(async () => {
  b = new Bench(files);
  symlinkSync('words.mjs', join(b.path, 'src/link.mjs'));
  b.commit('a link');
  mkdirSync(join(b.path, 'node_modules/dep'), { recursive: true });
  writeFileSync(join(b.path, '.git/info/exclude'), 'node_modules\n');
  const git = new Git(join(b.dataDir, 'changes'), new AbortController().signal);
  work = new Workplace(join(b.dataDir, 'changes'), 'chg_place');
  work.open();
  const clone = await openClone(git, join(b.dataDir, 'changes'), b.repository);
  lay = async (commit = 'HEAD') => {
    await git.run(['fetch', '-q', b.path, '+refs/heads/*:refs/all/*'], { gitDir: clone.gitDir });
    return work.checkout(git, clone, b.git('rev-parse', commit));
  };
});
afterEach(() => {
  work.close();
  b.close();
});

const at = (path: string) => join(work.tree, path);
/** What a gate can see of the tree but for the time: names, kinds, modes, owners, content. */
const seen = () =>
  execFileSync('sh', ['-c', "find . -printf '%P %y %m %U %G %n %l\\n' | sort; find . -type f -exec sha256sum {} + | sort"], {
    cwd: work.tree,
    encoding: 'utf8',
  });
const identity = (path: string) => {
  const { ino, birthtimeNs } = lstatSync(at(path), { bigint: true });
  return `${ino} ${birthtimeNs}`;
};
const sentinel = 'src/double.mjs';

test('an untouched tree is kept, to the inode; its lent dependencies, home and temporary folder are not', async () => {
  await lay();
  const [fresh, kept] = [seen(), identity(sentinel)];
  readFileSync(at(sentinel));
  writeFileSync(join(work.home, 'a'), '');
  writeFileSync(join(work.tmp, 'a'), '');
  writeFileSync(at('node_modules/left.txt'), 'left');
  rmSync(at('node_modules/dep'));
  await lay();
  expect(seen()).toBe(fresh);
  expect(identity(sentinel)).toBe(kept);
  expect(execFileSync('ls', ['-A', work.home, work.tmp], { encoding: 'utf8' })).not.toContain('a\n');
});

test('files that are always made are as young in every layout, changed or not; the rest is kept', async () => {
  work.alwaysMade = ['src/words.mjs', 'src/new.mjs', 'src/deep/er/leaf.mjs'];
  b.write({ 'src/new.mjs': '1;\n' });
  b.commit('one more');
  await lay('HEAD~1');
  const born = (path: string) => lstatSync(at(path), { bigint: true }).birthtimeNs;
  for (const commit of ['HEAD', 'HEAD', 'HEAD~1', 'HEAD']) {
    const [kept, before] = [identity(sentinel), born('src/words.mjs')];
    await lay(commit);
    expect(identity(sentinel)).toBe(kept);
    expect(born('src/words.mjs')).toBeGreaterThan(before);
    expect(born('src/deep/er/leaf.mjs')).toBeGreaterThan(before);
    expect(lstatSync(at('src/new.mjs'), { throwIfNoEntry: false }) !== undefined).toBe(commit === 'HEAD');
  }
});

test('files that are always made may be folders in another commit', async () => {
  work.alwaysMade = ['src/deep/er', 'src/deep/er/leaf.mjs'];
  rmSync(join(b.path, 'src/deep/er'), { recursive: true });
  b.write({ 'src/deep/er': '1;\n' });
  b.commit('a file for a folder');
  for (const commit of ['HEAD', 'HEAD', 'HEAD~1', 'HEAD~1', 'HEAD']) {
    await lay(commit);
    expect([commit, lstatSync(at('src/deep/er')).isDirectory()]).toEqual([commit, commit === 'HEAD~1']);
  }
});

const sameSize = (path: string) => writeFileSync(at(path), readFileSync(at(path), 'utf8').replace(/./, 'X'));
const touches: [how: string, touch: () => void][] = [
  ['a file edited', () => sameSize('src/words.mjs')],
  [
    'a file edited, its times set back',
    () => {
      const { atime, mtime } = statSync(at('src/words.mjs'));
      sameSize('src/words.mjs');
      utimesSync(at('src/words.mjs'), atime, mtime);
    },
  ],
  ['a time stamp as a message', () => utimesSync(at('src/words.mjs'), 1, 1)],
  ['a file deleted', () => rmSync(at('src/words.mjs'))],
  [
    'a file replaced by its copy',
    () => {
      writeFileSync(at('src/x'), readFileSync(at('src/words.mjs')));
      renameSync(at('src/x'), at('src/words.mjs'));
    },
  ],
  ['a file that the repository ignores', () => writeFileSync(at('ignored.txt'), 'run 1')],
  ['a folder that the repository ignores', () => mkdirSync(at('coverage'))],
  ['an empty folder', () => mkdirSync(at('src/empty'))],
  [
    'a file made and removed again',
    () => {
      writeFileSync(at('src/x'), '');
      rmSync(at('src/x'));
    },
  ],
  ['a mode', () => chmodSync(at('src/words.mjs'), 0o755)],
  [
    'a mode set and set back',
    () => {
      chmodSync(at('src/words.mjs'), 0o600);
      chmodSync(at('src/words.mjs'), 0o644);
    },
  ],
  ['a file made unreadable', () => chmodSync(at('src/words.mjs'), 0)],
  ['a folder made unreadable', () => chmodSync(at('src/deep'), 0)],
  ['the tree itself made unreadable', () => chmodSync(work.tree, 0)],
  ['the tree itself taken away', () => rmSync(work.tree, { recursive: true })],
  [
    'the tree itself turned into a link',
    () => {
      renameSync(work.tree, `${work.tree}2`);
      symlinkSync(`${work.tree}2`, work.tree);
    },
  ],
  ['a hard link to elsewhere', () => linkSync(at('src/words.mjs'), join(work.tmp, 'link'))],
  [
    'a link led elsewhere',
    () => {
      rmSync(at('src/link.mjs'));
      symlinkSync('sum.mjs', at('src/link.mjs'));
    },
  ],
  [
    'a file turned into a link',
    () => {
      rmSync(at('src/words.mjs'));
      symlinkSync('sum.mjs', at('src/words.mjs'));
    },
  ],
  [
    'a file turned into a folder',
    () => {
      rmSync(at('src/words.mjs'));
      mkdirSync(at('src/words.mjs'));
    },
  ],
  [
    'a folder turned into a link',
    () => {
      renameSync(at('src/deep'), at('src/d'));
      symlinkSync('d', at('src/deep'));
    },
  ],
  ['a nested repository', () => void execFileSync('git', ['init', '-q', at('src/deep')])],
  ['a repository', () => void execFileSync('git', ['init', '-q', work.tree])],
  ['a pipe', () => void execFileSync('mkfifo', [at('src/pipe')])],
  ['dependencies beside those that are lent', () => mkdirSync(at('src/node_modules'))],
  [
    'the lent folder replaced',
    () => {
      rmSync(at('node_modules'), { recursive: true });
      writeFileSync(at('node_modules'), '');
    },
  ],
  [
    'lent dependencies led outside',
    () => {
      rmSync(at('node_modules'), { recursive: true });
      symlinkSync(b.path, at('node_modules'));
    },
  ],
];
describe('what a gate touched is laid out afresh, all of it, and nobody else’s files are', () => {
  test.each(touches)('%s', async (_, touch) => {
    await lay();
    const [fresh, before, operator] = [seen(), identity(sentinel), b.snapshot(/^$/)];
    touch();
    await lay();
    expect(seen()).toBe(fresh);
    expect(identity(sentinel)).not.toBe(before);
    expect(b.snapshot(/^$/)).toEqual(operator);
  });
});

test('nothing of a touched tree tells which of its files were replaced', async () => {
  await lay();
  const mine = ['src/words.mjs', 'src/sum.mjs', sentinel].map(identity);
  sameSize('src/words.mjs');
  await lay();
  expect(['src/words.mjs', 'src/sum.mjs', sentinel].map(identity).filter((id) => mine.includes(id))).toEqual([]);
});

test('between any commits the tree is what a fresh checkout is: files for folders, links, modes, attributes', async () => {
  const path = fc.constantFrom('a', 'a/b', 'a/b/c', 'd', 'd/e', 'src/words.mjs', 'with blank/ü\n.txt');
  const entry = fc.constantFrom('one\n', 'two\r\n', 'run', 'link');
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.dictionary(path, entry), fc.boolean(), fc.boolean()), { minLength: 2, maxLength: 4 }),
      async (steps) => {
        for (const [tree, attributes, touched] of steps) {
          b.git('rm', '-rfq', '--ignore-unmatch', '.');
          for (const [name, kind] of Object.entries(tree).sort(([x], [y]) => y.length - x.length)) {
            // The longer path wins where both cannot be.
            if (Object.keys(tree).some((other) => other.startsWith(`${name}/`))) continue;
            mkdirSync(join(b.path, name, '..'), { recursive: true });
            if (kind === 'link') symlinkSync('nowhere', join(b.path, name));
            else writeFileSync(join(b.path, name), kind, { mode: kind === 'run' ? 0o755 : 0o644 });
          }
          b.write({ [sentinel]: '1;\n', ...(attributes ? { '.gitattributes': '* text eol=crlf\n' } : {}) });
          b.git('add', '-A');
          b.git('commit', '-q', '--allow-empty', '-m', 'step');
          await lay();
          const moved = seen();
          const other = execFileSync('mktemp', ['-d', join(b.root, 'fresh.XXXX')], { encoding: 'utf8' }).trim();
          execFileSync('git', ['-C', b.path, 'checkout-index', '--all', `--prefix=${other}/`]);
          const listed = "find . -path ./node_modules -prune -o -mindepth 1 -printf '%P %y %m %l\\0' | sort -z";
          const list = (cwd: string) => execFileSync('sh', ['-c', listed], { cwd, encoding: 'utf8' });
          expect(list(work.tree)).toBe(list(other));
          expect(execFileSync('diff', ['-r', '--no-dereference', '-x', 'node_modules', work.tree, other], { encoding: 'utf8' })).toBe('');
          rmSync(other, { recursive: true });
          if (touched) sameSize(sentinel);
          await lay();
          expect(seen()).toBe(moved);
        }
      },
    ),
    { numRuns: Number(process.env.REEVE_PROPERTY_RUNS ?? 25) > 1000 ? 300 : 12 },
  );
}, 240_000);
