import { randomBytes } from 'node:crypto';
import {
  type Barrier,
  type BudgetTally,
  type BudgetUse,
  type Commit,
  type CostEntry,
  type EndWatch,
  type LaunchSpec,
  type Lease,
  type Lock,
  type LoggedEvent,
  type NewEvent,
  type ProjectSettings,
  payloadOf,
  type ReadAhead,
  type Runner,
  type RunnerOrder,
  subjectKindOf,
  type TaskArtefact,
  type TaskComment,
  type Tx,
} from '@reeve/core';
import type { Connection } from './connection.ts';
import { Counted } from './known-counts.ts';
import { appendAgentEvents, appendEvents, appendLogs, type LogLine } from './pg-appends.ts';
import { PgAudit } from './pg-audit.ts';
import { agentEventsAfter, Cuts, Effects, pgCheckpoints } from './pg-checkpoints.ts';
import { appendAsNew, appendEntries, chargedSince, findEntry, keepConflicts, recordedSince, repriceable, spentSince } from './pg-ledger.ts';
import { PgMeetings } from './pg-meetings.ts';
import { PgRequests } from './pg-requests.ts';
import { PgSums } from './pg-sums.ts';
import { PgTable } from './pg-table.ts';
import { Agents, Changes, Orders, Repositories, Reservations, RunnerRows, StopMembers, Stops, Tokens } from './pg-tables.ts';
import { PgTasks } from './pg-tasks.ts';
import type { Place, ProjectCache } from './project-cache.ts';
import * as rows from './rows.ts';

/** The tables of a transaction. None refers to another in the database, so they are written in the order in which they were asked for. */
type Tables = {
  agents: Agents;
  leases: PgTable<Lease>;
  settings: PgTable<ProjectSettings>;
  launches: PgTable<LaunchSpec>;
  stops: Stops;
  stopMembers: StopMembers;
  tasks: PgTasks;
  artefacts: PgTable<TaskArtefact>;
  taskComments: PgTable<TaskComment>;
  locks: PgMeetings<Lock>;
  barriers: PgMeetings<Barrier>;
  endWatches: PgMeetings<EndWatch>;
  changes: Changes;
  repositories: Repositories;
  cuts: Cuts;
  effects: Effects;
  budgetUses: PgTable<BudgetUse>;
  budgetTallies: PgTable<BudgetTally>;
  reservations: Reservations;
  runnerRows: RunnerRows;
  orderRows: Orders;
  tokenRows: Tokens;
};

/** The transaction of `Store` on PostgreSQL: reads through, writes in sets when something must see them, or at the end. */
export class PgTx implements Tx {
  /** Those that were asked for: most commands touch three of twenty. */
  private readonly made: Partial<Tables> = {};
  readonly facts: LoggedEvent[] = [];
  readonly requests: PgRequests;
  readonly audit: PgAudit;
  private readonly logLines: LogLine[] = [];
  /** The ledger has more than its sums are folded of. */
  readonly appended: { fresh: number; lastId: string | null } = { fresh: 0, lastId: null };
  /** Statements whose answers nobody has waited for. */
  readonly unheard: Promise<unknown>[] = [];
  private readonly sums: PgSums;

  /** Set by `begin`, when the lock is held. */
  nowMs = 0;
  private seq = 0;
  private begunAt: Place = { seq: 0, revision: 0n };
  /** Nobody has answered yet that the lock is held and the project as it is taken to be: what proves wrong is done again. */
  private isAssumed = false;

  constructor(
    private readonly db: Connection,
    readonly projectId: string,
    private readonly cache: ProjectCache,
    settled: () => Promise<void>,
    private readonly secret: rows.SecretColumns,
  ) {
    this.sums = new PgSums(db, projectId, cache, settled);
    this.requests = new PgRequests(db, projectId);
    this.audit = new PgAudit(db, projectId);
  }

