import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { countPlaywright, countVitest, Tally } from '../lib/tally.mjs';

const dir = mkdtempSync(join(tmpdir(), 'reeve-test-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function file(content: unknown): string {
  const path = join(dir, `${Math.random()}.json`);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

test('sums over both runners, and what was retried with success has passed', () => {
  const tally = new Tally();
  const passing = { status: 'passed', assertionResults: [{ status: 'passed' }] };
  tally.addRun(
    countVitest(file({ numPassedTests: 10, numFailedTests: 0, numPendingTests: 2, numTodoTests: 1, testResults: [passing] })),
    true,
  );
  tally.addRun(countPlaywright(file({ stats: { expected: 3, unexpected: 0, flaky: 1, skipped: 4 } })), true);
  expect(String(tally)).toBe('14 passed, 0 failed, 7 skipped');
});

test('a file that could not be loaded has no test that failed, and counts as one', () => {
  const broken = { status: 'failed', assertionResults: [] };
  const mixed = { status: 'failed', assertionResults: [{ status: 'failed' }, { status: 'passed' }] };
  const counts = countVitest(
    file({ numPassedTests: 1, numFailedTests: 1, numPendingTests: 0, numTodoTests: 0, testResults: [broken, mixed] }),
  );
  expect(counts).toEqual({ passed: 1, failed: 2, skipped: 0 });
});

test.each([
  ['nothing', undefined],
  ['half a report', '{"stats":'],
])('a runner that failed and left %s counts as one failure', (_, content) => {
  const tally = new Tally();
  tally.addRun(countPlaywright(content === undefined ? join(dir, 'none.json') : file(content)), false);
  expect(String(tally)).toBe('0 passed, 1 failed, 0 skipped');
});

test('a failed exit without a failed test (an unhandled error) is a failure', () => {
  const tally = new Tally();
  tally.addRun({ passed: 5, failed: 0, skipped: 0 }, false);
  expect(String(tally)).toBe('5 passed, 1 failed, 0 skipped');
});
