// Node built-ins only.
import { existsSync, readFileSync } from 'node:fs';

/** What the last line of `npm test` says. */
export class Tally {
  passed = 0;
  failed = 0;
  skipped = 0;

  /** A check that is no test (lint, types, a build, a leaked process) counts when it fails. */
  fail(count = 1) {
    this.failed += count;
  }

  /** A test runner that failed without a failed test did not get as far as its tests: that is a failure too. */
  addRun(counts, succeeded) {
    const { passed, failed, skipped } = counts ?? { passed: 0, failed: 0, skipped: 0 };
    this.passed += passed;
    this.failed += succeeded ? failed : Math.max(failed, 1);
    this.skipped += skipped;
  }

  toString() {
    return `${this.passed} passed, ${this.failed} failed, ${this.skipped} skipped`;
  }
}

/** Counts of Vitest's JSON report; undefined where it has written none. */
export function countVitest(file) {
  const report = readJson(file);
  if (!report) return undefined;
  const brokenFiles = report.testResults.filter((f) => f.status === 'failed' && f.assertionResults.every((t) => t.status !== 'failed'));
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + brokenFiles.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** Counts of Playwright's JSON report; a test that passed when tried again has passed. */
export function countPlaywright(file) {
  const report = readJson(file);
  if (!report) return undefined;
  const { expected, unexpected, flaky, skipped } = report.stats;
  return { passed: expected + flaky, failed: unexpected, skipped };
}

function readJson(file) {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
