// The simulated world from the command line (docs/guides/simulation.md):
//   pnpm sim --seed 42 [--shrink]                         one world, a line a step
//   pnpm sim --runs 100000 [--from 1] [--workers 2]       many, with what they came to
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { addTotals, noTotals, runMany, type Totals, told } from './many.ts';
import { runSchedule } from './run.ts';
import { shortestOf } from './shrink.ts';
import { neverHit, sometimesNames } from './sometimes.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    shrink: { type: 'boolean', default: false },
    runs: { type: 'string', default: '20000' },
    from: { type: 'string', default: '1' },
    workers: { type: 'string', default: String(Math.min(2, availableParallelism())) },
    part: { type: 'boolean', default: false },
  },
});
const whole = (name: string, text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`--${name} ${text} is not a whole number`);
  return Number(text);
};

/** Small parts, so that workers end together and a failure is told soon. */
const partRuns = 2_000;

async function one(seed: number): Promise<void> {
  const shortest = values.shrink ? await shortestOf(seed) : null;
  const mostSteps = shortest?.steps ?? Number.POSITIVE_INFINITY;
  const { steps, hash, violation } = await runSchedule(seed, { line: (text) => console.log(text), mostSteps });
  console.log(`\nseed ${seed}: ${steps} steps${shortest ? ' (shortened)' : ''}, trace ${hash}`);
  if (!violation) return;
  console.log(`broke ${violation.id}: ${violation.detail}`);
  process.exitCode = 1;
}

/** A child process for each core; each plays part after part and answers with what it came to. */
async function many(from: number, runs: number, workers: number): Promise<void> {
  const totals = noTotals();
  const began = performance.now();
  let next = from;
  const work = async (): Promise<void> => {
    const child = fork(fileURLToPath(import.meta.url), ['--part'], { execArgv: process.execArgv });
    while (next < from + runs && totals.failures.length === 0) {
      const part = { from: next, runs: Math.min(partRuns, from + runs - next) };
      next += part.runs;
      addTotals(totals, await answer(child, part));
    }
    child.disconnect();
  };
  await Promise.all(Array.from({ length: workers }, work));
  const seconds = (performance.now() - began) / 1000;
  for (const name of sometimesNames) console.log(`${String(totals.counts[name] ?? 0).padStart(12)}  ${name}`);
  const never = neverHit(totals.counts);
  console.log(
    `\n${totals.runs} schedules, ${totals.steps} steps in ${seconds.toFixed(1)} s: ${(totals.runs / seconds).toFixed(0)} a second with ${workers} workers`,
  );
  for (const failure of totals.failures) console.log(told(failure));
  if (never.length && totals.runs >= 20_000) console.log(`never seen: ${never.join(', ')}`);
  process.exitCode = totals.failures.length || (never.length && totals.runs >= 20_000) ? 1 : 0;
}
function answer(child: ReturnType<typeof fork>, part: { from: number; runs: number }): Promise<Totals> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`a worker ended with ${code} at the seeds from ${part.from}`));
    child.once('exit', ended);
    child.once('message', (totals) => {
      child.off('exit', ended);
      resolve(totals as Totals);
    });
    child.send(part);
  });
}

if (values.part) {
  process.on(
    'message',
    ({ from, runs }: { from: number; runs: number }) => void runMany(from, runs).then((totals) => process.send?.(totals)),
  );
} else if (values.seed !== undefined) await one(whole('seed', values.seed));
else await many(whole('from', values.from), whole('runs', values.runs), Math.max(1, whole('workers', values.workers)));
