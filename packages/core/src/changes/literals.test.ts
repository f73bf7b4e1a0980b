import { expect, it } from 'vitest';
import type { ChangedFile } from './diff-files.ts';
import { sharedLiterals } from './literals.ts';

const file = (path: string, ...addedLines: string[]): ChangedFile => ({
  path,
  status: 'modified',
  oldMode: null,
  newMode: null,
  added: addedLines.length,
  removed: 0,
  binary: false,
  addedLines,
});
const shared = (test: string, ...fix: string[]) => sharedLiterals([file('test/a.test.ts', test)], [file('src/a.ts', ...fix)]);

it('an answer written down for the inputs of the test is named, with its file', () => {
  expect(shared("assert.equal(slug('Ünïcode 42'), 'unicode-42');", "if (text === 'Ünïcode 42') return `unicode-42`;")).toEqual([
    'src/a.ts holds what the new test asks for: "unicode-42", "Ünïcode 42". Is the answer calculated, or written down for this test?',
  ]);
  expect(shared('expect(tax(1_250)).toBe(237.5);', 'if (net === 1250) return 237.5;')[0]).toContain('"1250", "237.5"');
  expect(shared("f('a1b');f('b1c');f('c1d');f('d1e');f('e1f');f('f1g')", "['a1b','b1c','c1d','d1e','e1f','f1g']")[0]).toContain(
    '"e1f" and 1 more.',
  );
});
it('what any program holds, imports, titles, short ones and round numbers say nothing', () => {
  expect(shared("import { a } from '../src/long-name.ts';", "import b from '../src/long-name.ts';")).toEqual([]);
  expect(shared("const fs = require('node:fs');", "const fs = require('node:fs');")).toEqual([]);
  expect(shared("test('adds numbers', () => {", "throw new Error('adds numbers');")).toEqual([]);
  expect(shared("read('x', 'utf8', 12, 1000)", "open('x', 'utf8', 12, 1000)")).toEqual([]);
  expect(shared('assert.equal(sum(1, 2), 3);', 'return a + b;')).toEqual([]);
  expect(shared("parse('abc')", "// 'abd'")).toEqual([]);
});
it('is said for each file of the fix', () => {
  const test = file('test/a.test.ts', "look('needle')");
  expect(sharedLiterals([test], [file('src/a.ts', "'needle'"), file('src/b.ts', "'hay'"), file('src/c.ts', '"needle"')])).toHaveLength(2);
});
