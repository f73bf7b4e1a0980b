import type { Db } from '@reeve/prisma';
import type { ClaimedTask, Reads } from '../../trpc/context.ts';
import { orUnavailable } from '../or-unavailable.ts';
import type { TextReader } from '../text-reader.ts';
import { agentLogs, listAgents, readAgent } from './agents.ts';
import { checkAudit, listAudit } from './audit.ts';
import { listBudgets } from './budgets.ts';
import { listChanges, listRepositories, readChange, readRepository } from './changes.ts';
import { listCheckpoints, readCheckpoint } from './checkpoints.ts';
import { listBarriers, listDeadlocks, listLocks } from './coordination.ts';
import { costSeries } from './cost-series.ts';
import { costBurn, costLevel } from './cost-tree.ts';
import { costEntries, costRows } from './costs.ts';
import { listCuts, readCut } from './cuts.ts';
import { checkHistory, compareHistory, historyBundle, readHistory } from './history.ts';
import { suspectedOrphans } from './orphans.ts';
import { listPrices } from './prices.ts';
import { board, fleet, listEvents, overview, snapshot } from './project.ts';
import { readRehearsal } from './rehearsals.ts';
import { listReservations } from './reservations.ts';
import { listScopedBudgets } from './scoped-budgets.ts';
import { readProject } from './settings.ts';
import { listStopSummaries, listStops, readReceipt, readStop, readStopSummary } from './stops.ts';
import { readArtefact, readTaskRecord } from './task-record.ts';
import { listTasks, readTask, tasksById } from './tasks.ts';

const readsOf = (db: Db, text: TextReader): Reads => ({
  agent: (p, id) => readAgent(db, p, id),
  agents: (p, q) => listAgents(db, p, q),
  agentLogs: (p, id, q) => agentLogs(db, p, id, q),
  checkpoints: (p, agentId, q) => listCheckpoints(db, p, agentId, q),
  checkpoint: (p, id) => readCheckpoint(db, p, id),
  rehearsal: (p, id) => readRehearsal(db, p, id),
  cuts: (p, rootId, q) => listCuts(db, p, rootId, q),
  cut: (p, id) => readCut(db, p, id),
  stop: (p, id) => readStop(db, p, id),
  stops: (p, q) => listStops(db, p, q),
  stopSummary: (p, id) => readStopSummary(db, p, id),
  stopSummaries: (p, q) => listStopSummaries(db, p, q),
  receipt: (id, q) => readReceipt(db, id, q),
  budgets: (p, q) => listBudgets(db, p, q),
  scopedBudgets: (p) => listScopedBudgets(db, p),
  prices: (p) => listPrices(db, p),
  costRows: (p, q) => costRows(db, p, q),
  costLevel: (p, q) => costLevel(db, p, q),
  costBurn: (p, ids) => costBurn(db, p, ids),
  costSeries: (p, q) => costSeries(db, p, q),
  reservations: (p, q) => listReservations(db, p, q),
  costEntries: (p, q) => costEntries(db, p, q),
  task: (p, id) => readTask(db, p, id),
  claimedTasks: async (p, ids) => (await tasksById(db, p, ids, true)) as ClaimedTask[],
  tasks: (p, q) => listTasks(db, p, q),
  taskRecord: (p, id) => readTaskRecord(db, p, id),
  artefact: (p, id) => readArtefact(db, p, id),
  locks: (p, q) => listLocks(db, p, q),
  barriers: (p, q) => listBarriers(db, p, q),
  history: (p, q) => readHistory(db, text, p, q),
  historyDifference: (p, q) => compareHistory(db, text, p, q),
  historyBundle: (p, q) => historyBundle(db, text, p, q),
  historyCheck: (p) => checkHistory(db, text, p),
  deadlocks: (p, q) => listDeadlocks(db, p, q),
  change: (p, id) => readChange(db, p, id),
  changes: (p, q) => listChanges(db, p, q),
  repositories: (p) => listRepositories(db, p),
  repository: (p, id) => readRepository(db, p, id),
  events: (p, q) => listEvents(db, p, q),
  suspectedOrphans: (p) => suspectedOrphans(db, p),
  audit: (p, q) => listAudit(db, p, q),
  auditCheck: (p) => checkAudit(db, p),
  project: (p) => readProject(db, p),
  overview: (p) => overview(db, p),
  snapshot: (p) => snapshot(db, p),
  fleet: (p) => fleet(db, text, p),
  board: (p) => board(db, p),
});

/** Those that show sums of costs, which are folded behind the ledger. */
const showSums = new Set<keyof Reads>([
  'agent',
  'agents',
  'stop',
  'stops',
  'stopSummary',
  'stopSummaries',
  'receipt',
  'budgets',
  'costRows',
  'costLevel',
  'historyCheck',
  'overview',
  'snapshot',
  'fleet',
]);
/**
 * The reading side over Prisma, large text over `text`: projections only, outside any lock. Sums are those of the moment in
 * which one asks: `settled` folds what they lack.
 */
export function createReads(db: Db, text: TextReader, settled: () => Promise<void>): Reads {
  const guarded = Object.entries(readsOf(db, text)).map(([name, read]) => {
    const ask = read as (...args: unknown[]) => Promise<unknown>;
    if (!showSums.has(name as keyof Reads)) return [name, (...args: unknown[]) => orUnavailable(ask(...args))];
    return [name, (...args: unknown[]) => orUnavailable(settled().then(() => ask(...args)))];
  });
  return Object.fromEntries(guarded) as Reads;
}
