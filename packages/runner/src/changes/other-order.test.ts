import { expect, test } from 'vitest';
import { inOtherOrder } from './other-order.ts';

const head = "#!/usr/bin/env node\n// @vitest-environment node\nimport { test } from 'node:test';\n";
const t = (name: string, body = '') => `test('${name}', () => {${body}});`;

test('new tests come the other way round, behind everything that is no test', () => {
  expect(inOtherOrder('a.test.mjs', null, `${head}let n = 0;\n${t('a')}\nconst later = 1;\n${t('b')}\n${t('c')}\n`)).toBe(
    `${head}let n = 0;\nconst later = 1;\n${t('c')}\n${t('b')}\n${t('a')}\n`,
  );
});
test('in a file that grew they come in front of the tests of the base, which keep their order', () => {
  const base = `${head}${t('a')}\n${t('b')}\n`;
  expect(inOtherOrder('a.test.mjs', base, `${base}${t('c')}\n${t('d')}\n`)).toBe(`${head}${t('d')}\n${t('c')}\n${t('a')}\n${t('b')}\n`);
});
test('groups are turned round inside too; of a group that grew only what is new', () => {
  const group = (...inner: string[]) => `describe('g', () => {\n${inner.join('\n')}\n});`;
  expect(inOtherOrder('a.test.mjs', null, `${head}${group('let x;', t('a'), t('b'))}\n`)).toBe(
    `${head}${group('let x;', t('b'), t('a'))}\n`,
  );
  expect(inOtherOrder('a.test.mjs', `${head}${group(t('a'), t('b'))}\n`, `${head}${group(t('a'), t('b'), t('c'))}\n`)).toBe(
    `${head}${group(t('c'), t('a'), t('b'))}\n`,
  );
});
test('each, await and members of test are tests', () => {
  const tests = ['test.each([1])("x", () => {});', 'await test("y", () => {});', 'it.concurrent("z", () => {});'];
  expect(inOtherOrder('a.test.mjs', null, `${tests.join('\n')}\n`)).toBe(`${[...tests].reverse().join('\n')}\n`);
});
test('where nothing can be turned round there is nothing to run', () => {
  expect(inOtherOrder('a.test.mjs', null, `${head}${t('a')}\nafter(() => {});\n`)).toBeNull();
  expect(inOtherOrder('a.test.mjs', `${t('a')}\n`, `${t('a')}\n`)).toBeNull();
  expect(inOtherOrder('a.test.mjs', null, 'test(')).toBeNull();
  expect(inOtherOrder('a.test.mjs', null, '')).toBeNull();
});
