import { readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isReeveError } from '@reeve/agent';
import { isFinal, type TaskState, taskTransitions } from '@reeve/core/vocabulary';
import { type Kit, maxRounds, messageOf, roundMs, wasInterrupted } from '../fleet/kit.ts';
import { questions, wordsIn } from '../model/prompts.ts';
import { Checkout } from '../work/checkout.ts';
import { sourceOf, tests, toolOf } from '../work/fix.ts';
import { count } from '../work/suite.ts';
import { firstTasks, type Planned, roundTasks } from './plan.ts';

/** What the planner remembers over restarts: which of its tasks may still be open, and how far it has come. */
type Memory = { round: number; open: Record<string, string>; planned: Record<string, string> };

/** Above this many open tasks nothing is added: the team is behind, more work would only pile up. */
const maxOpen = 40;

/** Reads the library, plans the work, and from then on adds a little in every round, unless enough is open. */
export async function planner(kit: Kit, slot: string): Promise<never> {
  const { agent, settings } = kit;
  const checkout = await Checkout.open(settings.places, slot, agent.name, () => agent.turnSignal);
  const file = join(dirname(checkout.path), 'plan.json');
  const memory: Memory = await readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as Memory,
    () => ({ round: 0, open: {}, planned: {} }),
  );
  // What may be done again at each start; fixes and their reviews are on branches and stay known.
  for (const key of Object.keys(memory.planned)) if (!/^(fix|review):/.test(key)) delete memory.planned[key];
  let main = '';
  let failing: string[] = [];
  for (let rounds = 0; ; ) {
    agent.beginTurn();
    try {
      await forgetFinished(kit, memory);
      const before = main;
      main = await checkout.toMain();
      if (before !== main) {
        await kit.step('reading the library and running the reports');
        failing = await failingReports(kit, checkout);
      }
      if (rounds >= maxRounds && before === main) await kit.step('nothing new on main: the plan is done');
      else await planRound(kit, checkout, memory, { main, failing, isFirst: rounds === 0 });
      rounds++;
      await save(file, memory);
      await kit.linger(roundMs(rounds));
    } catch (error) {
      if (!wasInterrupted(kit)) kit.note(messageOf(error));
      await kit.linger(10_000, agent.signal);
    }
  }
}

type Seen = { main: string; failing: string[]; isFirst: boolean };

async function planRound(kit: Kit, checkout: Checkout, memory: Memory, { main, failing, isFirst }: Seen): Promise<void> {
  const open = Object.keys(memory.open).length;
  await kit.step('planning a round');
  const tools = (await checkout.list('src/tools')).map(toolOf);
  const wanted = [...firstTasks({ tools, failing, known: memory.planned }), ...(isFirst ? [] : roundTasks(memory.round, tools, failing))];
  const room = Math.max(0, maxOpen - open);
  const isNew = wanted.filter((task) => !(task.key in memory.open)).slice(0, room);
  if (isNew.length > 0 && memory.round % 5 === 0) kit.note(wordsIn(await kit.ask(questions.plan({ tools, failing, open }))).slice(0, 400));

  // A review waits for its fix, so the fix comes first and its id is known.
  for (const task of isNew) {
    await kit.step(`adding "${task.title}"`);
    await add(kit, memory, task, main);
    await kit.linger(1_200);
  }
  memory.round++;
  const total = open + isNew.length;
  await kit.step(total ? `${count(total, 'task')} open, ${count(failing.length, 'report')} still failing on main` : 'nothing is open');
}

async function add(kit: Kit, memory: Memory, task: Planned, main: string): Promise<void> {
  const before = task.after === undefined ? undefined : memory.planned[task.after];
  const { id } = await kit.agent.tasks.add({
    title: task.title,
    body: `${task.body}\n\nmain was at ${main.slice(0, 12)} when this was planned.`,
    labels: ['demo', task.team, task.kind, `on:${task.subject}`],
    priority: task.priority,
    maxAttempts: 3,
    ...(before === undefined ? {} : { dependsOn: [before] }),
  });
  memory.open[task.key] = id;
  if (task.once) memory.planned[task.key] = id;
}

/** Reports that fail on `main` now, by really running them. */
async function failingReports(kit: Kit, checkout: Checkout): Promise<string[]> {
  const run = await tests(kit, checkout, ['reports']);
  if (run.failed === 0) return [];
  const failed = new Set(run.failures.map((failure) => failure.name));
  const out: string[] = [];
  for (const name of await checkout.list('reports')) {
    const text = await checkout.read(`reports/${name}`);
    const title = /^it\('(.*)',/m.exec(text)?.[1];
    if (title && failed.has(title) && sourceOf(text)) out.push(name.replace(/\.test\.ts$/, ''));
  }
  return out;
}

async function forgetFinished(kit: Kit, memory: Memory): Promise<void> {
  for (const [key, id] of Object.entries(memory.open)) {
    const state = await kit.agent.tasks.get(id).then(
      (task) => task.state as TaskState,
      (error) => {
        // A database that was emptied knows none of them; anything else is worth another look later.
        if (isReeveError(error, 'not_found')) return undefined;
        throw error;
      },
    );
    if (state === undefined) {
      delete memory.open[key];
      delete memory.planned[key];
    } else if (isFinal(taskTransitions, state) || ['failed', 'dead-letter', 'cancelled'].includes(state)) delete memory.open[key];
  }
}

async function save(file: string, memory: Memory): Promise<void> {
  await writeFile(`${file}.new`, JSON.stringify(memory));
  await rename(`${file}.new`, file);
}
