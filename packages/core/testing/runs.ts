/** What is run many times, with the variable that sets how many. */
const variables = {
  /** Runs of a fast-check property. */
  property: 'REEVE_PROPERTY_RUNS',
  /** Seeds of the simulated world. */
  sim: 'REEVE_SIM_RUNS',
  /** Histories that are checked for linearizability. */
  history: 'REEVE_HISTORY_RUNS',
  /** Entries of the ledger at scale. */
  ledger: 'REEVE_LEDGER_ENTRIES',
} as const;

// The core has no types of Node; outside of it (a browser) there is no environment either.
const env: Record<string, string | undefined> =
  (globalThis as { process?: { env: Record<string, string | undefined> } }).process?.env ?? {};

/**
 * How often to run: `usual` at every CI run, more on demand (`REEVE_PROPERTY_RUNS=100000 npx vitest run …`), few where
 * every test is run for every mutant. Throws on anything that is not a whole number above zero.
 */
export function runsOf(what: keyof typeof variables, usual: number): number {
  const told = env[variables[what]];
  if (told === undefined || told === '') return usual;
  if (!/^[1-9]\d*$/.test(told)) throw new Error(`${variables[what]} is ${told}, not a number of runs`);
  return Number(told);
}

/**
 * How often a counter that stood at `expected` after the `usual` runs must have counted: in proportion where there were
 * more, and nothing where there were fewer, since chance then decides.
 */
export const sometimes = (expected: number, runs: number, usual: number): number =>
  runs < usual ? 0 : Math.floor((expected * runs) / usual);
