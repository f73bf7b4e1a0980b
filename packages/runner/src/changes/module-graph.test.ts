import { expect, test } from 'vitest';
import { compareExports, dependentsOf, factsOf } from './module-graph.ts';

const graph = (files: Record<string, string>) => new Map(Object.entries(files).map(([path, text]) => [path, factsOf(path, text)]));
const noPackages = new Map<string, string>();

test('finds who reaches a file through imports, re-exports, dynamic imports and require', () => {
  const modules = graph({
    'src/a.ts': 'export const a = 1',
    'src/b.ts': "import { a } from './a.js'; export const b = a",
    'src/c.ts': "export * from './b'",
    'src/d.mts': "const m = await import('./c')",
    'src/e.cjs': "const { a } = require('./a.ts')",
    'src/f.ts': "import type { A } from './a'",
    'src/dir/index.ts': "import '../a'",
    'src/g.ts': "import './dir'",
    'src/other.ts': "import fs from 'node:fs'",
  });
  expect(dependentsOf(new Set(['src/a.ts']), modules, noPackages)).toEqual([
    'src/b.ts',
    'src/c.ts',
    'src/d.mts',
    'src/dir/index.ts',
    'src/e.cjs',
    'src/f.ts',
    'src/g.ts',
  ]);
  expect(dependentsOf(new Set(['src/c.ts']), modules, noPackages)).toEqual(['src/d.mts']);
});

test('an import that nobody can read, and a file that does not parse, depend on everything', () => {
  const modules = graph({
    'a.ts': 'export const a = 1',
    'load.ts': 'export const load = (n: string) => import(n)',
    'broken.ts': 'const = 1',
    'user.ts': "import './load'",
  });
  expect(dependentsOf(new Set(['a.ts']), modules, noPackages)).toEqual(['broken.ts', 'load.ts', 'user.ts']);
});

test('the workspace’s own packages and aliases are followed', () => {
  const modules = graph({
    'packages/core/src/index.ts': "export * from './x.ts'",
    'packages/core/src/x.ts': 'export const x = 1',
    'apps/web/page.ts': "import { x } from '@me/core'",
    'apps/web/deep.ts': "import { x } from '@me/core/x'",
    'src/alias.ts': "import '@/util'",
    'src/util.ts': 'export {}',
  });
  const packages = new Map([['@me/core', 'packages/core']]);
  expect(dependentsOf(new Set(['packages/core/src/x.ts']), modules, packages)).toEqual([
    'apps/web/deep.ts',
    'apps/web/page.ts',
    'packages/core/src/index.ts',
  ]);
  expect(dependentsOf(new Set(['src/util.ts']), modules, packages)).toEqual(['src/alias.ts']);
});

test.each([
  ['export function f(a: number): string { return 1 }', 'export function f(a: number): string { return 2 }', 'none'],
  ['export function f(a: number) {}', 'export function f(a: number, b: number) {}', 'changed'],
  ['export const f = (a) => a', 'export const f = (a, b) => a', 'changed'],
  ['export const f = (a) => a + 1', 'export const f = (a) => a + 2', 'none'],
  ['export const limit = 1', 'export const limit = 2', 'none'],
  ['export type T = { a: 1 }', 'export type T = { a: 2 }', 'changed'],
  ['export class C { m(a: number) { return a } }', 'export class C { m(a: number) { return 0 } }', 'none'],
  ['export class C { m(a: number) { return a } }', 'export class C { m(a: string) { return a } }', 'changed'],
  ['export default function () { return 1 }', 'export default function (a) { return 1 }', 'changed'],
  ['export const a = 1', 'export const a = 1; export const b = 1', 'added'],
  ['export const a = 1; export const b = 1', 'export const a = 1', 'changed'],
  ["export * from './a'", "export * from './b'", 'changed'],
  ['const x = 1; export { x }', 'const x = 1; export { x as y }', 'changed'],
])('the API of %s beside %s: %s', (before, after, expected) => {
  expect(compareExports(factsOf('a.ts', before).exports, factsOf('a.ts', after).exports)).toBe(expected);
});
