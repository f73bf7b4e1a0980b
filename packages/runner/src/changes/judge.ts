import type { Violation } from '@reeve/core/changes';
import type { FailureKind, NameCounts, TestReport } from './test-output.ts';

/** One run of the test gate with what it printed, read. */
export type TestRun = { exitCode: number | null; timedOut: boolean; report: TestReport };

const none: NameCounts = { passed: 0, failed: 0, skipped: 0, kinds: new Set() };
const of = (run: TestRun, name: string): NameCounts => run.report.tests.get(name) ?? none;
const listed = (names: string[]): string =>
  names
    .slice(0, 5)
    .map((n) => `"${n.slice(0, 200)}"`)
    .join(', ') + (names.length > 5 ? ` and ${names.length - 5} more` : '');

/** Names that fail more often than they did before. Counted, since names may repeat. */
export const newlyFailed = (before: TestRun, after: TestRun): string[] =>
  [...after.report.tests.keys()].filter((n) => of(after, n).failed > of(before, n).failed);
/** Names that passed before and pass less often now. */
const lost = (before: TestRun, after: TestRun): string[] =>
  [...before.report.tests.keys()].filter((n) => of(after, n).passed < of(before, n).passed);

/** Exit code and report must tell the same story: a test can end the process, or print what a runner would. */
function disagreement(run: TestRun): string | null {
  if (run.report.format === 'none') return null;
  if (run.exitCode === 0 && run.report.failed > 0) return `the command ended with 0 although ${run.report.failed} tests failed`;
  if (run.exitCode !== 0 && run.report.failed === 0) return `the command ended with ${run.exitCode} although no test failed`;
  return null;
}

/** The base alone: must be readable, or nothing can be compared with it. A base that fails by name is allowed. */
export function judgeBase(base: TestRun): Violation | null {
  if (base.timedOut)
    return { rule: 'gate-timed-out', detail: 'The test gate does not end in time on the base itself. Nothing can be proved there.' };
  if (base.exitCode === 0)
    return disagreement(base) ? { rule: 'report-disagrees-with-exit-code', detail: `On the base ${disagreement(base)}.` } : null;
  const named = base.report.format !== 'none' && base.report.failed > 0;
  return named
    ? null
    : {
        rule: 'base-gate-fails',
        detail: `The test gate fails on the base itself (exit ${base.exitCode}) without naming a failed test, so no change can be proved. A person has to mend it first.`,
      };
}

/** RED: the new tests on the base fail, each by assertion, twice alike, and nothing else breaks (I-SELF-4). */
export function judgeRed(base: TestRun, first: TestRun, second: TestRun): Violation | null {
  for (const run of [first, second])
    if (run.timedOut) return { rule: 'gate-timed-out', detail: 'With the new tests the gate does not end in time on the base.' };
  const failures = [first, second].map((run) =>
    run.report.format === 'none' ? (run.exitCode === 0 ? [] : ['the test command']) : newlyFailed(base, run),
  );
  const [once = [], twice = []] = failures;
  if (once.length === 0 && twice.length === 0)
    return {
      rule: 'test-does-not-fail-on-base',
      detail: 'The new tests pass without your fix, so they prove nothing. Test what is wrong: they must fail on the base.',
    };
  if (once.slice().sort().join('\n') !== twice.slice().sort().join('\n'))
    return {
      rule: 'test-is-flaky',
      detail: `Two runs on the same base differ: ${listed(once)} against ${listed(twice)}. Remove what is random, timed or kept between runs.`,
    };
  for (const run of [first, second]) {
    const verdict = redKind(run, once) ?? broken(base, run);
    if (verdict) return verdict;
    const odd = disagreement(run);
    if (odd) return { rule: 'report-disagrees-with-exit-code', detail: `With the new tests on the base ${odd}.` };
  }
  return null;
}

function redKind(run: TestRun, failed: string[]): Violation | null {
  const by = (kind: FailureKind) => failed.filter((name) => of(run, name).kinds.has(kind));
  const load = by('load');
  if (load.length > 0)
    return {
      rule: 'load-error-is-no-red',
      detail: `${listed(load)} did not load or failed outside of every test (syntax, import, or no test() around it). A test must run on the base and fail there by an assertion: import only what the base has.`,
    };
  const other = by('other');
  if (other.length > 0)
    return {
      rule: 'red-without-assertion',
      detail: `${listed(other)} failed by an error, not by an assertion. If the bug is that it throws, say so: assert.doesNotThrow(() => …) or expect(() => …).not.toThrow().`,
    };
  return null;
}

/** Tests that passed on the base and do not once the new tests lie over it. */
function broken(base: TestRun, run: TestRun): Violation | null {
  const gone = base.report.complete && run.report.complete ? lost(base, run) : [];
  if (gone.length > 0)
    return {
      rule: 'existing-test-changed',
      detail: `${listed(gone)} passed on the base and no longer do with your tests alone. Leave existing tests as they are.`,
    };
  if (!run.report.complete && run.report.passed < base.report.passed)
    return {
      rule: 'existing-test-changed',
      detail: `${base.report.passed} tests passed on the base, only ${run.report.passed} with your tests alone. Leave existing tests as they are.`,
    };
  return null;
}

