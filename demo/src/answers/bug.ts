/** A replacement in a source file: the first text must stand there exactly once. */
export type Edit = readonly [from: string, to: string];

/**
 * One seeded bug, with what a good engineer would answer. Only the scripted model reads these; the agents see reports,
 * sources and test runs, and put every answer to the test, whoever gave it.
 */
export type SeededBug = {
  /** Also the name of the report and of the branch. */
  name: string;
  /** The source file it is in. */
  file: string;
  /** What is wrong, in one sentence. */
  finding: string;
  /** The fix. */
  edits: readonly Edit[];
  /** A first try that looks right and is not: the tests find out. */
  wrongFirst?: readonly Edit[];
  /** The regression test, where no report holds one. */
  test?: string;
  /** What a reviewer says of the fix. */
  review: string;
};

/** The source with all edits made, or undefined where one of them does not fit (the bug is not in this source). */
export function applyEdits(source: string, edits: readonly Edit[]): string | undefined {
  let out = source;
  for (const [from, to] of edits) {
    const at = out.indexOf(from);
    if (at < 0 || out.indexOf(from, at + 1) >= 0) return undefined;
    out = out.slice(0, at) + to + out.slice(at + from.length);
  }
  return out;
}
