import { summariseTap } from '../tools/tap-summary.ts';
import { plural, truncate } from '../tools/text.ts';

/** What a tester says about a run, in one line. */
export function reportRun(name: string, tap: string): string {
  const { passed, failed, failures } = summariseTap(tap);
  if (failed === 0) return `${name}: ${plural(passed, 'test')} passed`;
  return truncate(`${name}: ${plural(failed, 'test')} failed (${failures.join(', ')})`, 200);
}
