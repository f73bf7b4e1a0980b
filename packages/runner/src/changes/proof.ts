import { type ChangedFile, gateNames, type Violation } from '@reeve/core/changes';
import type { LineCoverage, RunnerOrder } from '@reeve/core/vocabulary';
import { allOf } from './all-of.ts';
import { counterChecks, type Planned } from './counter-checks.ts';
import { type GateRoom, type GateRun, gateMessage, gateReportOf, judgeMemory, runTests } from './gates.ts';
import { judgeBase, judgeGreen, judgeRed, judgeUnchanged, type TestRun } from './judge.ts';
import { changedTexts, isReportedBy, readLineCoverage } from './line-coverage.ts';
import type { Surroundings } from './surroundings.ts';

type Commits = {
  base: string;
  redTree: string;
  candidate: string;
  /** The fix alone, where test files of the base grew. */
  fixTree: string | null;
  testFiles: readonly ChangedFile[];
  fixFiles: readonly ChangedFile[];
};
export type Done = { run: GateRun; test: TestRun };

/**
 * RED twice on the base, GREEN twice on the candidate, and the counter-checks; each run on a checkout, home and temporary
 * folder of its own. They run in an order that nobody can foresee, so that a test which reads a clock or counts its runs
 * cannot know whether it is to fail; they are told and judged in one order, so that the same fault has the same name.
 * Answers which of the changed lines the first green run ran.
 *
 * @param onBase the run of the tests on the base. Nothing of the change runs in it, so what the other runs need is made meanwhile.
 */
export async function proveByTests(
  order: Extract<RunnerOrder, { kind: 'verify-change' }>,
  around: Surroundings,
  room: GateRoom,
  commits: Commits,
  onBase: Promise<Done>,
  refuseIf: (violation: Violation | null) => void,
): Promise<LineCoverage> {
  const { gates } = order.repository;
  const tell = async ({ name, on }: Pick<Planned, 'name' | 'on'>, { run, test }: Done, found: Violation | null) => {
    const violation = judgeMemory(room, name, run) ?? found;
    await around.report(gateMessage(order.changeId, gateReportOf(name, on, violation === null, run, test)));
    refuseIf(violation);
  };
  const [first, changed, counters] = await allOf([onBase, changedTexts(room, commits), preparedChecks(room, commits)]);
  const suite = first.test;
  await tell({ name: gateNames.suite, on: 'base' }, first, judgeBase(suite));
  const { tree, coverage } = room.work;
  const reportsOnBase = isReportedBy(coverage, tree);
  let covered: LineCoverage = { state: 'unknown', files: [] };

  const isNamed = suite.report.format !== 'none';
  const planned = [...redAndGreen(commits), ...counters.filter(({ name }) => isNamed || name !== gateNames.canary)];
  room.work.alwaysMade = [...commits.testFiles, ...commits.fixFiles].map((f) => f.path);
  const done = new Map<string, Done>();
  const testOf = (name: string): TestRun => (done.get(name) as Done).test;
  let told = 0;
  for (const next of around.inSomeOrder(planned)) {
    const result = await runTests(room, next.tree, gates);
    if (next.name === gateNames.green[0]) covered = await readLineCoverage(coverage, tree, changed, reportsOnBase);
    // Nothing that comes later can mend it, and each further run might take as long.
    if (result.run.outOfMemory) await tell(next, result, null);
    if (result.test.timedOut && endsByItself.has(next.name))
      await tell(next, result, {
        rule: 'gate-timed-out',
        detail: `The test gate does not end in time ${next.on === 'base' ? 'with the new tests on the base' : 'with your fix'}.`,
      });
    done.set(next.name, result);
    for (let step = planned[told]; step && done.has(step.name); step = planned[++told]) {
      // The order in which they are told has red before green, and both before what compares with them.
      const seen = {
        suite,
        get red() {
          return testOf(gateNames.red[0]);
        },
        get green() {
          return testOf(gateNames.green[0]);
        },
      };
      await tell(step, done.get(step.name) as Done, step.judge(testOf(step.name), seen));
    }
  }
  return covered;
}

/** The counter-checks; of all trees that will be laid out it is known then how they differ, so nobody is asked between runs. */
async function preparedChecks(room: GateRoom, commits: Commits): Promise<Planned[]> {
  const counters = await counterChecks(room, commits);
  const trees = new Set([...redAndGreen(commits), ...counters].map(({ tree }) => tree));
  await Promise.all([...trees].map((tree) => room.clone.trees.difference(commits.base, tree)));
  return counters;
}

/** Runs that must come to an end; the source without its repair need not, and the printed one is judged by its own rule. */
const endsByItself = new Set<string>([...gateNames.red, ...gateNames.green]);

function redAndGreen({ redTree, candidate, fixTree }: Commits): Planned[] {
  const [red1, red2] = gateNames.red;
  const [green1, green2] = gateNames.green;
  const planned: Planned[] = [
    { name: red1, on: 'base', tree: redTree, judge: (run, { suite }) => judgeRed(suite, run, run) },
    { name: red2, on: 'base', tree: redTree, judge: (run, { suite, red }) => judgeRed(suite, red, run) },
    { name: green1, on: 'candidate', tree: candidate, judge: (run, { suite, red }) => judgeGreen(suite, red, run, run) },
    { name: green2, on: 'candidate', tree: candidate, judge: (run, { suite, red, green }) => judgeGreen(suite, red, green, run) },
  ];
  // Lines were added to test files that exist: their tests must hold on the fix as they stood, whatever was added around them.
  if (fixTree)
    planned.push({ name: gateNames.existing, on: 'candidate', tree: fixTree, judge: (run, { suite }) => judgeUnchanged(suite, run) });
  return planned;
}
