import { gateNames, isolationRefusal } from '@reeve/core/changes';
import { type RunnerOrder, type RunnerReport, repositoryRulesOf } from '@reeve/core/vocabulary';
import { openClone } from './clone.ts';
import { gateReportOf, roomFor, runGate } from './gates.ts';
import type { Surroundings } from './surroundings.ts';
import { Workplace } from './workplace.ts';

export type ActivateOrder = Extract<RunnerOrder, { kind: 'activate-change' }>;

/**
 * The health check of the repository on the commit that was merged (I-SELF-9), shut in as gates are and on a checkout of its
 * own, so that neither the operator's uncommitted work nor what a gate left behind has a say in it. Reports how it ended; the core
 * decides what follows. Takes the repository's turn for git alone.
 */
export async function activateChange(order: ActivateOrder, around: Surroundings): Promise<RunnerReport> {
  const { changeId, repository } = order;
  const weak = isolationRefusal(repositoryRulesOf(repository.rules).minimumIsolation, around.sandbox);
  if (weak) return { kind: 'change-activated', changeId, error: weak.detail };
  const clone = await around.exclusively(repository.repositoryId, () => openClone(around.git, around.changesDir, repository));
  const work = new Workplace(around.changesDir, `${changeId.slice(0, 50)}-health`);
  work.open();
  try {
    const room = { ...roomFor(around, repository, clone, work), timeLimitMs: order.healthCheckMs };
    const run = await runGate(room, order.mergedSha, order.healthCheck);
    const passed = run.exitCode === 0 && !run.timedOut && !run.outOfMemory;
    return { kind: 'change-activated', changeId, gate: gateReportOf(gateNames.health, 'candidate', passed, run) };
  } finally {
    work.close();
  }
}
