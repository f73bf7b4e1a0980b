import { randomInt } from 'node:crypto';
import { checkPatches, type Violation } from '@reeve/core/changes';
import type { RunnerReport } from '@reeve/core/vocabulary';
import PQueue from 'p-queue';
import type { Git } from './git.ts';
import type { SandboxLevel } from './sandbox.ts';

/** What an order is carried out with. */
export type Surroundings = {
  dataDir: string;
  /** `<dataDir>/changes`: clones, work folders, the memory of orders. */
  changesDir: string;
  git: Git;
  sandbox: SandboxLevel;
  gateTimeLimitMs: number;
  signal: AbortSignal;
  report(report: RunnerReport): Promise<void>;
  /** The order in which the runs of a proof come. */
  inSomeOrder<T>(runs: readonly T[]): T[];
  checkText(testPatch: string, fixPatch: string): Violation | null;
  /** One at a time per repository: its clone, and the operator's branch (I-SELF-6). */
  exclusively<T>(repositoryId: string, work: () => Promise<T>): Promise<T>;
};

export const checkText = checkPatches;

/** An order that nobody can foresee, as of dealt cards. */
export function dealt<T>(items: readonly T[]): T[] {
  const deck = [...items];
  for (let i = deck.length - 1; i > 0; i--) {
    const j = randomInt(i + 1);
    [deck[i], deck[j]] = [deck[j] as T, deck[i] as T];
  }
  return deck;
}

const queues = new Map<string, PQueue>();
/** Waits for its turn among everything that goes by the same name in this process. Across processes the branch itself is the guard: it moves by compare and swap. */
export async function inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
  const queue = queues.get(name) ?? new PQueue({ concurrency: 1 });
  queues.set(name, queue);
  try {
    return (await queue.add(work)) as T;
  } finally {
    if (queue.size === 0 && queue.pending === 0) queues.delete(name);
  }
}
