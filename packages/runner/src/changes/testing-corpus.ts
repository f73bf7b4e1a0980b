/** Small libraries, each with one real kind of bug, its test and its repair. Written for these tests; laid out at run time. */
import type { Files } from './testing-repository.ts';

export type Sample = { bug: string; module: string; base: Files; test: Files; fix: Files };

type Spec = { bug: string; name: string; source: string; wrong: string; right: string; old: string; proof: string };
const testFile = (name: string, title: string, body: string) =>
  `import assert from 'node:assert/strict';\nimport { test } from 'node:test';\nimport * as own from '../src/${name}.mjs';\n\ntest('${title}', async () => {\n  ${body}\n});\n`;

function sampleOf({ bug, name, source, wrong, right, old, proof }: Spec): Sample {
  const repaired = source.replace(wrong, right);
  if (repaired === source) throw new Error(`The repair of ${name} changes nothing.`);
  return {
    bug,
    module: name,
    base: {
      'package.json': `{ "name": "${name}", "type": "module", "scripts": { "test": "node --test test/" } }\n`,
      'tsconfig.json': '{ "compilerOptions": { "strict": true } }\n',
      [`src/${name}.mjs`]: source,
      'src/words.mjs': "export const words = (text) => text.split(' ');\n",
      'test/words.test.mjs': testFile('words', 'splits at blanks', "assert.deepEqual(own.words('a b'), ['a', 'b']);"),
      [`test/${name}.test.mjs`]: testFile(name, `${name} as it was`, old),
      'test/__snapshots__/old.snap': 'exports[`old`] = `1`;\n',
    },
    test: { [`test/${name}-bug.test.mjs`]: testFile(name, bug, proof) },
    fix: { [`src/${name}.mjs`]: repaired },
  };
}

