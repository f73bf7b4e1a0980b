import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunnerReport } from '@reeve/core/vocabulary';
import { safeName } from './git.ts';

const kept = 1000;

/**
 * How orders ended. Orders come at least once: without this, one that failed and was already
 * reported could be carried out on its second delivery, after somebody had rejected the change in the meantime.
 */
export class OrderMemory {
  readonly #folder: string;
  constructor(changesDir: string) {
    this.#folder = join(changesDir, 'orders');
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
  }

  recall(orderId: string): RunnerReport | null {
    try {
      return JSON.parse(readFileSync(this.#file(orderId), 'utf8')) as RunnerReport;
    } catch {
      return null;
    }
  }

  remember(orderId: string, outcome: RunnerReport): void {
    const file = this.#file(orderId);
    writeFileSync(`${file}.part`, JSON.stringify(outcome), { flush: true });
    renameSync(`${file}.part`, file);
    this.#forgetOldest();
  }

  #forgetOldest(): void {
    const names = readdirSync(this.#folder);
    if (names.length <= kept * 1.2) return;
    const byAge = names.map((name) => ({ name, ms: statSync(join(this.#folder, name)).mtimeMs })).sort((a, b) => a.ms - b.ms);
    for (const { name } of byAge.slice(0, names.length - kept)) rmSync(join(this.#folder, name), { force: true });
  }

  #file(orderId: string): string {
    return join(this.#folder, `${safeName(orderId)}.json`);
  }
}
