import type { ClaimedTask } from '@reeve/agent';
import type { Kit } from '../fleet/kit.ts';
import { questions, wordsIn } from '../model/prompts.ts';
import type { Checkout } from './checkout.ts';
import { AttemptFailed, answerOf, fixReport, tests } from './fix.ts';
import { describeRun, isGreen, isRed } from './suite.ts';

/** What a task of a kind asks for, in labels (`kind`, and the tool or report) that the planner wrote. */
export type Job = { kind: JobKind | undefined; subject: string };
export type JobKind = 'fix' | 'recheck' | 'suite' | 'cover' | 'review' | 'read';
export type Result = { outcome: string; [key: string]: string };
type Work = (kit: Kit, checkout: Checkout, subject: string, task: ClaimedTask) => Promise<Result>;

export const jobOf = (task: { labels: string[] }): Job => {
  const kind = (Object.keys(works) as JobKind[]).find((k) => task.labels.includes(k));
  return { kind, subject: task.labels.find((label) => label.startsWith('on:'))?.slice('on:'.length) ?? '' };
};

export function doJob(kit: Kit, checkout: Checkout, task: ClaimedTask): Promise<Result> {
  const { kind, subject } = jobOf(task);
  return kind && subject ? works[kind](kit, checkout, subject, task) : answerTask(kit, task);
}

