import { type Commit, Differences, type Discrepancy, type LeaseTimes, OrphanSweeper, StopController, stallMs } from '@reeve/core';
import type { Db } from '@reeve/prisma';
import type { Logger } from 'pino';
import type { Webhooks } from '../alerts/webhooks.ts';
import type { GroupWriter } from '../ingest/group-writer.ts';
import { foldSlots } from '../store/cost-slots.ts';
import { snapshotHistory } from '../store/history-snapshots.ts';
import type { LedgerFold } from '../store/ledger-fold.ts';
import { readForAudit } from '../store/reads/ledger-audit.ts';
import { orphansToJudge } from '../store/reads/orphans.ts';
import { readSeq } from '../store/reads/project.ts';
import { auditSlots } from '../store/reads/slots-audit.ts';
import { auditBudgetUses } from '../store/reads/uses-audit.ts';
import type { TextReader } from '../store/text-reader.ts';
import { LedgerAuditor, mostTold } from './ledger-auditor.ts';

const stopEveryMs = 250;
const taskEveryMs = 500;
/** As long as each level of a tree waits, at most, once the one above has come up. */
const cutEveryMs = 250;
/** A deadlock is found within a second (I-SYNC-7). */
const coordinationEveryMs = 500;
const budgetEveryMs = 2_000;
/** Whoever asks for sums has them folded at once; this is for other servers, and so that what waits stays little. */
const sumsEveryMs = 1_000;
const auditEveryMs = 5_000;
/** These are read whole each time. */
const otherSumsEveryMs = 60_000;
const alertEveryMs = 1_000;
const slotEveryMs = 1_000;
const orphanEveryMs = 5_000;
const changeEveryMs = 30_000;
/** As long as an agent that has come to rest waits, at most, until its code is swapped. */
const activationEveryMs = 500;
const retentionEveryMs = 600_000;
const historyEveryMs = 15_000;
const keptLogLines = 5_000;

/**
 * The clocks of the server. Each only *suspects*, by a read outside any lock, and hands its suspects to a command that
 * confirms them (I-ORPH-1); each is level-triggered, so a missed or doubled tick changes nothing. A failing tick is
 * logged and the next one comes all the same (I-ORPH-8).
 */
export class Loops {
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly busy = new Map<string, Promise<void>>();
  private readonly stopController: StopController;
  private readonly sweeper: OrphanSweeper;
  private readonly auditor: LedgerAuditor;
  private readonly leaseTimes: LeaseTimes;
  private readonly others = [auditBudgetUses, auditSlots].map((audit) => [new Differences(), audit] as const);
  private stopped = false;

  constructor(
    private readonly db: Db,
    private readonly projectId: string,
    private readonly writer: GroupWriter,
    private readonly log: Logger,
    agentLeaseMs: number,
    private readonly text: TextReader,
    private readonly costs: LedgerFold,
    private readonly webhooks: Webhooks,
  ) {
    this.leaseTimes = { everyMs: Math.min(2_000, agentLeaseMs / 6), leaseMs: agentLeaseMs };
    this.stopController = new StopController(() => writer.system(projectId, 'stop-controller', 'stops.tick', {}));
    this.sweeper = this.sweeping();
    this.auditor = new LedgerAuditor(
      (after, sink) => readForAudit(db, projectId, after, sink),
      (found, wrong) => this.alarm(found, wrong),
    );
  }

  private async alarm(found: Discrepancy[], wrong: number): Promise<void> {
    if (found.length === 0) return;
    this.log.error({ found, wrong }, 'the sums of costs are not what the ledger says');
    await this.writer.system(this.projectId, 'ledger-audit', 'costs.mismatch', { found });
  }

