export type TapSummary = { passed: number; failed: number; failures: string[] };

const result = /^\s*(not )?ok \d+ - (.*)$/;

/** Counts the tests in the TAP output of a test run, and names those that failed. */
export function summariseTap(tap: string): TapSummary {
  const summary: TapSummary = { passed: 0, failed: 0, failures: [] };
  for (const line of tap.split('\n')) {
    const found = result.exec(line);
    if (!found) continue;
    const name = (found[2] ?? '').trim();
    if (found[1]) {
      summary.failed++;
      summary.failures.push(name);
    } else {
      summary.passed++;
    }
  }
  return summary;
}
