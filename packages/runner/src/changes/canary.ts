import { posix } from 'node:path';

/** A test file that must fail in every one of its tests, and what those are called. */
export type Canary = { path: string; text: string; names: string[] };

const assertions: Record<'assert' | 'expect', [name: string, statement: string][]> = {
  assert: [
    ['ok', 'assert.ok(false)'],
    ['call', 'assert(0)'],
    ['equal', 'assert.equal(1, 2)'],
    ['strictEqual', "assert.strictEqual('a', 'b')"],
    ['deepEqual', 'assert.deepEqual({ a: [1] }, { a: [2] })'],
    ['deepStrictEqual', 'assert.deepStrictEqual([1, 2], [2, 1])'],
    ['notEqual', 'assert.notEqual(1, 1)'],
    ['match', "assert.match('a', /b/)"],
    ['throws', 'assert.throws(() => {})'],
    ['doesNotThrow', "assert.doesNotThrow(() => { throw new Error('x'); })"],
    ['rejects', 'await assert.rejects(async () => {})'],
    ['fail', "assert.fail('canary')"],
  ],
  expect: [
    ['toBe', 'expect(1).toBe(2)'],
    ['toEqual', 'expect({ a: [1] }).toEqual({ a: [2] })'],
    ['toStrictEqual', 'expect([1, 2]).toStrictEqual([2, 1])'],
    ['not', 'expect(1).not.toBe(1)'],
    ['toBeTruthy', 'expect(0).toBeTruthy()'],
    ['toBeUndefined', 'expect(1).toBeUndefined()'],
    ['toContain', 'expect([1]).toContain(2)'],
    ['toMatch', "expect('a').toMatch(/b/)"],
    ['toBeCloseTo', 'expect(1).toBeCloseTo(2)'],
    ['toBeGreaterThan', 'expect(1).toBeGreaterThan(2)'],
    ['toThrow', 'expect(() => {}).toThrow()'],
    ['rejects', 'await expect(Promise.resolve(1)).rejects.toBe(1)'],
  ],
};

/**
 * Canaries in the words of the new test file, beside it, so that the same runner finds them. Each imports what the fix
 * changed before it asserts. `null` for runners that are not known.
 */
export function canaryBeside(testPath: string, testText: string, changed: readonly string[], id: string): Canary | null {
  const kind = /\bfrom\s*['"]vitest['"]/.test(testText)
    ? 'vitest'
    : /['"]node:test['"]/.test(testText)
      ? 'node'
      : /\bexpect\s*\(/.test(testText)
        ? 'globals'
        : null;
  if (kind === null) return null;
  const common =
    kind === 'node' && (/\.cjs$|\.cts$/.test(testPath) || (/\brequire\s*\(/.test(testText) && !/^\s*import\s/m.test(testText)));
  const head = {
    vitest: "import { expect, test } from 'vitest';",
    node: common
      ? "const assert = require('node:assert');\nconst { test } = require('node:test');"
      : "import assert from 'node:assert';\nimport { test } from 'node:test';",
    globals: '',
  }[kind];
  const folder = posix.dirname(testPath);
  const specifiers = changed.map((path) => {
    const relative = posix.relative(folder, path);
    return relative.startsWith('.') ? relative : `./${relative}`;
  });
  // A module that does not load must not save the canaries from failing by assertion.
  const loads = specifiers.map((s) => `await import(${JSON.stringify(s)}).catch(() => {});`).join(' ');
  const list = assertions[kind === 'node' ? 'assert' : 'expect'];
  const named = list.map(([name, statement]) => ({ name: `canary ${id} ${name}`, statement }));
  const text = `${head}\n${named.map((t) => `test(${JSON.stringify(t.name)}, async () => { ${loads} ${t.statement}; });`).join('\n')}\n`;
  const suffix = posix.basename(testPath).replace(/^[^.]*?(?=([-_](test|spec))?\.)/, '') || posix.extname(testPath);
  const stem = /^test[-_.]/.test(posix.basename(testPath)) ? 'test-canary' : 'canary';
  return { path: posix.join(folder, `${stem}-${id}${suffix}`), text, names: named.map((t) => t.name) };
}