const specs: Spec[] = [
  {
    bug: 'off by one: the last page is lost',
    name: 'pages',
    source:
      'export function pages(items, size) {\n  const all = [];\n  for (let i = 0; i + size <= items.length; i += size) all.push(items.slice(i, i + size));\n  return all;\n}\n',
    wrong: 'i + size <= items.length',
    right: 'i < items.length',
    old: 'assert.deepEqual(own.pages([1, 2], 2), [[1, 2]]);',
    proof: 'assert.deepEqual(own.pages([1, 2, 3], 2), [[1, 2], [3]]);',
  },
  {
    bug: 'zero is taken for missing',
    name: 'retry',
    source: 'export const retries = (options = {}) => options.retries || 3;\n',
    wrong: '||',
    right: '??',
    old: 'assert.equal(own.retries({ retries: 5 }), 5);',
    proof: 'assert.equal(own.retries({ retries: 0 }), 0);',
  },
  {
    bug: 'the caller’s list is sorted in place',
    name: 'median',
    source:
      'export function median(numbers) {\n  const sorted = numbers.sort((a, b) => a - b);\n  return sorted[Math.floor(sorted.length / 2)];\n}\n',
    wrong: 'numbers.sort',
    right: '[...numbers].sort',
    old: 'assert.equal(own.median([3, 1, 2]), 2);',
    proof: 'const given = [3, 1, 2];\n  own.median(given);\n  assert.deepEqual(given, [3, 1, 2]);',
  },
  {
    bug: 'numbers are sorted as text',
    name: 'ranking',
    source: 'export const ranked = (scores) => [...scores].sort().reverse();\n',
    wrong: '.sort().reverse()',
    right: '.sort((a, b) => b - a)',
    old: 'assert.deepEqual(own.ranked([1, 3, 2]), [3, 2, 1]);',
    proof: 'assert.deepEqual(own.ranked([9, 10, 2]), [10, 9, 2]);',
  },
  {
    bug: 'cents are lost to binary fractions',
    name: 'money',
    source: 'export const cents = (text) => Math.floor(Number(text) * 100);\n',
    wrong: 'Math.floor',
    right: 'Math.round',
    old: "assert.equal(own.cents('2.50'), 250);",
    proof: "assert.equal(own.cents('1.15'), 115);\n  assert.equal(own.cents('0.29'), 29);",
  },
  {
    bug: 'user text is read as a pattern',
    name: 'search',
    source:
      "const escape = (text) => text.replace(/[.*+?^{}()|[$\\]\\\\]/g, '\\\\$&');\nexport const quote = (text) => escape(text);\nexport const occurs = (text, word) => new RegExp(word).test(text);\n",
    wrong: 'new RegExp(word)',
    right: 'new RegExp(escape(word))',
    old: "assert.ok(own.occurs('hello', 'ell'));",
    proof: "assert.equal(own.occurs('abc', 'a.c'), false);\n  assert.ok(own.occurs('a.c', 'a.c'));",
  },
  {
    bug: 'a failure is swallowed for want of an await',
    name: 'saving',
    source:
      'export async function save(write, onError) {\n  try {\n    return write();\n  } catch (error) {\n    onError(error);\n    return null;\n  }\n}\n',
    wrong: 'return write()',
    right: 'return await write()',
    old: 'assert.equal(await own.save(async () => 1, () => {}), 1);',
    proof:
      "const seen = [];\n  await own.save(async () => { throw new Error('full'); }, (e) => seen.push(e.message)).catch(() => {});\n  assert.deepEqual(seen, ['full']);",
  },
  {
    bug: 'two keys meet in one place of the cache',
    name: 'cache',
    source:
      'export function cached(compute) {\n  const known = new Map();\n  return (...args) => {\n    const key = args.join();\n    if (!known.has(key)) known.set(key, compute(...args));\n    return known.get(key);\n  };\n}\n',
    wrong: 'args.join()',
    right: 'JSON.stringify(args)',
    old: 'let runs = 0;\n  const f = own.cached((n) => { runs++; return n; });\n  f(1); f(1);\n  assert.equal(runs, 1);',
    proof: "const f = own.cached((...parts) => parts.length);\n  assert.equal(f('a,b'), 1);\n  assert.equal(f('a', 'b'), 2);",
  },
  {
    bug: 'a listener that removes itself hides the next one',
    name: 'emitter',
    source:
      'export class Emitter {\n  #listeners = [];\n  on(listener) {\n    this.#listeners.push(listener);\n    return () => this.#listeners.splice(this.#listeners.indexOf(listener), 1);\n  }\n  emit(value) {\n    for (const listener of this.#listeners) listener(value);\n  }\n}\n',
    wrong: 'of this.#listeners) listener',
    right: 'of [...this.#listeners]) listener',
    old: 'const seen = [];\n  const e = new own.Emitter();\n  e.on((v) => seen.push(v));\n  e.emit(1);\n  assert.deepEqual(seen, [1]);',
    proof:
      "const seen = [];\n  const e = new own.Emitter();\n  const off = e.on(() => { seen.push('a'); off(); });\n  e.on(() => seen.push('b'));\n  e.emit(1);\n  assert.deepEqual(seen, ['a', 'b']);",
  },
  {
    bug: 'keys of the prototype can be written',
    name: 'merging',
    source:
      "export function merge(target, source) {\n  for (const key of Object.keys(source)) {\n    const value = source[key];\n    if (value && typeof value === 'object') merge((target[key] ??= {}), value);\n    else target[key] = value;\n  }\n  return target;\n}\n",
    wrong: 'const value = source[key];',
    right: "if (key === '__proto__' || key === 'constructor') continue;\n    const value = source[key];",
    old: 'assert.deepEqual(own.merge({ a: { b: 1 } }, { a: { c: 2 } }), { a: { b: 1, c: 2 } });',
    proof:
      'own.merge({}, JSON.parse(\'{"__proto__":{"polluted":1}}\'));\n  const seen = {}.polluted;\n  delete Object.prototype.polluted;\n  assert.equal(seen, undefined);',
  },
];

export const samples: readonly Sample[] = specs.map(sampleOf);

export type Sabotage = { name: string; rule: RegExp; test: Files | string; fix: Files | string };
const edit = (files: Files, change: (text: string) => string): Files =>
  Object.fromEntries(Object.entries(files).map(([path, text]) => [path, text === null ? null : change(text)]));
const body = (files: Files, statements: string, imports = ''): Files =>
  edit(files, (text) => `${imports}${text.slice(0, text.indexOf('async () => {') + 13)}\n  ${statements}\n});\n`);

