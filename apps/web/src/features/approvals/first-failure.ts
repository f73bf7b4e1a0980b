/** How test runners, compilers and linters begin the line that says what went wrong. */
const failure = /^\s*(?:not ok\b|FAIL\b|✗|✖|×|❌|[A-Za-z.]*Error\b|error(?:\[|:| TS)|panicked at|assert(?:ion)?\b.*fail)/i;

/** The line that a person looks for in a red output; null where none looks like it. */
export function firstFailure(lines: readonly string[]): number | null {
  const at = lines.findIndex((l) => failure.test(l));
  return at < 0 ? null : at;
}
