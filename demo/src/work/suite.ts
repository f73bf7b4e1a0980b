import type { Toolchain } from '../library/toolchain.ts';
import { run } from '../shell/run.ts';
import { readTap, type TestRun } from './tap.ts';

export type SuiteRun = TestRun & { exitCode: number | null; ms: number; tap: string };

/** Runs test files, or whole folders, of a checkout of the library with its own runner. */
export async function runSuite(checkout: string, tools: Toolchain, paths: string[], signal?: AbortSignal): Promise<SuiteRun> {
  const args = ['--import', tools.tsxUrl, '--test-reporter=tap', 'run-tests.mjs', ...paths];
  const ran = await run(process.execPath, args, { cwd: checkout, signal });
  return { ...readTap(ran.stdout), exitCode: ran.exitCode, ms: ran.ms, tap: ran.stdout };
}

/** Red for the right reason: something failed, and every failure is an assertion. */
export const isRed = (suite: SuiteRun) =>
  suite.exitCode !== 0 && suite.failed > 0 && suite.failures.every((failure) => failure.byAssertion);
/** Green: exit code and report agree, and there was something to pass. */
export const isGreen = (suite: SuiteRun) => suite.exitCode === 0 && suite.failed === 0 && suite.passed > 0;

/** A run in one sentence, for logs and activities. */
export function describeRun(suite: SuiteRun): string {
  const seconds = (suite.ms / 1000).toFixed(1);
  if (suite.failed === 0) return `${count(suite.passed, 'test')} passed in ${seconds} s`;
  const first = suite.failures[0];
  return `${count(suite.failed, 'test')} failed of ${suite.passed + suite.failed}: ${first?.name} (${first?.error})`;
}

export const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? '' : 's'}`;
