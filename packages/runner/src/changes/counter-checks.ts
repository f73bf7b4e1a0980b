import { randomBytes } from 'node:crypto';
import { type ChangedFile, gateNames, type Violation } from '@reeve/core/changes';
import type { RepositoryRef } from '@reeve/core/vocabulary';
import { type Canary, canaryBeside } from './canary.ts';
import { readFiles } from './candidate.ts';
import { counterFiles, treeWith } from './counter-trees.ts';
import { type GateRoom, type GateRun, runTests } from './gates.ts';
import { newlyFailed, type TestRun } from './judge.ts';
import { isModulePath } from './module-graph.ts';

export type CounterCheck = { name: string; run: GateRun; test: TestRun; violation: Violation | null };
type Subject = {
  base: string;
  candidate: string;
  testFiles: readonly ChangedFile[];
  fixFiles: readonly ChangedFile[];
  suite: TestRun;
  red: TestRun;
};

/**
 * What red and green alone cannot tell: whether it is the repair that the tests see (and no flag, marker or file beside
 * it), whether they see behaviour (and not source text), and whether assertions still bite. One check after another, up
 * to the first that fails.
 */
export async function* counterChecks(room: GateRoom, gates: RepositoryRef['gates'], subject: Subject): AsyncGenerator<CounterCheck> {
  const { git, clone, work } = room;
  const { base, candidate, fixFiles, suite, red } = subject;
  const wasRed = namesOfRed(suite, red);
  const { unrepaired, printed } = await counterFiles(git, clone, { base, candidate }, fixFiles);
  const tree = await git.line(['rev-parse', `${candidate}^{tree}`], { gitDir: clone.gitDir });
  const on = async (files: ReadonlyMap<string, string | null>) =>
    runTests(room, await treeWith(git, clone, tree, files, work.indexFile), gates);

  const reverted = await on(unrepaired);
  yield { name: gateNames.revertExisting, ...reverted, violation: judgeReverted(wasRed, suite, reverted.test) };
  if (printed.size > 0) {
    const other = await on(printed);
    yield { name: gateNames.rePrint, ...other, violation: judgeRePrint(wasRed, suite, other.test) };
  }
  const canary = red.report.format === 'none' ? null : await canaryOf(subject, room);
  if (canary) {
    const run = await on(new Map([[canary.path, canary.text]]));
    yield { name: gateNames.canary, ...run, violation: judgeCanary(canary, run.test) };
  }
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
const namesOfRed = (suite: TestRun, red: TestRun): string[] => (red.report.format === 'none' ? [command] : newlyFailed(suite, red));
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
