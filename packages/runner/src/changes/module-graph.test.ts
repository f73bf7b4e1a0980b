import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareExports, dependentsOf, exportsOf, graphLimits, graphOf, importsOf, reachOf } from './module-graph.ts';

const graph = (files: Record<string, string>) => new Map(Object.entries(files).map(([path, text]) => [path, importsOf(path, text)]));
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
  expect(compareExports(exportsOf('a.ts', before), exportsOf('a.ts', after))).toBe(expected);
});

test('the graph has the changed files, whoever imports them, how far away each is, and why', () => {
  const modules = graph({
    'src/a.ts': 'export const a = 1',
    'src/b.ts': "import { a } from './a'; import './c'",
    'src/c.ts': "import './b'; import './c'",
    'src/load.ts': 'export const load = (n: string) => import(n)',
    'src/user.ts': "import './load'",
    'src/other.ts': 'export {}',
    'test/a.test.ts': "import '../src/a'",
  });
  const reach = reachOf(new Set(['src/a.ts']), modules, noPackages);
  const drawn = graphOf(
    reach,
    (path) => (path === 'src/a.ts' ? 4 : null),
    (path) => !path.startsWith('test/'),
  );
  expect(drawn).toEqual({
    nodes: [
      { path: 'src/a.ts', layer: 4, steps: 0 },
      { path: 'src/b.ts', layer: null, steps: 1 },
      { path: 'src/load.ts', layer: null, steps: 1, opaque: true },
      { path: 'src/c.ts', layer: null, steps: 2 },
      { path: 'src/user.ts', layer: null, steps: 2 },
    ],
    edges: [
      { from: 1, to: 0 },
      { from: 3, to: 1 },
      { from: 4, to: 2 },
      // back towards the change: behind those that say why a file is reached
      { from: 1, to: 3 },
    ],
    leftOut: { nodes: 0, edges: 0 },
  });
});

test('of a large graph the nearest part is told, and how much is not', () => {
  const many = Array.from({ length: 300 }, (_, i) => [`src/d${i}.ts`, "import './a'"]);
  const modules = graph({
    'src/a.ts': 'export const a = 1',
    ...Object.fromEntries(many),
    'src/last.ts': many.map((_, i) => `import './d${i}'`).join(';'),
  });
  const drawn = graphOf(
    reachOf(new Set(['src/a.ts']), modules, noPackages),
    () => 4,
    () => true,
  );
  expect(drawn.nodes).toHaveLength(graphLimits.nodes);
  expect(drawn.nodes.every((n) => n.steps <= 1)).toBe(true);
  expect(drawn.leftOut).toEqual({ nodes: 102, edges: 401 });
});

test('whatever imports whom: bounded, closed, sorted by distance, and what is drawn and left out is all there is', () => {
  const name = fc.integer({ min: 0, max: 30 }).map((n) => `m${n}.ts`);
  fc.assert(
    fc.property(fc.array(fc.tuple(name, name)), fc.uniqueArray(name, { minLength: 1 }), (links, changed) => {
      const imports = new Map<string, [string, string][]>();
      for (const link of links) imports.set(link[0], [...(imports.get(link[0]) ?? []), link]);
      const modules = new Map(
        [...new Set([...links.flat(), ...changed])].map((path) => [
          path,
          { imports: (imports.get(path) ?? []).map(([, to]) => `./${to}`), opaque: false, exports: new Map() },
        ]),
      );
      const reach = reachOf(new Set(changed), modules, noPackages);
      const { nodes, edges, leftOut } = graphOf(
        reach,
        () => 4,
        () => true,
      );
      expect(
        nodes
          .filter((n) => n.steps === 0)
          .map((n) => n.path)
          .sort(),
      ).toEqual([...changed].sort());
      expect(
        nodes
          .filter((n) => n.steps > 0)
          .map((n) => n.path)
          .sort(),
      ).toEqual(dependentsOf(new Set(changed), modules, noPackages));
      expect(nodes.map((n) => n.steps)).toEqual(nodes.map((n) => n.steps).sort((a, b) => a - b));
      const steps = (i: number) => nodes[i]?.steps ?? Number.NaN;
      for (const { from, to } of edges) expect(steps(from)).toBeLessThanOrEqual(steps(to) + 1);
      const reasons = new Set(edges.filter((e) => steps(e.from) === steps(e.to) + 1).map((e) => e.from));
      expect(nodes.flatMap((n, i) => (n.steps > 0 && !reasons.has(i) ? [n.path] : []))).toEqual([]);
      const all = new Set(links.filter(([from, to]) => from !== to && reach.steps.has(to)).map(String));
      expect(edges.length + leftOut.edges).toBe(all.size);
    }),
  );
});
