/** Directories and names that test runners look in by themselves (node:test, vitest, jest, pytest, go). */
const testDirectories = new Set(['test', 'tests', '__tests__', 'spec', 'specs', '__snapshots__']);
const testNames: readonly RegExp[] = [
  /\.(test|spec)\.[^.]+$/,
  /[-_](test|spec)\.[^.]+$/,
  /^test[-_][^/]*\.[^.]+$/,
  /^test\.[^.]+$/,
  /\.snap$/,
];

/**
 * Whether a path is a test by its name: the test patch may touch only these, the fix patch none of them.
 *
 * Use it wherever tests and source have different rights; what a file holds is never asked.
 *
 * @example
 * isTestPath('src/csv.spec.ts'); // → true
 * isTestPath('tests/helpers.ts'); // → true
 * isTestPath('src/contest.ts'); // → false
 */
export function isTestPath(path: string): boolean {
  const parts = path.toLowerCase().split('/');
  const name = parts.pop() ?? '';
  return parts.some((part) => testDirectories.has(part)) || testNames.some((pattern) => pattern.test(name));
}
