/** What a run of node's test runner said, read from its TAP output. */
export type TestRun = { passed: number; failed: number; failures: TestFailure[] };
export type TestFailure = {
  name: string;
  error: string;
  /** Failed by an assertion; anything else (a load error, a crash) proves nothing about the code under test. */
  byAssertion: boolean;
};

const result = /^\s*(not )?ok \d+ - (.*)$/;

/**
 * Counts tests, not suites. The sample library has a tool for the same purpose; agents trust this one, and one of them
 * finds out by comparison that the library's is wrong.
 */
export function readTap(tap: string): TestRun {
  const run: TestRun = { passed: 0, failed: 0, failures: [] };
  const lines = tap.split('\n');
  for (const [at, line] of lines.entries()) {
    const found = result.exec(line);
    if (!found) continue;
    const details = detailsBehind(lines, at);
    if (details.includes("type: 'suite'")) continue;
    if (!found[1]) {
      run.passed++;
      continue;
    }
    run.failed++;
    run.failures.push({
      name: found[2] ?? '',
      error: errorIn(details),
      byAssertion: details.includes("code: 'ERR_ASSERTION'"),
    });
  }
  return run;
}

/** The lines between `---` and `...` behind a result, without their indentation. */
function detailsBehind(lines: string[], at: number): string[] {
  const opening = lines[at + 1] ?? '';
  if (opening.trim() !== '---') return [];
  // An error text may hold a line of three dots itself; the one that closes stands as far in as the one that opened.
  const closing = opening.replace('---', '...');
  const end = lines.indexOf(closing, at + 2);
  return lines.slice(at + 2, end < 0 ? undefined : end).map((line) => line.trim());
}

/** The error in one line: `'src/tool' !== 'src'` says more than the sentence above it. */
function errorIn(details: string[]): string {
  const from = details.findIndex((line) => line.startsWith('error:'));
  if (from < 0) return 'failed';
  const head = details[from]?.slice('error:'.length).trim() ?? '';
  if (head !== '|-') return head.replace(/^'|'$/g, '');
  const to = details.findIndex((line, i) => i > from && /^(code|name): /.test(line));
  return details
    .slice(from + 1, to < 0 ? undefined : to)
    .filter((line) => line !== '' && line !== '+ actual - expected')
    .join(' ')
    .slice(0, 300);
}
