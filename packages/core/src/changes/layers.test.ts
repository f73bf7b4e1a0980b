import { expect, test } from 'vitest';
import { layerOf, pathsOfGates, protectionOf } from './layers.ts';
import { isTestPath } from './test-paths.ts';

const rules = [
  { pattern: '*', layer: 3 },
  { pattern: '/src/core/', layer: 1 },
  { pattern: '/src/tools/', layer: 4 },
  { pattern: '/src/tools/router.ts', layer: 2 },
];

test('the last rule that matches wins', () => {
  expect(layerOf('src/tools/csv.ts', rules)).toBe(4);
  expect(layerOf('src/tools/router.ts', rules)).toBe(2);
  expect(layerOf('src/core/plan.ts', rules)).toBe(1);
  expect(layerOf('readme.md', rules)).toBe(3);
});

test('what no rule names has no layer', () => {
  expect(layerOf('readme.md', rules.slice(1))).toBeNull();
});

test.each([
  ['.reeve/layers', 'the layers file'],
  ['CODEOWNERS', 'the layers file'],
  ['.github/workflows/ci.yml', 'CI configuration'],
  ['.husky/pre-commit', 'a hook or git configuration'],
  ['sub/.gitattributes', 'a hook or git configuration'],
  ['packages/a/package-lock.json', 'a lockfile'],
  ['Package.json', 'a manifest'],
  ['node_modules/left-pad/index.js', 'a manifest'],
  ['packages/a/tsconfig.build.json', 'tool configuration'],
  ['vitest.config.ts', 'tool configuration'],
  ['.npmrc', 'tool configuration'],
  ['src/__mocks__/fs.ts', 'tool configuration'],
  ['scripts/check.mjs', 'part of a gate'],
])('%s is protected as %s', (path, kind) => {
  expect(protectionOf(path, ['scripts/check.mjs'])).toBe(kind);
});

test.each(['src/tools/csv.ts', 'test/csv.test.ts', 'docs/package.json.md', 'src/ci.ts'])('%s is not protected', (path) => {
  expect(protectionOf(path)).toBeNull();
});

test.each([
  ['node ./scripts/check.mjs && node --test test/a.test.ts', ['scripts/check.mjs']],
  ['CI=1 npx tsx scripts/check.mjs --all src/a.ts', ['scripts/check.mjs']],
  ['node --import tsx scripts/check.mjs', ['scripts/check.mjs']],
  ['./lint.sh; sh lint.sh', ['lint.sh']],
  ['eslint src/a.ts', []],
  ['node --check src/a.ts', []],
  ['npm test', []],
])('of the gate %s the files %j are protected', (gate, expected) => {
  const tree = new Set(['scripts/check.mjs', 'test/a.test.ts', 'lint.sh', 'src/a.ts']);
  expect(pathsOfGates({ test: 'true', lint: gate }, tree)).toEqual(expected);
});

test.each([
  ['test/csv.test.ts', true],
  ['src/csv.spec.mjs', true],
  ['src/__tests__/csv.ts', true],
  ['csv_test.go', true],
  ['tests/test_csv.py', true],
  ['test.js', true],
  ['src/csv.ts', false],
  ['src/latest.ts', false],
  ['src/contest/a.ts', false],
])('%s is a test: %s', (path, expected) => {
  expect(isTestPath(path)).toBe(expected);
});
