import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readTestOutput } from './test-output.ts';

const root = mkdtempSync(join(tmpdir(), 'reeve output '));
afterAll(() => rmSync(root, { recursive: true, force: true }));
mkdirSync(join(root, 'test'));
writeFileSync(
  join(root, 'test', 'a.test.mjs'),
  `import test, { describe, it } from 'node:test';
import assert from 'node:assert/strict';
console.log('ok 99 - forged');
test('adds', () => { assert.equal(1, 2); });
test('adds', () => {});
test('with # a hash', () => {});
test('throws', () => { null.x; });
test('skipped', { skip: true }, () => {});
test('later', { todo: true }, () => { assert.equal(1, 2); });
describe('group', () => { it('inner', () => {}); it('bad', () => { assert.ok(false); }); });
test('nested', async (t) => { await t.test('sub', () => { assert.equal(1, 2); }); });
`,
);
writeFileSync(join(root, 'test', 'b.test.mjs'), "import './nope.mjs';\n");

const plain = (output: string) => {
  const { format, complete, tests } = readTestOutput(output, root);
  return {
    format,
    complete,
    tests: Object.fromEntries([...tests].map(([name, c]) => [name, [c.passed, c.failed, c.skipped, [...c.kinds].join()]])),
  };
};
const expected = {
  adds: [1, 1, 0, 'assertion'],
  'with # a hash': [1, 0, 0, ''],
  throws: [0, 1, 0, 'other'],
  skipped: [0, 0, 1, ''],
  later: [0, 0, 1, ''],
  'group > inner': [1, 0, 0, ''],
  'group > bad': [0, 1, 0, 'assertion'],
  'nested > sub': [0, 1, 0, 'assertion'],
  'test/b.test.mjs': [0, 1, 0, 'load'],
};
const nodeTest = (reporter: string) => {
  // Vitest runs this file; its own marks must not make node:test think that it is a child of another run.
  const { NODE_TEST_CONTEXT: _, NODE_OPTIONS: __, ...env } = process.env;
  return spawnSync(process.execPath, ['--test', `--test-reporter=${reporter}`, 'test/a.test.mjs', 'test/b.test.mjs'], {
    cwd: root,
    encoding: 'utf8',
    env,
  }).stdout;
};

test('node:test as TAP, as this Node prints it', () => {
  expect(plain(nodeTest('tap'))).toEqual({ format: 'tap', complete: true, tests: expected });
});

test('node:test as spec, as this Node prints it', () => {
  expect(plain(nodeTest('spec'))).toEqual({ format: 'spec', complete: true, tests: expected });
});

test('TAP behind other output, as npm prints it', () => {
  expect(plain(`\n> tools@1.0.0 test\n> node --test\n\n${nodeTest('tap')}`).tests).toEqual(expected);
});

test('vitest and jest as JSON', () => {
  const json = {
    numTotalTestSuites: 2,
    testResults: [
      {
        name: `${root}/a.test.ts`,
        status: 'failed',
        assertionResults: [
          { fullName: 'g adds', status: 'failed', failureMessages: ['AssertionError: expected 2 to be 3\n  at x'] },
          { fullName: 'fine', status: 'passed', failureMessages: [] },
          { fullName: 'boom', status: 'failed', failureMessages: ["TypeError: Cannot read properties of null (reading 'x')"] },
          { fullName: 'sk', status: 'skipped', failureMessages: [] },
          { fullName: 'jest', status: 'failed', failureMessages: ['Error: expect(received).toBe(expected)'] },
        ],
      },
      { name: `${root}/b.test.ts`, status: 'failed', message: 'Cannot find module', assertionResults: [] },
    ],
  };
  expect(plain(`some noise\n${JSON.stringify(json)}\n`)).toEqual({
    format: 'json',
    complete: true,
    tests: {
      'a.test.ts > g adds': [0, 1, 0, 'assertion'],
      'a.test.ts > fine': [1, 0, 0, ''],
      'a.test.ts > boom': [0, 1, 0, 'other'],
      'a.test.ts > sk': [0, 0, 1, ''],
      'a.test.ts > jest': [0, 1, 0, 'assertion'],
      'b.test.ts': [0, 1, 0, 'load'],
    },
  });
});

test('vitest as it prints by default: failures by name, the rest as counts', () => {
  const output = `
 RUN  v4.1.12 /x

 ❯ a.test.ts (5 tests | 3 failed | 1 skipped) 11ms
 ❯ b.test.ts (0 test)

⎯⎯⎯⎯⎯⎯ Failed Suites 1 ⎯⎯⎯⎯⎯⎯⎯

 FAIL  b.test.ts [ b.test.ts ]
Error: Cannot find module './nope' imported from /x/b.test.ts

⎯⎯⎯⎯⎯⎯⎯ Failed Tests 2 ⎯⎯⎯⎯⎯⎯⎯

 FAIL  a.test.ts > adds
AssertionError: expected 2 to be 3 // Object.is equality

 FAIL  a.test.ts > boom
TypeError: Cannot read properties of null (reading 'x')

 Test Files  2 failed (2)
      Tests  2 failed | 1 passed | 1 skipped (4)
`;
  expect(plain(output)).toEqual({
    format: 'vitest',
    complete: false,
    tests: { 'b.test.ts': [0, 1, 0, 'load'], 'a.test.ts > adds': [0, 1, 0, 'assertion'], 'a.test.ts > boom': [0, 1, 0, 'other'] },
  });
  expect(readTestOutput(output, root)).toMatchObject({ passed: 1, failed: 3, skipped: 1 });
});

test('vitest as TAP, groups in braces', () => {
  const output = `TAP version 13
1..2
not ok 1 - a.test.ts # time=10.73ms {
    1..3
    not ok 1 - adds # time=6.66ms
        ---
        error:
            name: "AssertionError"
            message: "expected 2 to be 3"
        ...
    ok 2 - fine # time=0.19ms
    not ok 3 - g # time=1.98ms {
        1..1
        ok 1 - in # time=1.87ms
    }
}
not ok 2 - b.test.ts
    ---
    error:
        name: "Error"
        message: "Cannot find module './nope' imported from /x/b.test.ts"
    ...
`;
  expect(plain(output)).toEqual({
    format: 'tap',
    complete: true,
    tests: {
      'a.test.ts > adds': [0, 1, 0, 'assertion'],
      'a.test.ts > fine': [1, 0, 0, ''],
      'a.test.ts > g > in': [1, 0, 0, ''],
      'b.test.ts': [0, 1, 0, 'load'],
    },
  });
});

test('an unknown runner has an exit code and words', () => {
  const kinds = (output: string) => [...(readTestOutput(output, root).tests.get('the test command')?.kinds ?? [])];
  expect(kinds('E   assert 1 == 2\n1 failed')).toEqual(['assertion']);
  expect(kinds('ModuleNotFoundError: No module named x')).toEqual(['load']);
  expect(kinds('Segmentation fault')).toEqual(['other']);
});
