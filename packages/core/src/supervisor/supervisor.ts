import { InvariantError } from '../kernel/invariant.ts';
import type { Result } from '../kernel/result.ts';
import { withAudit } from './audit.ts';
import type { Command, CommandOf, CommandOutput, CommandType } from './commands.ts';
import * as agents from './handlers/agents.ts';
import { recordDecisions } from './handlers/audit.ts';
import * as barriers from './handlers/barriers.ts';
import { actOnBudgets } from './handlers/budget-acts.ts';
import * as budgets from './handlers/budgets.ts';
import * as changes from './handlers/changes.ts';
import * as checkpoints from './handlers/checkpoints.ts';
import { sweepCoordination } from './handlers/coordination.ts';
import { reportCosts } from './handlers/costs.ts';
import { previewCuts, restoreCuts, tickCuts } from './handlers/cuts.ts';
import * as effects from './handlers/effects.ts';
import { awaitAgents, awaitTasks, serveEnds, withdrawEndWaits } from './handlers/end-waits.ts';
import * as locks from './handlers/locks.ts';
import { handleOrphans, planCases } from './handlers/orphan-cases.ts';
import { adoptOrphans } from './handlers/orphans.ts';
import * as prices from './handlers/prices.ts';
import * as project from './handlers/project.ts';
import * as registration from './handlers/registration.ts';
import { keptApart, rehearseCheckpoints } from './handlers/rehearsals.ts';
import { previewRestores } from './handlers/restore-preview.ts';
import { restoreCheckpoints, resumeCheckpoints } from './handlers/restores.ts';
import * as runners from './handlers/runners.ts';
import * as scopedBudgets from './handlers/scoped-budgets.ts';
import * as stops from './handlers/stops.ts';
import { dependTasks } from './handlers/task-dependencies.ts';
import { editTasks } from './handlers/task-edits.ts';
import { importTasks } from './handlers/task-imports.ts';
import { attachArtefacts, commentOnTasks } from './handlers/task-notes.ts';
import { acceptTasks, rejectTasks } from './handlers/task-review.ts';
import * as tasks from './handlers/tasks.ts';
import type { Commit, Ports, Tx } from './ports.ts';
import { readAheadOf } from './read-ahead.ts';
import { refusedAsStale } from './stale-epochs.ts';
import { defaultTuning, type Handler, type Tuning, type Work } from './work.ts';

/** One handler a command, each taking all commands of its kind in a batch. */
const handlers: { [T in CommandType]: Handler<CommandOf<T>, CommandOutput<T>> } = {
  'audit.record': recordDecisions,
  'agents.register': registration.registerAgents,
  'agents.spawn': registration.spawnAgents,
  'agents.launch': registration.launchAgents,
  'agents.heartbeat': agents.heartbeats,
  'agents.finish': agents.finishAgents,
  'agents.events': agents.agentEvents,
  'agents.log': agents.agentLogs,
  'agents.pause': agents.pauseAgents,
  'agents.resume': agents.resumeAgents,
  'agents.interrupt': agents.interruptAgents,
  'project.stop': project.stopProject,
  'project.reopen': project.reopenProject,
  'project.configure': project.configureProject,
  'agents.stop': stops.stopAgents,
  'agents.checkpoint': checkpoints.askForCheckpoints,
  'agents.expire': agents.expireAgents,
  'agents.adopt-orphans': adoptOrphans,
  'orphans.plan': planCases,
  'orphans.handle': handleOrphans,
  'stops.tick': stops.tickStops,
  'checkpoints.save': checkpoints.saveCheckpoints,
  'checkpoints.restore': restoreCheckpoints,
  'checkpoints.preview': previewRestores,
  'checkpoints.resume': resumeCheckpoints,
  'checkpoints.rehearse': rehearseCheckpoints,
  'cuts.preview': previewCuts,
  'cuts.restore': restoreCuts,
  'cuts.tick': tickCuts,
  'effects.begin': effects.beginEffects,
  'effects.acknowledge': effects.acknowledgeEffects,
  'costs.report': reportCosts,
  'costs.reserve': budgets.reserveCosts,
  'costs.release': budgets.releaseReservations,
  'costs.adjust': budgets.adjustCosts,
  'costs.sweep': budgets.sweepReservations,
  'costs.mismatch': budgets.tellMismatches,
  'budgets.set': budgets.setBudgets,
  'prices.set': prices.setPrices,
  'prices.reprice': prices.repriceCosts,
  'budgets.make': scopedBudgets.makeBudgets,
  'budgets.edit': scopedBudgets.editBudgets,
  'budgets.remove': scopedBudgets.removeBudgets,
  'budgets.tick': scopedBudgets.tickBudgets,
  'tasks.add': tasks.addTasks,
  'tasks.claim': tasks.claimTasks,
  'tasks.complete': tasks.completeTasks,
  'tasks.fail': tasks.failTasks,
  'tasks.release': tasks.releaseTasks,
  'tasks.renew': tasks.renewTasks,
  'tasks.cancel': tasks.cancelTasks,
  'tasks.retry': tasks.retryTasks,
  'tasks.force-release': tasks.forceReleaseTasks,
  'tasks.depend': dependTasks,
  'tasks.prioritise': tasks.prioritiseTasks,
  'tasks.import': importTasks,
  'tasks.edit': editTasks,
  'tasks.accept': acceptTasks,
  'tasks.reject': rejectTasks,
  'tasks.comment': commentOnTasks,
  'tasks.attach': attachArtefacts,
  'tasks.sweep': tasks.sweepTasks,
  'locks.acquire': locks.acquireLocks,
  'locks.release': locks.releaseLocks,
  'locks.renew': locks.renewLocks,
  'locks.withdraw': locks.withdrawLocks,
  'locks.force-release': locks.forceReleaseLocks,
  'barriers.wait': barriers.waitBarriers,
  'barriers.withdraw': barriers.withdrawBarriers,
  'agents.wait': awaitAgents,
  'tasks.wait': awaitTasks,
  'waits.withdraw': withdrawEndWaits,
  'coordination.sweep': sweepCoordination,
  'repositories.register': changes.registerRepositories,
  'changes.propose': changes.proposeChanges,
  'changes.approve': changes.approveChanges,
  'changes.reject': changes.rejectChanges,
  'changes.override': changes.overrideChanges,
  'changes.rollback': changes.rollbackChanges,
  'changes.comment': changes.commentOnChanges,
  'changes.withdraw': changes.withdrawChanges,
  'changes.expire': changes.expireChanges,
  'changes.tick': changes.tickChanges,
  'runners.register': runners.registerRunners,
  'runners.poll': runners.pollRunners,
  'runners.report': runners.reportRunners,
};