  start(): void {
    this.every('leases', this.leaseTimes.everyMs, () => this.leases());
    this.every('stops', stopEveryMs, () => this.stops());
    this.every('cuts', cutEveryMs, () => this.cuts());
    this.every('tasks', taskEveryMs, () => this.tasks());
    this.every('coordination', coordinationEveryMs, () => this.coordination());
    this.every('budgets', budgetEveryMs, () => this.budgets());
    this.every('sums', sumsEveryMs, () => this.sums());
    this.every('slots', slotEveryMs, () => this.slots());
    this.every('audit', auditEveryMs, () => this.auditing());
    this.every('other sums', otherSumsEveryMs, () => this.otherSums());
    this.every('alerts', alertEveryMs, () => this.webhooks.tick(this.projectId));
    this.every('orphans', orphanEveryMs, () => this.orphans());
    this.every('changes', changeEveryMs, () => this.changes());
    this.every('activations', activationEveryMs, () => this.activations());
    this.every('history', historyEveryMs, () => this.history());
    this.every('retention', retentionEveryMs, () => this.retention());
  }
  async stop(): Promise<void> {
    this.stopped = true;
    for (const t of this.timers) clearInterval(t);
    await Promise.allSettled(this.busy.values());
  }
  /** Evidence, a new stop or a new deadline: the stop loop looks at once, not at its next tick. */
  committed(c: Commit): void {
    if (this.stopController.committed(c)) this.tick('stops', () => this.stops());
  }

  private every(name: string, ms: number, run: () => Promise<void>): void {
    this.timers.push(setInterval(() => this.tick(name, run), ms));
  }
  private tick(name: string, run: () => Promise<void>): void {
    if (this.stopped || this.busy.has(name)) return;
    const done = run()
      .catch((e: unknown) => this.log.warn({ loop: name, err: e }, 'a tick failed; the next one comes'))
      .finally(() => this.busy.delete(name));
    this.busy.set(name, done);
  }

