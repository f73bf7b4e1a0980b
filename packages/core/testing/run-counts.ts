/** How often properties are tried: enough at every run of the tests, many more on demand (docs/guides/proofs.md). */
const asked = (globalThis as { process?: { env: Record<string, string | undefined> } }).process?.env ?? {};
const count = (name: string, atEveryRun: number): number => Number(asked[name]) || atEveryRun;

/** Histories recorded and checked for each primitive: `REEVE_HISTORIES`. */
export const historyRuns = count('REEVE_HISTORIES', 2_000);
/** Runs of each model-based or scheduled property: `REEVE_PROPERTY_RUNS`. */
export const propertyRuns = count('REEVE_PROPERTY_RUNS', 2_000);
