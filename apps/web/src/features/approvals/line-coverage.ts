import type { LineCoverage } from '@reeve/core/vocabulary';
import { plural } from '@/vocabulary/format';

/** By path: the changed lines that can run and that no test ran in full. Files of which all ran are left out. */
export function idleLines(coverage: LineCoverage | undefined): ReadonlyMap<string, ReadonlySet<number>> {
  const files = coverage?.files.filter((f) => f.uncovered.length > 0) ?? [];
  return new Map(files.map((f) => [f.path, new Set(f.uncovered)]));
}

const toldBy = 'The processes of the tests say so, and they run the agent’s code too: it can raise the level, never lower it.';

/** What the tests ran, for a reader, with whose word it is. */
export function coverageSentence({ state, files }: LineCoverage): string {
  const lines = files.reduce((sum, f) => sum + f.lines, 0);
  const covered = files.reduce((sum, f) => sum + f.covered, 0);
  switch (state) {
    case 'measured': {
      const counted = `${covered === lines ? 'All' : `${covered} of`} ${lines} changed lines that can run were run by the tests.`;
      const one = `The one changed line that can run was ${covered ? '' : 'not '}run by the tests.`;
      return `${lines === 1 ? one : counted} ${toldBy}`;
    }
    case 'silent':
      return `The test gate reports what it runs on the base and said nothing with the change: none of ${plural(lines, 'changed line')} counts as run.`;
    case 'unreadable':
      return 'What the tests ran could not be brought back to the changed lines; half of them count as run.';
    case 'unknown':
      return 'The test gate does not report which lines it runs; half of the changed ones count as run.';
    case 'nothing-to-run':
      return 'No changed line is of JavaScript or TypeScript that can run; half of them count as run.';
  }
}

/** Beside a file of the list. */
export function coverageNote(coverage: LineCoverage | undefined, path: string): string {
  const file = coverage?.files.find((f) => f.path === path);
  return file ? ` · ${file.covered} of ${file.lines} run` : '';
}