  get agents(): Agents {
    if (!this.made.agents) {
      this.made.agents = new Agents(this.db, this.projectId, 'agent', rows.agentColumns, this.cache.agents);
      this.made.agents.before = () => this.stopMembers.flush();
    }
    return this.made.agents;
  }
  get leases(): PgTable<Lease> {
    this.made.leases ??= new PgTable<Lease>(this.db, this.projectId, 'agent_lease', rows.leaseColumns);
    return this.made.leases;
  }
  get settings(): PgTable<ProjectSettings> {
    this.made.settings ??= new PgTable<ProjectSettings>(
      this.db,
      this.projectId,
      'project_settings',
      rows.settingsColumns,
      this.cache.settings,
    );
    return this.made.settings;
  }
  get launches(): PgTable<LaunchSpec> {
    this.made.launches ??= new PgTable<LaunchSpec>(this.db, this.projectId, 'agent_launch', this.secret.launches);
    return this.made.launches;
  }
  get stops(): Stops {
    this.made.stops ??= new Stops(this.db, this.projectId, 'stop', rows.stopColumns);
    return this.made.stops;
  }
  get stopMembers(): StopMembers {
    if (!this.made.stopMembers) {
      this.made.stopMembers = new StopMembers(this.db, this.projectId, 'stop_member', rows.stopMemberColumns);
      this.made.stopMembers.before = async () => {
        await this.agents.flush();
        await this.leases.flush();
      };
    }
    return this.made.stopMembers;
  }
  get tasks(): PgTasks {
    if (!this.made.tasks) {
      this.made.tasks = new PgTasks(this.db, this.projectId, 'task', rows.taskColumns, this.cache.tasks);
      this.made.tasks.before = () => this.agents.flush();
      this.made.tasks.queues = this.cache.ready;
    }
    return this.made.tasks;
  }
  get artefacts(): PgTable<TaskArtefact> {
    this.made.artefacts ??= new PgTable<TaskArtefact>(this.db, this.projectId, 'task_artefact', rows.artefactColumns);
    return this.made.artefacts;
  }
  get taskComments(): PgTable<TaskComment> {
    this.made.taskComments ??= new PgTable<TaskComment>(this.db, this.projectId, 'task_comment', rows.taskCommentColumns);
    return this.made.taskComments;
  }
  get locks(): PgMeetings<Lock> {
    if (!this.made.locks) {
      this.made.locks = new PgMeetings<Lock>(this.db, this.projectId, 'lock', rows.lockColumns);
      this.made.locks.before = () => this.agents.flush();
    }
    return this.made.locks;
  }
  get barriers(): PgMeetings<Barrier> {
    if (!this.made.barriers) {
      this.made.barriers = new PgMeetings<Barrier>(this.db, this.projectId, 'barrier', rows.barrierColumns);
      this.made.barriers.before = () => this.agents.flush();
    }
    return this.made.barriers;
  }
  get endWatches(): PgMeetings<EndWatch> {
    if (!this.made.endWatches) {
      this.made.endWatches = new PgMeetings<EndWatch>(this.db, this.projectId, 'end_watch', rows.endWatchColumns);
      this.made.endWatches.before = () => this.agents.flush();
    }
    return this.made.endWatches;
  }
  get changes(): Changes {
    this.made.changes ??= new Changes(this.db, this.projectId, 'change', rows.changeColumns);
    return this.made.changes;
  }
  get repositories(): Repositories {
    this.made.repositories ??= new Repositories(this.db, this.projectId, 'repository', rows.repositoryColumns);
    return this.made.repositories;
  }
  get cuts(): Cuts {
    this.made.cuts ??= new Cuts(this.db, this.projectId, 'checkpoint_cut', rows.cutColumns);
    return this.made.cuts;
  }
  get effects(): Effects {
    this.made.effects ??= new Effects(this.db, this.projectId, 'effect', rows.effectColumns);
    return this.made.effects;
  }
  get budgetUses(): PgTable<BudgetUse> {
    this.made.budgetUses ??= new PgTable<BudgetUse>(this.db, this.projectId, 'budget_use', rows.budgetUseColumns, this.cache.budgetUses);
    return this.made.budgetUses;
  }
  get budgetTallies(): PgTable<BudgetTally> {
    this.made.budgetTallies ??= new PgTable<BudgetTally>(
      this.db,
      this.projectId,
      'budget_tally',
      rows.budgetTallyColumns,
      this.cache.budgetTallies,
    );
    return this.made.budgetTallies;
  }
  get reservations(): Reservations {
    this.made.reservations ??= new Reservations(this.db, this.projectId, 'reservation', rows.reservationColumns);
    return this.made.reservations;
  }
  private get runnerRows(): RunnerRows {
    this.made.runnerRows ??= new RunnerRows(this.db, this.projectId, 'runner', rows.runnerColumns);
    return this.made.runnerRows;
  }
  private get orderRows(): Orders {
    this.made.orderRows ??= new Orders(this.db, this.projectId, 'runner_order', this.secret.orders);
    return this.made.orderRows;
  }
  private get tokenRows(): Tokens {
    this.made.tokenRows ??= new Tokens(this.db, this.projectId, 'token', rows.tokenColumns);
    return this.made.tokenRows;
  }
  get checkpoints(): Tx['checkpoints'] {
    return pgCheckpoints(this.db, this.projectId);
  }

