import { runSchedule } from './run.ts';
import { addCounts, type SometimesCounts } from './sometimes.ts';

export type Failure = { seed: number; id: string; detail: string };
/** What many schedules came to. `digest` mixes the hashes of all traces in the order of their seeds. */
export type Totals = { runs: number; steps: number; counts: SometimesCounts; failures: Failure[]; digest: number };

export const noTotals = (): Totals => ({ runs: 0, steps: 0, counts: {}, failures: [], digest: 0 });
export function addTotals(to: Totals, from: Totals): void {
  to.runs += from.runs;
  to.steps += from.steps;
  addCounts(to.counts, from.counts);
  to.failures.push(...from.failures);
  to.digest = (Math.imul(to.digest, 31) + from.digest) | 0;
}

/** Plays the seeds one after the other; stops at `mostFailures`, since one cause fails many seeds. */
export async function runMany(from: number, runs: number, mostFailures = 5): Promise<Totals> {
  const totals = noTotals();
  for (let seed = from; seed < from + runs && totals.failures.length < mostFailures; seed++) {
    const { steps, hash, violation, counts } = await runSchedule(seed);
    totals.runs += 1;
    totals.steps += steps;
    addCounts(totals.counts, counts);
    totals.digest = (Math.imul(totals.digest, 31) + Number.parseInt(hash.slice(0, 7), 16)) | 0;
    if (violation) totals.failures.push({ seed, ...violation });
  }
  return totals;
}

/** What somebody needs who has never seen this seed: the promise, what broke it, and how to see it happen. */
export const told = ({ seed, id, detail }: Failure): string =>
  `seed ${seed} broke ${id}: ${detail}\n  replay it: npx pnpm sim --seed ${seed}`;
