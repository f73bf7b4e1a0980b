import type { Kit } from '../fleet/kit.ts';
import { filesIn, type Question, questions, wordsIn } from '../model/prompts.ts';
import type { Checkout } from './checkout.ts';
import { count, describeRun, isGreen, isRed, runSuite, type SuiteRun } from './suite.ts';

/** An attempt that the tests refused. The task is tried again, by whoever claims it next. */
export class AttemptFailed extends Error {}

export type Fix = {
  name: string;
  finding: string;
  source: string;
  test: string;
  /** What the test says. */
  promise: string;
  /** Commits: before, with the test alone, with test and fix. */
  base: string;
  testCommit: string;
  fixCommit: string;
  run: string;
};
type Attempt = { attempt: number; lastError?: string | undefined; prepared: boolean };

/** The source file that a test is about: the first one it imports. */
export const sourceOf = (test: string): string | undefined => /from '\.\.\/(src\/[^']+)'/.exec(test)?.[1];

/**
 * Repairs what a report reproduces, test first: the report becomes a test of the suite, which must fail by assertion;
 * then the model's source must turn it green. Undefined where the report passes already.
 */
export async function fixReport(kit: Kit, checkout: Checkout, name: string, how: Attempt): Promise<Fix | undefined> {
  const reportPath = `reports/${name}.test.ts`;
  await kit.step(`fetching main to look at the report ${name}`);
  const base = await checkout.toMain();
  const report = await checkout.read(reportPath).catch(() => undefined);
  const source = report && sourceOf(report);
  if (!report || !source) throw new AttemptFailed(`there is no report ${name}, or it imports no source`);

  await kit.step(`running the reproduction of ${name}`);
  const seen = await tests(kit, checkout, [reportPath]);
  if (isGreen(seen)) return undefined;
  if (!isRed(seen)) throw new AttemptFailed(`the report fails, but not by an assertion: ${describeRun(seen)}`);
  await kit.linger(20_000);

  await kit.step(`reading ${source}: ${seen.failures[0]?.error ?? 'it fails'}`);
  const question = questions.fix({
    report: { path: reportPath, content: report },
    source: { path: source, content: await checkout.read(source) },
    failure: describeRun(seen),
    attempt: how.attempt,
    lastError: how.lastError,
  });
  const { finding, files } = await answerOf(kit, question, how.prepared);
  await kit.linger(20_000);
  const test = { path: `test/${name}.test.ts`, content: report };
  return proveFix(kit, checkout, { name, finding, base, test, source, fixed: files.get(source), alsoRun: [reportPath] });
}

export type Proof = {
  name: string;
  finding: string;
  base: string;
  test: { path: string; content: string };
  source: string;
  fixed: string | undefined;
  alsoRun?: string[];
};

/** Red with the test alone, green with the fix, nothing else broken: or the attempt has failed. */
export async function proveFix(kit: Kit, checkout: Checkout, proof: Proof): Promise<Fix> {
  const { name, test, source, fixed } = proof;
  if (!fixed) throw new AttemptFailed(`the answer holds no corrected ${source}`);
  await checkout.startBranch(`fix/${name}`);

  await kit.step(`writing ${test.path} first: it has to fail`);
  await checkout.write(test.path, test.content);
  await kit.linger(8_000);
  const red = await tests(kit, checkout, [test.path]);
  if (!isRed(red)) throw new AttemptFailed(`the new test does not fail by an assertion before the fix: ${describeRun(red)}`);
  const testCommit = await checkout.commit(`${toolOf(source)}: a test that fails: ${red.failures[0]?.name ?? name}`);

  await kit.step(`correcting ${source}`);
  await checkout.write(source, fixed);
  await kit.linger(12_000);
  const paths = [test.path, ...(proof.alsoRun ?? [])];
  await kit.step(`running ${paths.join(' and ')}`);
  const own = await tests(kit, checkout, paths);
  if (!isGreen(own)) throw new AttemptFailed(`the fix does not hold: ${describeRun(own)}`);

  const known = await checkout.list('test');
  await kit.step(`running the whole suite, ${count(known.length, 'file')}`);
  const whole = await tests(kit, checkout, ['test']);
  if (!isGreen(whole)) throw new AttemptFailed(`the fix breaks something else: ${describeRun(whole)}`);
  const fixCommit = await checkout.commit(`${toolOf(source)}: ${name.replaceAll('-', ' ')}`, proof.finding);
  kit.note(`${name}: red before, green after; ${describeRun(whole)}`);
  const promise = red.failures[0]?.name ?? name;
  return {
    name,
    promise,
    finding: proof.finding,
    source,
    test: test.path,
    base: proof.base,
    testCommit,
    fixCommit,
    run: describeRun(whole),
  };
}

export async function answerOf(kit: Kit, question: Question, prepared: boolean): Promise<{ finding: string; files: Map<string, string> }> {
  const answer = await kit.ask(question, { prepared });
  return { finding: wordsIn(answer).slice(0, 600) || 'No reason was given.', files: filesIn(answer) };
}

/** Runs tests as a tool call of this agent. */
export function tests(kit: Kit, checkout: Checkout, paths: string[]): Promise<SuiteRun> {
  kit.agent.toolExecuted();
  return runSuite(checkout.path, kit.settings.tools, paths, kit.agent.turnSignal);
}

export const toolOf = (source: string): string => source.split('/').at(-1)?.replace(/\.ts$/, '') ?? source;
