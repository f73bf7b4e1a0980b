import { randomBytes } from 'node:crypto';
import { type ChangedFile, gateNames, type Violation } from '@reeve/core/changes';
import type { GateReport } from '@reeve/core/vocabulary';
import { type Canary, canaryBeside } from './canary.ts';
import { readFiles } from './candidate.ts';
import type { Clone } from './clone.ts';
import { counterFiles, treesWith } from './counter-trees.ts';
import type { GateRoom } from './gates.ts';
import type { Git } from './git.ts';
import { newlyFailed, type TestRun } from './judge.ts';
import { isModulePath } from './module-graph.ts';
import { inOtherOrder } from './other-order.ts';

/** A run of the test gate that is to come: on which tree, and how it is judged once the others are in. */
export type Planned = { name: string; on: GateReport['on']; tree: string; judge(run: TestRun, seen: Seen): Violation | null };
/** The runs that a judgement may look at: they are there when it is asked. */
export type Seen = { suite: TestRun; red: TestRun; green: TestRun };
type Subject = {
  base: string;
  candidate: string;
  testFiles: readonly ChangedFile[];
  fixFiles: readonly ChangedFile[];
};

/**
 * What red and green alone cannot tell: whether it is the repair that the tests see (and no flag, marker or file beside
 * it), whether they see behaviour (and not source text), whether they stand alone, and whether assertions still bite. The last
 * needs a report that names tests.
 */
export async function counterChecks(room: GateRoom, subject: Subject): Promise<Planned[]> {
  const { git, clone, work } = room;
  const { base, candidate, fixFiles, testFiles } = subject;
  // all of them read commits, which nothing changes
  const [{ unrepaired, printed }, turned, canary, tree] = await Promise.all([
    counterFiles(git, clone, { base, candidate }, fixFiles),
    turnedFiles(git, clone, { base, candidate }, testFiles),
    canaryOf(subject, room),
    clone.trees.rootOf(candidate),
  ]);
  const drafts: { name: string; files: ReadonlyMap<string, string | null>; judge: Planned['judge'] }[] = [];
  const plan = (name: string, files: ReadonlyMap<string, string | null>, judge: Planned['judge']) => drafts.push({ name, files, judge });
  plan(gateNames.revertExisting, unrepaired, (run, seen) => judgeReverted(namesOfRed(seen), seen.suite, run));
  if (printed.size > 0) plan(gateNames.rePrint, printed, (run, seen) => judgeRePrint(namesOfRed(seen), seen.suite, run));
  if (turned.size > 0) plan(gateNames.otherOrder, turned, (run, seen) => judgeOtherOrder(seen.suite, seen.green, run));
  if (canary) plan(gateNames.canary, new Map([[canary.path, canary.text]]), (run) => judgeCanary(canary, run));
  const files = drafts.map((draft) => draft.files);
  const trees = await treesWith(git, clone, tree, files, work.folder);
  return drafts.map(({ name, judge }, i) => ({ name, on: 'candidate', tree: trees[i] ?? '', judge }));
}

/** The test files that the change made or grew, with the new tests in another order. */
async function turnedFiles(
  git: Git,
  clone: Clone,
  trees: { base: string; candidate: string },
  testFiles: readonly ChangedFile[],
): Promise<Map<string, string>> {
  const paths = testFiles.filter((f) => f.status !== 'deleted' && isModulePath(f.path)).map((f) => f.path);
  const [before, after] = await Promise.all([readFiles(git, clone, trees.base, paths), readFiles(git, clone, trees.candidate, paths)]);
  const turned = new Map<string, string>();
  for (const path of paths) {
    const text = after.get(path);
    const other = text ? inOtherOrder(path, before.get(path) ?? null, text) : null;
    if (other !== null) turned.set(path, other);
  }
  return turned;
}