  readonly runners: Tx['runners'] = {
    get: async (id) => fromRow(await this.runnerRows.get(id)),
    many: async (ids) => (await this.runnerRows.many(ids)).map((r) => fromRow(r) as Runner),
    put: (r) => this.runnerRows.put({ ...r, scope: r.scope ?? [], scoped: r.scope !== null }),
    all: async () => (await this.runnerRows.all()).map((r) => fromRow(r) as Runner),
  };
  readonly orders: Tx['orders'] = {
    put: (o) => this.orderRows.put(o),
    ofRunner: (id) => this.orderRows.ofRunner(id),
    done: async (runnerId, ids) => void (await this.orderRows.remove('t.runner_id = $1 and t.id = any($2::text[])', [runnerId, ids])),
    cancelOf: async (whose, kinds: readonly RunnerOrder['kind'][]) => {
      const of = 't.kind = any($1::text[]) and t.project_id = $2 and t.agent_id';
      if ('under' in whose) await this.agents.flush();
      const gone = !('under' in whose)
        ? await this.orderRows.remove(`${of} = any($3::text[])`, [kinds, this.projectId, whose])
        : whose.under === null
          ? await this.orderRows.remove(`${of} is not null`, [kinds, this.projectId])
          : await this.orderRows.remove(
              `exists (select 1 from agent a where a.id = t.agent_id and $3 = any(a.path)) and ${of} is not null`,
              [kinds, this.projectId, whose.under],
            );
      const counts = new Map<string, number>();
      for (const g of gone) if (g.agent_id) counts.set(g.agent_id, (counts.get(g.agent_id) ?? 0) + 1);
      return counts;
    },
  };
  readonly tokens: Tx['tokens'] = {
    put: ({ hash, ...rest }) => this.tokenRows.put({ ...rest, id: hash }),
    revokeOf: (ids) => this.tokenRows.revoke(ids),
  };
  readonly ledger: Tx['ledger'] = {
    append: async (entries: readonly CostEntry[]) => {
      await this.sums.loadAbove(entries);
      const noted = (a: { fresh: number; lastId: string | null }) => {
        this.appended.fresh += a.fresh;
        this.appended.lastId = a.lastId ?? this.appended.lastId;
      };
      if (this.isAssumed) {
        const { told, fresh, lastId } = appendAsNew(this.db, entries, payloadOf);
        noted({ fresh, lastId: null });
        const last = lastId.then((id) => noted({ fresh: 0, lastId: id }));
        last.catch(() => undefined); // heard when the commit is waited for, if it comes to that
        this.unheard.push(last);
        return told;
      }
      const { told, ...appended } = await appendEntries(this.db, entries, payloadOf);
      noted(appended);
      return told;
    },
    find: (agentId, eventId) => findEntry(this.db, this.projectId, agentId, eventId),
    repriceable: (of, after, limit) => repriceable(this.db, this.projectId, of, after, limit),
    keepConflicts: (entries) => keepConflicts(this.db, entries),
    recordedSince: (agentIds, sinceMs) => recordedSince(this.db, this.projectId, agentIds, sinceMs),
    spentSince: (agentId, sinceMs) => spentSince(this.db, this.projectId, agentId, sinceMs),
    chargedSince: (agentId, sinceMs) => chargedSince(this.db, this.projectId, agentId, sinceMs),
  };
  get rollups(): Tx['rollups'] {
    return this.sums;
  }
  readonly agentEvents: Tx['agentEvents'] = {
    append: (events) => appendAgentEvents(this.db, this.projectId, events),
    after: (agentId, place, limit) => agentEventsAfter(this.db, this.projectId, agentId, place, limit),
  };
  readonly logs: Tx['logs'] = { append: (agentId, lines) => void this.logLines.push(...lines.map((l) => ({ ...l, agentId }))) };

