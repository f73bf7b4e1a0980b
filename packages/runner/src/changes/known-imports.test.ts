import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Clone, openClone } from './clone.ts';
import { Git } from './git.ts';
import { importsIn } from './known-imports.ts';
import { Bench } from './testing-repository.ts';

let b: Bench;
let git: Git;
let clone: Clone;
let asked: string[];
beforeEach(async () => {
  b = new Bench({ 'src/a.mjs': `import './b.mjs'; // ${Math.random()}\n`, 'src/b.mjs': `import './c.mjs'; // ${Math.random()}\n` });
  git = new Git(join(b.dataDir, 'changes'), new AbortController().signal);
  clone = await openClone(git, join(b.dataDir, 'changes'), b.repository);
  const objects = git.objects.bind(git);
  git.objects = (gitDir, names) => {
    asked.push(...names);
    return objects(gitDir, names);
  };
});
afterEach(async () => {
  await git.close();
  b.close();
});
const fetched = () => git.run(['fetch', '-q', b.path, '+refs/heads/*:refs/all/*'], { gitDir: clone.gitDir });
const importsOfTip = async (...paths: string[]) => {
  asked = [];
  await fetched();
  const found = await importsIn(git, clone, 'refs/all/main', paths);
  return paths.map((path) => found.get(path)?.imports);
};
const blobOf = (path: string) => b.git('rev-parse', `HEAD:${path}`);

test('what stayed the same is not read again, and what changed is, under the same path', async () => {
  expect(await importsOfTip('src/a.mjs', 'src/b.mjs')).toEqual([['./b.mjs'], ['./c.mjs']]);
  expect(asked).toContain(blobOf('src/b.mjs'));
  const unchanged = blobOf('src/a.mjs');
  b.write({ 'src/b.mjs': `import './d.mjs'; // ${Math.random()}\n` });
  b.commit('b imports d');
  expect(await importsOfTip('src/a.mjs', 'src/b.mjs', 'src/none.mjs')).toEqual([['./b.mjs'], ['./d.mjs'], []]);
  expect(asked).not.toContain(unchanged);
});

test('the same text under another ending is another module', async () => {
  const text = `const a = <T,>(x: T) => x; import './b.mjs'; // ${Math.random()}\n`;
  b.write({ 'src/a.mjs': text, 'src/a.mts': text });
  b.commit('twice');
  await fetched();
  const isOpaque = async (path: string) => (await importsIn(git, clone, 'refs/all/main', [path])).get(path)?.opaque;
  expect([await isOpaque('src/a.mjs'), await isOpaque('src/a.mts')]).toEqual([true, false]);
});

test('an object that is not what its name says is not kept', async () => {
  await fetched();
  const sha = blobOf('src/a.mjs');
  const file = join(clone.gitDir, 'objects', sha.slice(0, 2), sha.slice(2));
  const stored = (text: string) => {
    chmodSync(file, 0o644);
    writeFileSync(file, deflateSync(`blob ${text.length}\0${text}`));
  };
  const genuine = b.git('cat-file', 'blob', sha);
  stored("import './forged.mjs';\n");
  expect(await importsOfTip('src/a.mjs')).toEqual([['./forged.mjs']]);
  stored(`${genuine}\n`);
  expect(await importsOfTip('src/a.mjs')).toEqual([['./b.mjs']]);
});
