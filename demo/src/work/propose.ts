import type { Kit } from '../fleet/kit.ts';
import { questions } from '../model/prompts.ts';
import { run } from '../shell/run.ts';
import type { Checkout } from './checkout.ts';
import { AttemptFailed, answerOf, type Fix, proveFix, sourceOf, tests, toolOf } from './fix.ts';
import { describeRun, isGreen, isRed } from './suite.ts';

export type Proposal = { name: string; title: string; reason: string; testPatch: string; fixPatch: string };

const ownTool = { name: 'tap-summary-suites', source: 'src/tools/tap-summary.ts' };

/**
 * The toolsmith checks the tool she counts tests with against what the runner itself says. Where they differ she
 * repairs the tool in her own clone. Undefined where they agree.
 */
export async function checkOwnTool(kit: Kit, checkout: Checkout): Promise<Proposal | undefined> {
  const { tools } = kit.settings;
  await kit.step('fetching main to check my own tool, tap-summary');
  const base = await checkout.toMain();
  await kit.step('running the whole suite, to count it with tap-summary');
  const suite = await tests(kit, checkout, ['test']);
  const said = /^# pass (\d+)$/m.exec(suite.tap)?.[1];
  if (said === undefined) throw new AttemptFailed('the suite printed no total');

  await kit.step('counting the same run with tap-summary');
  const counted = await run(process.execPath, ['--import', tools.tsxUrl, 'src/agents/cli.ts', 'tap-summary'], {
    cwd: checkout.path,
    stdin: suite.tap,
    signal: kit.agent.turnSignal,
  });
  kit.agent.toolExecuted();
  const summary = JSON.parse(counted.stdout || '{}') as { passed?: number };
  if (summary.passed === Number(said)) return undefined;

  const evidence = `The runner says that ${said} tests passed; tap-summary counts ${summary.passed}.`;
  kit.note(evidence);
  await kit.step(`looking for the bug in my own tool: ${evidence}`);
  const source = await checkout.read(ownTool.source);
  const question = questions.ownTool({ source: { path: ownTool.source, content: source }, evidence, excerpt: suite.tap.slice(0, 2_000) });
  // A paid model gets one try; then the prepared answer, so that an operator has something to decide soon.
  for (const prepared of [false, true]) {
    const { finding, files } = await answerOf(kit, question, prepared);
    const test = [...files.keys()].find((path) => /^test\/[\w.-]+\.test\.ts$/.test(path));
    try {
      if (!test) throw new AttemptFailed('the answer holds no test');
      if ((await checkout.list('test')).includes(test.slice('test/'.length))) throw new AttemptFailed(`${test} exists already`);
      const content = files.get(test) ?? '';
      const fix = await proveFix(kit, checkout, {
        ...ownTool,
        finding,
        base,
        test: { path: test, content },
        fixed: files.get(ownTool.source),
      });
      return proposalOf(checkout, fix, `${evidence} ${finding}`);
    } catch (error) {
      if (!(error instanceof AttemptFailed) || prepared) throw error;
      kit.note(`first try: ${error.message}`);
      await checkout.at(base);
    }
  }
  return undefined;
}

/**
 * A fix that a coder made and a reviewer approved, brought onto today's `main` and proved there once more. Undefined
 * where it is merged already, or does not fit any more.
 */
export async function bringReviewed(kit: Kit, checkout: Checkout, name: string): Promise<Proposal | undefined> {
  await kit.step(`fetching the reviewed fix ${name}`);
  const base = await checkout.toMain();
  const tip = await checkout.fetchHub(`reviewed/${name}`);
  if (!tip) return undefined;
  const [testCommit, fixCommit] = [`${tip}~1`, tip];
  const path = `test/${name}.test.ts`;
  if ((await checkout.list('test')).includes(`${name}.test.ts`)) return undefined;
  await checkout.startBranch(`propose/${name}`);
  try {
    await checkout.git('cherry-pick', testCommit);
    await kit.step(`checking on today's main: ${path} fails without the fix`);
    const alone = await tests(kit, checkout, [path]);
    if (!isRed(alone)) return undefined;
    const red = (await checkout.git('rev-parse', 'HEAD')).trim();
    await checkout.git('cherry-pick', fixCommit);
    await kit.step(`checking on today's main: the whole suite passes with the fix of ${name}`);
    const whole = await tests(kit, checkout, ['test']);
    if (!isGreen(whole)) return undefined;
    const test = await checkout.read(path);
    const finding = (await checkout.git('log', '-1', '--format=%b', tip)).trim() || `The report ${name} fails.`;
    const source = sourceOf(test) ?? '';
    const promise = alone.failures[0]?.name ?? name;
    const fix: Fix = { name, promise, finding, source, test: path, base, testCommit: red, fixCommit: 'HEAD', run: describeRun(whole) };
    return proposalOf(checkout, fix, `Reported by users, reproduced in reports/${name}.test.ts, fixed by a coder, reviewed. ${finding}`);
  } catch (error) {
    kit.agent.turnSignal.throwIfAborted();
    kit.note(`${name} does not fit today's main: ${error instanceof Error ? error.message : error}`);
    await checkout.git('cherry-pick', '--abort').catch(() => {});
    return undefined;
  }
}

async function proposalOf(checkout: Checkout, fix: Fix, reason: string): Promise<Proposal> {
  return {
    name: fix.name,
    title: `${toolOf(fix.source)}: ${fix.promise}`,
    reason: `${reason}\n\nIn my own clone the new test fails by assertion without the fix; with it: ${fix.run}.`,
    testPatch: await checkout.diff(fix.base, fix.testCommit),
    fixPatch: await checkout.diff(fix.testCommit, fix.fixCommit),
  };
}
