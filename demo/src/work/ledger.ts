import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

type Entry = { state: string; failures: number };
/** A change that failed (not refused, not rejected) may have met a busy machine: it gets two more tries. */
const maxFailures = 3;

/**
 * What became of proposals, kept over restarts. Nobody is asked twice: neither about what was decided, nor about what
 * an agent of an earlier start has proposed and an operator has still to decide.
 */
export class Ledger {
  private constructor(
    private readonly path: string,
    private readonly entries: Record<string, Entry>,
  ) {}
  static async open(folder: string): Promise<Ledger> {
    const path = join(folder, 'proposals.json');
    try {
      return new Ledger(path, JSON.parse(await readFile(path, 'utf8')) as Record<string, Entry>);
    } catch {
      // The first start, or a file that nobody can read any more: then a question may come twice.
      return new Ledger(path, {});
    }
  }
  /** Whether this needs no proposal any more. */
  has(name: string): boolean {
    const entry = this.entries[name];
    return entry !== undefined && (entry.state !== 'failed' || entry.failures >= maxFailures);
  }
  async record(name: string, state: string): Promise<void> {
    const failures = (this.entries[name]?.failures ?? 0) + (state === 'failed' ? 1 : 0);
    this.entries[name] = { state, failures };
    await writeFile(`${this.path}.new`, JSON.stringify(this.entries, null, 2));
    await rename(`${this.path}.new`, this.path);
  }
}