const works: Record<JobKind, Work> = {
  /** A coder repairs what a report reproduces. The last attempt takes the prepared answer, so that no task hangs for ever. */
  async fix(kit, checkout, name, task): Promise<Result> {
    const { attempts, maxAttempts, failures } = task.view;
    const how = { attempt: attempts, lastError: failures.at(-1)?.error, prepared: attempts >= maxAttempts };
    const fix = await fixReport(kit, checkout, name, how);
    if (!fix) return { outcome: 'nothing to do: the report passes on main' };
    await checkout.push(`fix/${name}`);
    return { outcome: `fixed on branch fix/${name}`, commit: fix.fixCommit, finding: fix.finding, suite: fix.run };
  },

  /** A coder looks whether an approved fix still fits, now that `main` may have moved. */
  async recheck(kit, checkout, name): Promise<Result> {
    await kit.step(`bringing fix/${name} onto today's main`);
    const main = await checkout.toMain();
    const tip = await checkout.fetchHub(`reviewed/${name}`);
    if (!tip) return { outcome: `no reviewed fix of ${name} yet` };
    const report = `reports/${name}.test.ts`;
    if (isGreen(await tests(kit, checkout, [report]))) return { outcome: 'main has it already', main };
    await kit.linger(25_000);
    const fits = await checkout.git('cherry-pick', '--no-commit', `${tip}~2..${tip}`).then(
      () => true,
      () => false,
    );
    kit.agent.turnSignal.throwIfAborted();
    if (!fits) return { outcome: 'conflicts with main', main };
    await kit.step(`running ${report} with the fix on today's main`);
    const run = await tests(kit, checkout, [report]);
    await kit.linger(15_000);
    return { outcome: isGreen(run) ? 'still fits main' : 'does not hold on main', main, run: describeRun(run) };
  },

  /** A tester runs the tests of one tool and asks what is missing; `all` is the whole suite. */
  async suite(kit, checkout, tool): Promise<Result> {
    await kit.step(`fetching main to test ${tool}`);
    const main = await checkout.toMain();
    const path = tool === 'all' ? 'test' : `test/${tool}.test.ts`;
    await kit.step(`running ${path}`);
    const run = await tests(kit, checkout, [path]);
    kit.note(`${tool}: ${describeRun(run)}`);
    if (!isGreen(run)) throw new AttemptFailed(describeRun(run));
    if (tool === 'all') {
      await kit.linger(30_000);
      return { outcome: describeRun(run), main };
    }
    await kit.step(`${describeRun(run)}; reading what the tests of ${tool} leave out`);
    const source = { path: `src/tools/${tool}.ts`, content: await checkout.read(`src/tools/${tool}.ts`) };
    const test = { path, content: await checkout.read(path) };
    const missing = wordsIn(await kit.ask(questions.suite({ run: describeRun(run), source, test }))).slice(0, 600);
    await kit.linger(40_000);
    return { outcome: describeRun(run), missing, main };
  },

  /** A tester writes one more test with generated inputs. A counterexample is a good result, not a failure. */
  async cover(kit, checkout, tool): Promise<Result> {
    await kit.step(`reading ${tool} for a test with generated inputs`);
    await checkout.toMain();
    const source = { path: `src/tools/${tool}.ts`, content: await checkout.read(`src/tools/${tool}.ts`) };
    const { finding, files } = await answerOf(kit, questions.cover({ tool, source }), false);
    const [path, content] = [...files].find(([p]) => /^test\/[\w.-]+\.test\.ts$/.test(p)) ?? [];
    if (!path || content === undefined) return { outcome: finding };
    await kit.step(`running ${path} with generated inputs`);
    await checkout.startBranch(`tests/${tool}`);
    await checkout.write(path, content);
    const run = await tests(kit, checkout, [path]);
    kit.note(`${path}: ${describeRun(run)}`);
    await kit.linger(45_000);
    if (isRed(run)) return { outcome: 'counterexample found', test: path, detail: describeRun(run) };
    if (!isGreen(run)) throw new AttemptFailed(`the test cannot run: ${describeRun(run)}`);
    await checkout.commit(`${tool}: a test with generated inputs`, finding);
    await checkout.push(`tests/${tool}`);
    return { outcome: `passes; on branch tests/${tool}`, test: path, detail: describeRun(run) };
  },

  /** A reviewer reads the diff of a fix, runs the suite on it, and marks the branch as reviewed. */
  async review(kit, checkout, name): Promise<Result> {
    await kit.step(`fetching fix/${name} to review it`);
    const main = await checkout.toMain();
    const tip = await checkout.fetchHub(`fix/${name}`);
    if (!tip) return { outcome: `there is no branch fix/${name}: the report passes already` };
    const base = (await checkout.git('merge-base', main, tip)).trim();
    const diff = await checkout.diff(base, tip);
    const lines = diff.split('\n').filter((line) => /^[+-](?![+-])/.test(line)).length;
    await kit.step(`reading ${lines} changed lines of fix/${name}`);
    await kit.linger(40_000);
    await checkout.at(tip);
    await kit.step(`running the suite on fix/${name}`);
    const run = await tests(kit, checkout, ['test']);
    const opinion = wordsIn(await kit.ask(questions.review({ branch: `fix/${name}`, diff, run: describeRun(run) })));
    // The suite decides; an opinion alone approves nothing.
    const approved = isGreen(run) && /^\W*APPROVE/i.test(opinion);
    if (approved) await checkout.push(`reviewed/${name}`);
    kit.note(`fix/${name}: ${opinion.slice(0, 200)}`);
    return { outcome: approved ? 'approved' : 'changes wanted', comment: opinion.slice(0, 600), commit: tip, suite: describeRun(run) };
  },

  /** A reviewer reads a tool as it stands, with its tests. */
  async read(kit, checkout, tool): Promise<Result> {
    await kit.step(`reading ${tool} with its tests`);
    const main = await checkout.toMain();
    const empty = (await checkout.git('hash-object', '-t', 'tree', '--stdin')).trim();
    const diff = await checkout.git('diff', '--no-color', empty, main, '--', `src/tools/${tool}.ts`, `test/${tool}.test.ts`);
    const run = await tests(kit, checkout, [`test/${tool}.test.ts`]);
    const opinion = wordsIn(await kit.ask(questions.review({ branch: `main, ${tool} as it stands`, diff, run: describeRun(run) })));
    await kit.linger(40_000);
    return { outcome: /^\W*APPROVE/i.test(opinion) ? 'nothing to say' : 'something to do', comment: opinion.slice(0, 600), main };
  },
};

/** A task that somebody else added, by hand: the model answers it in words. */
async function answerTask(kit: Kit, task: ClaimedTask): Promise<Result> {
  await kit.step(`thinking about "${task.title}"`);
  const answer = await kit.ask(questions.answer({ title: task.title, body: task.body ?? '' }));
  return { outcome: 'answered', answer: answer.slice(0, 4_000) };
}