  private sweeping(): OrphanSweeper {
    const { projectId, writer } = this;
    return new OrphanSweeper(
      { expired: (beforeMs) => this.expired(beforeMs), orphans: () => orphansToJudge(this.db, this.projectId, Date.now()) },
      {
        expire: async (agentIds, extendedByMs) =>
          void (await writer.system(projectId, 'lease-loop', 'agents.expire', { agentIds, extendedByMs })),
        adopt: (agentIds, haltTold) => writer.system(projectId, 'orphan-sweeper', 'agents.adopt-orphans', { agentIds, haltTold }),
      },
      Date.now(),
      this.leaseTimes,
    );
  }
  private async leases(): Promise<void> {
    const { lateMs } = await this.sweeper.lookAtLeases(Date.now());
    if (lateMs > stallMs) this.log.warn({ lateMs }, 'agents could not be heard; leases are extended by as much');
  }
  private async expired(beforeMs: number): Promise<string[]> {
    const rows = await this.db.$queryRaw<{ id: string }[]>`
      select a.id from agent a join agent_lease l on l.agent_id = a.id
      where a.project_id = ${this.projectId} and a.state in ('starting', 'running', 'paused', 'lost', 'stopping', 'unconfirmed')
        and a.state in ('starting', 'running', 'paused') and l.expires_at < ${new Date(beforeMs)} limit 1000`;
    return rows.map((r) => r.id);
  }
  private stops(): Promise<void> {
    return this.stopController.look(Date.now());
  }
  /** Restores of whole subtrees that are under way, also those that an earlier run of the server began. */
  private async cuts(): Promise<void> {
    const rows = await this.db.$queryRaw<unknown[]>`
      select 1 from checkpoint_cut where project_id = ${this.projectId} and restoring limit 1`;
    if (rows.length) await this.writer.system(this.projectId, 'cuts', 'cuts.tick', {});
  }
  private async tasks(): Promise<void> {
    const now = new Date();
    const rows = await this.db.$queryRaw<{ id: string }[]>`
      (select id from task where agent_id is not null and project_id = ${this.projectId} and state = 'claimed' and claim_expires_at <= ${now} limit 500)
      union all
      (select id from task where project_id = ${this.projectId} and state = 'scheduled' and not_before_at <= ${now} limit 500)`;
    if (rows.length) await this.writer.system(this.projectId, 'task-loop', 'tasks.sweep', { taskIds: rows.map((r) => r.id) });
  }
  /** Leases and waits that are over, and deadlocks, of which only waits can be a part. */
  private async coordination(): Promise<void> {
    const now = new Date();
    const rows = await this.db.$queryRaw<unknown[]>`
      (select 1 from lock where project_id = ${this.projectId} and due_at <= ${now} limit 1)
      union all (select 1 from lock where project_id = ${this.projectId} and waiting > 0 limit 1)
      union all (select 1 from barrier where project_id = ${this.projectId} and due_at is not null limit 1)
      union all (select 1 from end_watch where project_id = ${this.projectId} and waiting > 0 limit 1)`;
    if (rows.length) await this.writer.system(this.projectId, 'coordination-loop', 'coordination.sweep', {});
  }
  private async budgets(): Promise<void> {
    const rows = await this.db.$queryRaw<{ id: string }[]>`
      select id from reservation where project_id = ${this.projectId} and state = 'open' and expires_at <= ${new Date()} limit 1000`;
    if (rows.length) await this.writer.system(this.projectId, 'budget-loop', 'costs.sweep', { reservationIds: rows.map((r) => r.id) });
    await this.holdBudgets();
  }
  /** Budgets that pause: days turn, and what runs under a used up one is looked at; nothing is asked where there is none. */
  private async holdBudgets(): Promise<void> {
    const [pausing] = await this.db.$queryRaw<unknown[]>`
      select 1 from project_settings where id = ${this.projectId} and budgets @> '[{"action": "pause"}]'`;
    if (!pausing) return;
    const paused = await this.db.agent.findMany({
      where: { projectId: this.projectId, state: 'paused', pausedBy: 'budget' },
      select: { id: true },
      take: 1000,
    });
    await this.writer.system(this.projectId, 'budget-loop', 'budgets.tick', { pausedIds: paused.map((a) => a.id) });
  }
  /** In pages, so that a long ledger is read within one tick after a start and yet lets others have their turn. */
  private async auditing(): Promise<void> {
    while (!this.stopped && (await this.auditor.step()));
  }
  /** What another server appended is found by asking; it is little. */
  private sums(): Promise<void> {
    return this.costs.fold(this.projectId);
  }
  /** What follows from the ledger beside the rollup: what stands against budgets, and the sums of five minutes. */
  private async otherSums(): Promise<void> {
    for (const [differences, audit] of this.others) {
      const found = await audit(this.db, this.projectId);
      await this.alarm(differences.news(found).slice(0, mostTold), differences.count);
    }
  }
  /** What the Costs page reads of long windows; what is not folded yet is added as it is read. */
  private async slots(): Promise<void> {
    while (!this.stopped && (await foldSlots(this.db, this.projectId)));
  }
  private async orphans(): Promise<void> {
    await this.sweeper.sweep();
  }
  private async changes(): Promise<void> {
    const rows = await this.db.change.findMany({
      where: { projectId: this.projectId, expiresAt: { lte: new Date() } },
      select: { id: true },
      take: 200,
    });
    if (rows.length) await this.writer.system(this.projectId, 'change-loop', 'changes.expire', { changeIds: rows.map((r) => r.id) });
  }
  /** Changes that are being put to use, also those that an earlier run of the server began. */
  private async activations(): Promise<void> {
    const rows = await this.db.$queryRaw<unknown[]>`
      select 1 from change where project_id = ${this.projectId} and activation ->> 'open' = 'true' limit 1`;
    if (rows.length) await this.writer.system(this.projectId, 'changes', 'changes.tick', {});
  }
  /** Snapshots of the log, so that any point of it opens soon; a few at a time, since requests wait behind the fold. */
  private async history(): Promise<void> {
    const head = await readSeq(this.db, this.projectId);
    for (let n = 0; n < 5 && !this.stopped; n++) if (!(await snapshotHistory(this.db, this.text, this.projectId, head))) return;
  }
  /** Output is kept to the last lines of each agent; answers of claims to a day. */
  private async retention(): Promise<void> {
    await this.db.$executeRaw`
      delete from agent_log l using (
        select agent_id, (array_agg(id order by id desc))[${keptLogLines}] as oldest from agent_log group by agent_id having count(*) > ${keptLogLines}
      ) k where l.agent_id = k.agent_id and l.id < k.oldest`;
    await this.db.request.deleteMany({ where: { createdAt: { lt: new Date(Date.now() - 86_400_000) } } });
    await this.webhooks.prune();
    await this.db.session.deleteMany({ where: { expiresAt: { lt: new Date() } } });
  }
}