/** GREEN: what was red passes, twice; every test that passed on the base still does; nothing new fails or is skipped. */
export function judgeGreen(base: TestRun, red: TestRun, first: TestRun, second: TestRun): Violation | null {
  for (const run of [first, second]) {
    const verdict = judgeOneGreen(base, red, run);
    if (verdict) return verdict;
  }
  const differs = [...first.report.tests.keys()].filter((n) => of(first, n).passed !== of(second, n).passed);
  const uneven = first.report.passed !== second.report.passed;
  return differs.length > 0 || uneven
    ? {
        rule: 'test-is-flaky',
        detail: `Two runs on the same candidate differ${differs.length > 0 ? ` in ${listed(differs)}` : ''}. Remove what is random, timed or kept between runs.`,
      }
    : null;
}

function judgeOneGreen(base: TestRun, red: TestRun, run: TestRun): Violation | null {
  if (run.timedOut) return { rule: 'gate-timed-out', detail: 'The test gate does not end in time with your fix.' };
  const wasRed = newlyFailed(base, red);
  const failed = newlyFailed(base, run);
  const stillRed = failed.filter((name) => wasRed.includes(name));
  if (stillRed.length > 0)
    return {
      rule: 'test-does-not-pass-on-candidate',
      detail: `${listed(stillRed)} fail with your fix too. The fix does not do what the test asks.`,
    };
  if (failed.length > 0)
    return {
      rule: 'regression',
      detail: `${listed(failed)} fail with your fix and do not without it. Find what depends on the old behaviour.`,
    };
  if (run.report.complete && base.report.complete) {
    const gone = lost(base, run);
    const skipped = gone.filter((name) => of(run, name).skipped > of(base, name).skipped);
    if (skipped.length > 0) return { rule: 'test-skipped', detail: `${listed(skipped)} passed on the base and are skipped now.` };
    if (gone.length > 0)
      return {
        rule: 'test-disappeared',
        detail: `${listed(gone)} passed on the base and did not run with your change. Every test has to run to its end.`,
      };
    const proven = wasRed.filter((name) => of(run, name).passed < of(red, name).passed + of(red, name).failed - of(base, name).failed);
    if (proven.length > 0)
      return {
        rule: 'test-does-not-pass-on-candidate',
        detail: `${listed(proven)} failed on the base and did not run to a pass with your fix.`,
      };
  }
  if (run.report.format !== base.report.format || run.report.format !== red.report.format)
    return {
      rule: 'report-disagrees-with-exit-code',
      detail: `The test output reads as ${run.report.format}, on the base as ${base.report.format}. Tests must not print reports of their own.`,
    };
  if (run.report.skipped > base.report.skipped)
    return {
      rule: 'test-skipped',
      detail: `${run.report.skipped} tests are skipped, ${base.report.skipped} on the base. Every new test must run.`,
    };
  if (run.report.format === 'vitest' && run.report.passed < red.report.passed + wasRed.length)
    return {
      rule: 'fewer-tests',
      detail: `Only ${run.report.passed} tests passed; with those that were red it should be ${red.report.passed + wasRed.length}.`,
    };
  const excused = base.exitCode !== 0 && run.report.failed > 0;
  if (run.exitCode !== 0 && !excused)
    return run.report.format === 'none'
      ? { rule: 'test-does-not-pass-on-candidate', detail: `The test command ends with ${run.exitCode} with your fix.` }
      : {
          rule: 'report-disagrees-with-exit-code',
          detail: `With your fix ${disagreement(run) ?? `the command ended with ${run.exitCode}`}.`,
        };
  const odd = disagreement(run);
  return odd ? { rule: 'report-disagrees-with-exit-code', detail: `With your fix ${odd}.` } : null;
}

/** Only the tests of the base, on fixed source or on a rolled-back one: nothing that passed may be lost. */
export function judgeUnchanged(base: TestRun, run: TestRun, allowMissing = false): Violation | null {
  if (run.timedOut) return { rule: 'gate-timed-out', detail: 'The test gate does not end in time.' };
  const failed = newlyFailed(base, run);
  if (failed.length > 0) return { rule: 'regression', detail: `${listed(failed)} fail now and did not before.` };
  if (!allowMissing && run.report.complete && base.report.complete) {
    const gone = lost(base, run);
    if (gone.length > 0) return { rule: 'test-disappeared', detail: `${listed(gone)} passed before and did not run.` };
  }
  if (run.exitCode !== 0 && !(base.exitCode !== 0 && run.report.failed > 0))
    return { rule: 'gate-failed', detail: `The test command ends with ${run.exitCode}.` };
  return null;
}

/** Type check and lint: must pass, or say nothing on the candidate that they did not already say on the base. */
export function judgeCheck(
  name: string,
  base: { exitCode: number | null; output: string },
  candidate: { exitCode: number | null; output: string; timedOut: boolean },
): Violation | null {
  if (candidate.timedOut) return { rule: 'gate-timed-out', detail: `The ${name} gate does not end in time with your change.` };
  if (candidate.exitCode === 0) return null;
  const fresh = base.exitCode === 0 ? [] : freshLines(base.output, candidate.output);
  if (base.exitCode !== 0 && fresh.length === 0) return null;
  const shown = (fresh.length > 0 ? fresh : candidate.output.trim().split('\n')).slice(0, 20).join('\n');
  return { rule: 'gate-failed', detail: `The ${name} gate fails with your change:\n${shown.slice(0, 4000)}` };
}
/** Lines that are new, whatever line numbers moved. */
function freshLines(before: string, after: string): string[] {
  const key = (line: string) => line.replace(/\d+/g, '#').trim();
  const known = new Map<string, number>();
  for (const line of before.split('\n')) known.set(key(line), (known.get(key(line)) ?? 0) + 1);
  return after.split('\n').filter((line) => {
    const left = known.get(key(line)) ?? 0;
    known.set(key(line), left - 1);
    return key(line) !== '' && left <= 0;
  });
}