  /** Sends for what will be asked for and is not kept: behind the lock, and without waiting for it. */
  readAhead(ahead: ReadAhead): Promise<unknown>[] {
    return [
      this.agents.readAhead(ahead.agents),
      ahead.settings ? this.settings.readAhead([this.projectId]) : undefined,
      ...this.tasks.readAheadAll(ahead, this.isAssumed),
      this.readEndWatches(ahead.ending),
      ahead.requests.length ? this.requests.readAhead(ahead.requests) : undefined,
    ].filter((sent) => sent !== undefined);
  }
  private readEndWatches(ids: readonly string[]): Promise<unknown> | undefined {
    if (!this.isAssumed || !this.cache.ready.areUnawaited(ids)) return this.endWatches.readAhead(ids);
    this.endWatches.none(ids);
    return undefined;
  }
  /**
   * The lock is held, or `isAssumed` to be with the project at this place: the facts go on behind its `seq`, and what is kept at
   * its revision is true.
   */
  begin(nowMs: number, place: Place, isAssumed: boolean): void {
    this.nowMs = nowMs;
    this.seq = place.seq;
    this.begunAt = place;
    this.isAssumed = isAssumed;
    if (!isAssumed) this.cache.begin(place);
    for (const t of [this.agents, this.tasks, this.settings, this.budgetUses, this.budgetTallies, this.sums]) t.trust();
    this.agents.counted = new Counted(this.cache.counts);
  }
  /**
   * When the commit is sent: the next transaction of the project need not read again what this one has read and written. Answers
   * whether that is kept, which it is only until `ProjectCache.forget` where the commit fails.
   */
  leave(place: Place): boolean {
    if (!this.cache.leave(this.begunAt.revision, place)) return false;
    for (const t of [this.agents, this.tasks, this.settings, this.budgetUses, this.budgetTallies]) t.remember();
    this.tasks.leaveQueues(this.cache.ready, this.made.endWatches?.touched.keys() ?? []);
    this.sums.remember();
    this.cache.counts = this.agents.counted.after();
    return true;
  }

  append(event: NewEvent, actor: string): void {
    this.seq += 1;
    // field by field: a spread copy of each takes longer than all the rest
    const { type, subjectId, data } = event;
    this.facts.push({ type, subjectId, data, seq: this.seq, atMs: this.nowMs, actor } as LoggedEvent);
  }

  /**
   * Sends everything that is pending. Answers what the commit will have changed, and what is under way; throws before
   * anything may be committed where a record cannot be written.
   */
  finish(): { commit: Commit; place: Place; sent: Promise<unknown>[] } {
    const sent: Promise<unknown>[] = [...this.unheard];
    const send = (statement: Promise<unknown>) => {
      // heard by whoever waits for all of it; should a later one not be sent at all, nobody does
      statement.catch(() => undefined);
      sent.push(statement);
    };
    for (const t of Object.values(this.made)) t.write().forEach(send);
    if (this.logLines.length) send(appendLogs(this.db, this.projectId, this.logLines));
    [...this.requests.write(), ...this.audit.write()].forEach(send);
    const kept = [this.agents, this.tasks, this.settings, this.budgetUses, this.budgetTallies, this.sums, this.made.endWatches];
    const changed = this.appended.fresh > 0 || kept.some((t) => t && t.touched.size > 0);
    const revision = changed ? newRevision() : this.begunAt.revision;
    if (this.facts.length) send(appendEvents(this.db, this.projectId, this.facts, { lastSeq: this.seq, revision }, subjectKindOf));
    else if (changed) send(this.db.query('update project set revision = $2 where id = $1', [this.projectId, revision]));
    const commit: Commit = {
      projectId: this.projectId,
      atMs: this.nowMs,
      fromSeq: this.begunAt.seq + 1,
      toSeq: this.seq,
      events: this.facts,
      agents: touchedOf(this.made.agents),
      leases: touchedOf(this.made.leases),
      tasks: touchedOf(this.made.tasks),
      locks: touchedOf(this.made.locks),
      barriers: touchedOf(this.made.barriers),
      changes: touchedOf(this.made.changes),
      stops: touchedOf(this.made.stops),
      stopMembers: touchedOf(this.made.stopMembers),
      rollups: [...this.sums.touched.values()],
      orderRunners: [...new Set(touchedOf(this.made.orderRows).map((o) => o.runnerId))],
      revokedTokensOf: [...(this.made.tokenRows?.revoked ?? [])],
    };
    return { commit, place: { seq: this.seq, revision }, sent };
  }
}
/**
 * Drawn, not counted: two servers of which each goes on where the other's commit failed must not come to the same one, or a
 * transaction that was decided on what never was would pass for true.
 */
const newRevision = (): bigint => randomBytes(8).readBigUInt64LE() >> 1n;
const touchedOf = <T extends { id: string }>(table: PgTable<T> | undefined): T[] => (table ? [...table.touched.values()] : []);
const fromRow = (r: rows.RunnerRow | undefined): Runner | undefined => {
  if (!r) return undefined;
  const { scoped, scope, ...rest } = r;
  return { ...rest, scope: scoped ? scope : null };
};