/** The same repair, spoilt: each kind with the rule that has to name it. `state` is a path that nothing else uses. */
export function sabotagesOf({ base, test, fix, module }: Sample, state: string): Sabotage[] {
  const source = `src/${module}.mjs`;
  const words = base['test/words.test.mjs'] as string;
  const plain = base[source] as string;
  const link =
    'diff --git a/src/link b/src/link\nnew file mode 120000\n--- /dev/null\n+++ b/src/link\n@@ -0,0 +1 @@\n+/etc/passwd\n\\ No newline at end of file\n';
  const outside = '--- /dev/null\n+++ b/src/../../evil.mjs\n@@ -0,0 +1 @@\n+x\n';
  const counting = `const n = existsSync('${state}') ? Number(readFileSync('${state}')) : 0;\n  writeFileSync('${state}', String(n + 1));\n  assert.ok(n >= 2);`;
  const all: [string, string, Files | string, Files | string][] = [
    ['no test', 'test-missing', '', fix],
    ['no fix', 'fix-missing', test, ''],
    ['a vacuous test', 'test-does-not-fail-on-base', body(test, 'assert.ok(own);'), fix],
    ['a skipped test', 'test-skipped', edit(test, (t) => t.replace("test('", "test.skip('")), fix],
    ['a deleted assertion', 'existing-test-changed', { ...test, 'test/words.test.mjs': words.replace(/ {2}assert.*\n/, '') }, fix],
    ['a gutted test', 'existing-test-changed', { ...test, 'test/words.test.mjs': words.replace('=> {\n', '=> {\n  return;\n') }, fix],
    ['loosened configuration', 'protected-path', test, { ...fix, 'tsconfig.json': '{}\n' }],
    ['@ts-ignore', 'suppression-added', test, edit(fix, (t) => `// @ts-ignore\n${t}`)],
    ['a rewritten snapshot', 'existing-test-changed', { ...test, 'test/__snapshots__/old.snap': 'exports[`old`] = `2`;\n' }, fix],
    [
      'a load error as red',
      'load-error-is-no-red',
      edit(test, (t) => `import '../src/later.mjs';\n${t}`),
      { ...fix, 'src/later.mjs': 'export {};\n' },
    ],
    [
      'a test that counts its runs',
      'test-passes-without-repair|test-does-not-pass-on-candidate|test-does-not-fail-on-base|test-is-flaky',
      body(test, counting, "import { existsSync, readFileSync, writeFileSync } from 'node:fs';\n"),
      fix,
    ],
    [
      'a random test',
      'test-does-not-fail-on-base|test-is-flaky|test-does-not-pass-on-candidate',
      body(test, 'assert.ok(Math.random() < 0.01);'),
      fix,
    ],
    [
      'tests that depend on their order',
      'test-depends-on-order',
      edit(test, (t) =>
        t
          .replace("\n\ntest('", "\n\nlet ready = false;\ntest('is made ready', () => {\n  ready = true;\n});\ntest('")
          .replace('async () => {', 'async () => {\n  assert.ok(ready);'),
      ),
      fix,
    ],
    ['a regression elsewhere', 'regression', test, { ...fix, 'src/words.mjs': 'export const words = (text) => [text];\n' }],
    ['a symbolic link', 'symlink', test, link],
    ['a hook', 'protected-path', test, { ...fix, '.husky/pre-commit': 'true\n' }],
    [
      'a postinstall script',
      'protected-path',
      test,
      { ...fix, 'package.json': '{ "name": "x", "type": "module", "scripts": { "postinstall": "node x.mjs" } }\n' },
    ],
    ['a path that leaves the tree', 'path-leaves-tree', test, outside],
    ['a huge diff', 'patch-too-large', test, { ...fix, 'src/large.mjs': '0;\n'.repeat(20_001) }],
    [
      'a flag beside the bug',
      'test-passes-without-repair',
      body(test, 'assert.equal(own.fixed, true);'),
      { [source]: `${plain}export const fixed = true;\n` },
    ],
    [
      'a test that reads the source',
      'test-reads-source',
      body(
        test,
        `assert.notEqual(readFileSync('${source}', 'utf8'), ${JSON.stringify(plain)});\n  assert.equal(readFileSync('${source}', 'utf8'), ${JSON.stringify(fix[source])});`,
        "import { readFileSync } from 'node:fs';\n",
      ),
      fix,
    ],
    ['a test among the fix', 'test-in-fix-patch', test, { ...fix, 'test/more.test.mjs': '\n' }],
  ];
  return all.map(([name, rule, testFiles, fixFiles]) => ({ name, rule: new RegExp(`^(${rule})$`), test: testFiles, fix: fixFiles }));
}