async function canaryOf({ testFiles, fixFiles, candidate }: Subject, { git, clone }: GateRoom): Promise<Canary | null> {
  const changed = fixFiles.filter((f) => f.status !== 'deleted' && isModulePath(f.path)).map((f) => f.path);
  const tests = testFiles.filter((f) => isModulePath(f.path)).map((f) => f.path);
  // The name cannot be foreseen, so no test and no source can make an exception of it.
  const id = randomBytes(6).toString('hex');
  for (const [path, text] of await readFiles(git, clone, candidate, tests)) {
    const canary = text === null ? null : canaryBeside(path, text, changed, id);
    if (canary) return canary;
  }
  return null;
}

const command = 'the test command';
const namesOfRed = ({ suite, red }: Seen): string[] => (red.report.format === 'none' ? [command] : newlyFailed(suite, red));
const stillFailed = (names: string[], suite: TestRun, run: TestRun): string[] => {
  if (run.report.format === 'none') return run.exitCode === 0 ? [] : names;
  const failed = new Set(newlyFailed(suite, run));
  return names.filter((name) => failed.has(name));
};
const listed = (names: string[]): string =>
  names
    .slice(0, 5)
    .map((n) => `"${n.slice(0, 200)}"`)
    .join(', ');

/** Without the repair the red tests must be red again, or fall with their file. */
export function judgeReverted(wasRed: string[], suite: TestRun, run: TestRun): Violation | null {
  if (run.timedOut) return null;
  const passed =
    run.report.format === 'none'
      ? run.exitCode === 0
        ? wasRed
        : []
      : run.report.complete
        ? wasRed.filter((name) => (run.report.tests.get(name)?.passed ?? 0) > (suite.report.tests.get(name)?.passed ?? 0))
        : run.report.failed > suite.report.failed
          ? []
          : wasRed;
  return passed.length === 0
    ? null
    : {
        rule: 'test-passes-without-repair',
        detail: `${listed(passed)} pass even when everything that existed before is put back as it was, so they look at something new beside the bug: a flag, a marker, a file, or how often they ran. Test what the existing code does wrong.`,
      };
}

/** In another print of the same program the new tests must pass as before. */
export function judgeRePrint(wasRed: string[], suite: TestRun, run: TestRun): Violation | null {
  const failed = run.timedOut ? wasRed : stillFailed(wasRed, suite, run);
  const missing =
    run.report.complete && failed.length === 0 ? wasRed.filter((name) => (run.report.tests.get(name)?.passed ?? 0) === 0) : [];
  const names = [...failed, ...missing];
  return names.length === 0
    ? null
    : {
        rule: 'test-reads-source',
        detail: `${listed(names)} fail when the fix is printed in other letters with the same meaning (no comments, other local names), so they read the source instead of calling it. Test what the code does.`,
      };
}

/**
 * In another order every new test must pass as it did. Tests of the base are not asked: whether they bear a new one in
 * front of them is not the change's to prove.
 */
export function judgeOtherOrder(suite: TestRun, green: TestRun, run: TestRun): Violation | null {
  const passed = (of: TestRun, name: string): number => of.report.tests.get(name)?.passed ?? 0;
  const fresh = [...green.report.tests.keys()].filter((name) => passed(green, name) > passed(suite, name));
  const lost =
    run.timedOut || (run.report.format === 'none' && run.exitCode !== 0)
      ? [command]
      : run.report.complete
        ? fresh.filter((name) => passed(run, name) < passed(green, name))
        : newlyFailed(green, run);
  return lost.length === 0
    ? null
    : {
        rule: 'test-depends-on-order',
        detail: `${listed(lost)} do not pass when the new tests run in another order. Each test has to stand alone: let it make what it needs, and take away what it leaves.`,
      };
}

/** Every canary must be seen to fail. */
export function judgeCanary(canary: Canary, run: TestRun): Violation | null {
  if (run.timedOut) return null;
  const failed = [...run.report.tests].filter(([, c]) => c.failed > 0).map(([name]) => name);
  const survived = canary.names.filter((name) => !failed.some((f) => f.endsWith(name)));
  return survived.length === 0
    ? null
    : {
        rule: 'assertions-patched',
        detail: `Assertions that cannot hold did not fail once the changed modules were loaded: ${listed(survived.map((name) => name.split(' ').at(-1) ?? ''))}. The change reaches into the assertion library, its globals or its runner. Leave them alone.`,
      };
}
