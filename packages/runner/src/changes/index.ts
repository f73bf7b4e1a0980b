import { join } from 'node:path';
import type { RunnerOrder, RunnerReport } from '@reeve/core/vocabulary';
import { activateChange } from './activate.ts';
import { type ChangeOrder, faultReport } from './fault.ts';
import { Git } from './git.ts';
import { mergeChange } from './merge.ts';
import { OrderMemory } from './order-memory.ts';
import { rollbackChange } from './rollback.ts';
import { bestSandbox, type SandboxLevel } from './sandbox.ts';
import { checkText, dealt, inTurn, type Surroundings } from './surroundings.ts';
import { verifyChange } from './verify.ts';

export type { ChangeOrder };
export const isChangeOrder = (order: RunnerOrder): order is ChangeOrder => order.kind.endsWith('-change');

export type ChangeOrderEnv = {
  /** The supervisor's data directory; everything made here lies in its folder `changes`. */
  dataDir: string;
  /** Called in order and awaited: the next step begins when the last report was taken. */
  report: (report: RunnerReport) => void | Promise<void>;
  /** Ends gates and git at once; the order then counts as not carried out. */
  signal: AbortSignal;
  /** Default 5 minutes a gate. */
  gateTimeLimitMs?: number;
  /** Only to ask for a weaker level than the best there is. */
  sandbox?: SandboxLevel;
  /** Only for tests: by default nobody can foresee the order of the runs of a proof. */
  inSomeOrder?: <T>(runs: readonly T[]) => T[];
};

const inFlight = new Map<string, Promise<void>>();

/**
 * Carries out one order on a change and reports its outcome. The same order again while it runs joins it; delivered
 * again later, it reports how it ended, or starts clean if it never did. Resolves when the outcome was
 * reported; rejects only if `signal` aborted or a report could not be delivered, and then the order may be given again.
 */
export function executeChangeOrder(order: ChangeOrder, env: ChangeOrderEnv): Promise<void> {
  const running = inFlight.get(order.orderId);
  if (running) return running;
  const done = execute(order, env).finally(() => inFlight.delete(order.orderId));
  inFlight.set(order.orderId, done);
  return done;
}

async function execute(order: ChangeOrder, env: ChangeOrderEnv): Promise<void> {
  env.signal.throwIfAborted();
  const report = async (r: RunnerReport): Promise<void> => {
    env.signal.throwIfAborted();
    try {
      await env.report(r);
    } catch (cause) {
      throw new ReportLost('The report was not taken.', { cause });
    }
  };
  let git: Git | undefined;
  try {
    const changesDir = join(env.dataDir, 'changes');
    git = new Git(changesDir, env.signal);
    const around: Surroundings = {
      dataDir: env.dataDir,
      changesDir,
      git,
      sandbox: env.sandbox ?? (await bestSandbox()),
      gateTimeLimitMs: env.gateTimeLimitMs ?? 300_000,
      signal: env.signal,
      report,
      checkText,
      inSomeOrder: env.inSomeOrder ?? dealt,
      exclusively: (repositoryId, work) => inTurn(`repository ${changesDir} ${repositoryId}`, work),
    };
    await inTurn(`change ${changesDir} ${order.changeId}`, () => carryOut(order, around));
  } catch (error) {
    if (env.signal.aborted || error instanceof ReportLost) throw error;
    await report(faultOf(order, error));
  } finally {
    await git?.close();
  }
}

class ReportLost extends Error {}

async function carryOut(order: ChangeOrder, around: Surroundings): Promise<void> {
  const memory = new OrderMemory(around.changesDir);
  const known = memory.recall(order.orderId);
  if (known) return around.report(known);
  let outcome: RunnerReport;
  try {
    outcome = await outcomeOf(order, around);
  } catch (error) {
    if (around.signal.aborted || error instanceof ReportLost) throw error;
    outcome = faultOf(order, error);
  }
  memory.remember(order.orderId, outcome);
  await around.report(outcome);
}

function outcomeOf(order: ChangeOrder, around: Surroundings): Promise<RunnerReport> {
  switch (order.kind) {
    case 'verify-change':
      return verifyChange(order, around);
    case 'merge-change':
      return around.exclusively(order.repository.repositoryId, () => mergeChange(order, around));
    case 'activate-change':
      return activateChange(order, around);
    case 'rollback-change':
      return rollbackChange(order, around);
  }
}

const faultOf = (order: ChangeOrder, error: unknown): RunnerReport =>
  faultReport(order, error instanceof Error ? error.message : String(error));