/** Stops first, so that what came with them in one batch meets the fence already. */
const first: CommandType[] = ['project.stop', 'agents.stop'];
/** Suspicions last, so that a heartbeat which waited with them refutes them (I-ORPH-2). */
const last: CommandType[] = ['agents.expire', 'agents.adopt-orphans'];
const rankOf = (type: CommandType): number => (first.includes(type) ? 0 : last.includes(type) ? 2 : 1);

/** The one way to change a project: commands in, results and a commit out. */
export interface Supervisor {
  /**
   * Decides and records a batch of commands on one project in one transaction; answers one result a command, in
   * order. Rejects when the transaction did not commit or a handler threw: then nothing was written and nothing may
   * be told to callers. `onDecided`: as in `Store.transact`.
   */
  executeBatch(
    projectId: string,
    commands: readonly Command[],
    onDecided?: () => void,
  ): Promise<{ results: Result<unknown>[]; commit: Commit }>;
  /** One command, typed. */
  execute<T extends CommandType>(projectId: string, command: CommandOf<T>): Promise<Result<CommandOutput<T>>>;
}

/**
 * Commands in, facts out; all I/O sits behind `ports`. Expected failures are results; a bug rejects with
 * `InvariantError`, and then nothing was written.
 *
 * Use it once a process with the adapters of that process. It keeps nothing between two calls, so several may share a
 * store.
 *
 * @example
 * const store = createMemoryStore({ nowMs: () => 0 });
 * const supervisor = createSupervisor({ store, ids: createSequentialIds(), secrets: createCountedSecrets() });
 * const registered = await supervisor.execute('prj_1', commandOf('agents.register', { name: 'root' }, operator));
 * registered.ok && registered.value.agentId; // → 'agt_00000001'
 * const refused = await supervisor.execute('prj_1', commandOf('agents.stop', { id: 'agt_9', reason: 'x' }, operator));
 * refused.ok || refused.error.code; // → 'not_found'
 */
export function createSupervisor(ports: Ports, tuning: Tuning = defaultTuning): Supervisor {
  async function executeBatch(projectId: string, commands: readonly Command[], onDecided?: () => void) {
    const inOne = async (tx: Tx) => {
      const work: Work = { tx, ports, tuning };
      const byType = new Map<CommandType, number[]>();
      commands.forEach((c, i) => {
        const list = byType.get(c.type);
        if (list) list.push(i);
        else byType.set(c.type, [i]);
      });
      const results: Result<unknown>[] = new Array(commands.length);
      const order = [...byType.keys()].sort((a, b) => rankOf(a) - rankOf(b));
      for (const type of order) {
        const all = byType.get(type) as number[];
        const stale = await refusedAsStale(
          tx,
          all.map((i) => commands[i] as Command),
        );
        all.forEach((i, k) => {
          if (stale[k]) results[i] = stale[k];
        });
        const current = all.filter((_, k) => !stale[k]);
        const apart = await keptApart(
          tx,
          current.map((i) => commands[i] as Command),
        );
        current.forEach((i, k) => {
          if (apart.answers[k]) results[i] = apart.answers[k];
        });
        const at = current.filter((_, k) => !apart.answers[k]);
        if (at.length === 0) continue;
        const handler = handlers[type] as Handler<Command, unknown>;
        const out = await withAudit(
          work,
          type,
          apart.commands.filter((_, k) => !apart.answers[k]),
          handler,
        );
        if (out.length !== at.length) throw new InvariantError(`${type}: ${out.length} results for ${at.length} commands`);
        at.forEach((i, k) => {
          results[i] = out[k] as Result<unknown>;
        });
      }
      await actOnBudgets(work);
      await serveEnds(work);
      return results;
    };
    const { value, commit } = await ports.store.transact(projectId, inOne, readAheadOf(commands), onDecided);
    return { results: value, commit };
  }
  return {
    executeBatch,
    async execute(projectId, command) {
      const { results } = await executeBatch(projectId, [command as Command]);
      return results[0] as Result<never>;
    },
  };
}
