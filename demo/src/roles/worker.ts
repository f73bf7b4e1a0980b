import { type ClaimedTask, isReeveError } from '@reeve/agent';
import { type Kit, messageOf, wasInterrupted } from '../fleet/kit.ts';
import { Checkout } from '../work/checkout.ts';
import { doJob } from '../work/jobs.ts';
import { startWatcher } from './watcher.ts';

export type Team = 'coder' | 'tester' | 'reviewer';

/**
 * Claims tasks of its team and does them, one at a time, until the shift is over. Returns the number done; only a stop
 * ends it otherwise.
 */
export async function work(kit: Kit, team: Team, slot: string, shiftMs: number): Promise<{ done: number; failed: number }> {
  const { agent, settings } = kit;
  const startedMs = Date.now();
  const tally = { done: 0, failed: 0 };
  const checkout = await Checkout.open(settings.places, slot, agent.name, () => agent.turnSignal);
  const watcher = slot === 'tester-1' ? startWatcher(kit) : undefined;
  try {
    while (Date.now() - startedMs < shiftMs) {
      agent.beginTurn();
      await kit.step('waiting for a task');
      const task = await claim(kit, team);
      if (task) await settle(kit, checkout, task, tally);
      else if (agent.costs.budgetExceeded) await kit.linger(30_000, agent.signal);
      if (watcher?.mainMoved()) kit.note('main has moved: the next run is on its new commit');
    }
  } finally {
    watcher?.end();
  }
  return tally;
}

async function claim(kit: Kit, team: Team): Promise<ClaimedTask | null> {
  try {
    return await kit.agent.tasks.claim({ labels: [team], waitMs: 20_000, leaseMs: 120_000, signal: kit.agent.turnSignal });
  } catch (error) {
    await standing(kit, error);
    return null;
  }
}

async function settle(kit: Kit, checkout: Checkout, task: ClaimedTask, tally: { done: number; failed: number }): Promise<void> {
  kit.note(`claimed: ${task.title}`);
  const progress = setInterval(() => kit.agent.setProgress(Math.min(0.95, (Date.now() - claimedMs) / 60_000)), 5_000);
  const claimedMs = Date.now();
  try {
    const result = await doJob(kit, checkout, task);
    await task.complete(result);
    tally.done++;
    kit.note(`done: ${result.outcome}`);
  } catch (error) {
    if (wasInterrupted(kit)) {
      kit.note(`interrupted; giving "${task.title}" back`);
      await task.release().catch((e) => standing(kit, e));
    } else if (isReeveError(error)) await standing(kit, error);
    else {
      // Refused by the tests (`AttemptFailed`), or something broke: either way the task is for another attempt.
      tally.failed++;
      kit.note(`failed: ${messageOf(error)}`);
      await task.fail(messageOf(error)).catch((e) => standing(kit, e));
    }
  } finally {
    clearInterval(progress);
    kit.agent.setProgress(0);
    // A pause between tasks, else the board moves faster than people read.
    await kit.linger(5_000, kit.agent.signal);
  }
}

/** After an error that is not the task's own: ends with a stop, else says what happened and waits a little. */
async function standing(kit: Kit, error: unknown): Promise<void> {
  if (wasInterrupted(kit)) return;
  kit.note(messageOf(error));
  await kit.linger(5_000, kit.agent.signal);
}
