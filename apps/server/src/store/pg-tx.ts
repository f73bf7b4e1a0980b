import {
  type Agent,
  type Barrier,
  type BudgetUse,
  type Change,
  type Commit,
  type CostEntry,
  type EndWatch,
  heldConfirmMs,
  type LaunchSpec,
  type Lease,
  type Lock,
  type LoggedEvent,
  liveAgentStates,
  type NewEvent,
  type ProjectSettings,
  payloadOf,
  type Repository,
  type Reservation,
  type Runner,
  type RunnerOrder,
  type SpawnTallies,
  type Stop,
  type StopMember,
  type StoredOrder,
  type StoredToken,
  subjectKindOf,
  type Task,
  type TaskArtefact,
  type TaskComment,
  type TreeNode,
  type Tx,
  type Whose,
  wavesOf,
} from '@reeve/core';
import { isoText } from './columns.ts';
import { Counted } from './known-counts.ts';
import { appendAgentEvents, appendEvents, appendLogs, type LogLine } from './pg-appends.ts';
import { PgAudit } from './pg-audit.ts';
import { agentEventsAfter, Effects, pgCheckpoints } from './pg-checkpoints.ts';
import { appendEntries, findEntry, keepConflicts, recordedSince, spentSince } from './pg-ledger.ts';
import { PgMeetings } from './pg-meetings.ts';
import { PgRequests } from './pg-requests.ts';
import { PgSums } from './pg-sums.ts';
import { type Connection, PgTable } from './pg-table.ts';
import type { ProjectCache } from './project-cache.ts';
import * as rows from './rows.ts';

const inLiveIndex = `t.state in (${[...liveAgentStates, 'unconfirmed'].map((s) => `'${s}'`).join(', ')})`;

class Agents extends PgTable<Agent> {
  async withAncestors(ids: readonly string[]): Promise<Agent[]> {
    const self = await this.many(ids);
    return this.many(self.flatMap((a) => a.path));
  }
  liveSubtree(id: string): Promise<Agent[]> {
    // the live agents are few beside all that ever were: scan those, not the tree
    return this.select(`where t.project_id = $1 and ${inLiveIndex} and $2 = any(t.path) order by cardinality(t.path), t.id`, [
      this.projectId,
      id,
    ]);
  }
  async liveCount(): Promise<number> {
    await this.flush();
    return this.counted.liveNow(() => this.countLive());
  }
  byRequest(requestId: string): Promise<Agent | undefined> {
    return this.one((a) => a.requestId === requestId, 'where t.project_id = $1 and t.request_id = $2', [this.projectId, requestId]);
  }
  async liveTree(rootId: string | null, limit?: number): Promise<TreeNode[]> {
    await this.flush();
    // the nearest ancestor that lives, where the parent does not: a gap to be bridged. Whether one lives is asked of a hash
    // (`in`, kept from becoming a join by `is true`): for a subtree that has just registered the planner expects one row,
    // and its loop of `live` over `live` took half a minute for 10,000
    return this.db.query<TreeNode & Record<string, unknown>>(
      `with live as materialized (
         select t.id, t.parent_id, t.path from agent t where t.project_id = $1 and ${inLiveIndex}${rootId === null ? '' : ' and $2 = any(t.path)'}${limit === undefined ? '' : ` limit ${Math.trunc(limit)}`}
       )
       select l.id, case when l.parent_id in (select id from live) then l.parent_id else (
           select up.id from unnest(l.path[:cardinality(l.path) - 1]) with ordinality as up(id, n)
           where (up.id in (select id from live)) is true order by up.n desc limit 1
         ) end as "parentId"
       from live l order by cardinality(l.path), l.id`,
      rootId === null ? [this.projectId] : [this.projectId, rootId],
    );
  }
  async liveShape(rootId: string | null): Promise<{ agents: number; waves: number }> {
    await this.flush();
    // by parent, since there are fewer of those: each is looked up once, whatever the planner expects of a subtree this young
    const isTop = rootId === null ? 't.parent_id is null' : 't.id = $2';
    const [row] = await this.db.query<{ agents: string; high: number | null; low: number | null; gaps: string }>(
      `select coalesce(sum(f.agents), 0) as agents, min(f.high) as high, max(f.low) as low, count(*) filter (
           where not f.top and (select ${inLiveIndex} from agent t where t.id = f.parent_id) is not true
         ) as gaps
       from (
         select t.parent_id, count(*) as agents, min(cardinality(t.path)) as high, max(cardinality(t.path)) as low, bool_or(${isTop}) as top
         from agent t where t.project_id = $1 and ${inLiveIndex}${rootId === null ? '' : ' and $2 = any(t.path)'}
         group by t.parent_id
       ) f`,
      rootId === null ? [this.projectId] : [this.projectId, rootId],
    );
    const agents = Number(row?.agents ?? 0);
    // where every parent lives, the longest way down is the number of waves; a gap on it takes the tree itself
    if (row?.gaps === '0') return { agents, waves: agents && (row.low ?? 0) - (row.high ?? 0) + 1 };
    const waves = [...wavesOf(await this.liveTree(rootId)).values()].reduce((most, wave) => Math.max(most, wave + 1), 0);
    return { agents, waves };
  }
  /** Set by the transaction: writes the members that stand already. */
  before: () => Promise<void> = async () => {};
  async unenlisted(stop: Stop, limit: number): Promise<Agent[]> {
    await this.before();
    const below = stop.agentId === null ? '' : 'and $5 = any(t.path)';
    return this.select(
      `where t.project_id = $1 and t.created_at <= $2 and (${inLiveIndex} or t.ended_at > $2) ${below}
         and not exists (select 1 from stop_member m where m.id = $3 || '/' || t.id)
       order by cardinality(t.path) desc, t.id limit $4`,
      [this.projectId, isoText(stop.acceptedAtMs), stop.id, limit, ...(stop.agentId === null ? [] : [stop.agentId])],
    );
  }
  /** Set by the transaction: what this process knows of the counts already. */
  counted = new Counted(undefined);
  override put(agent: Agent): void {
    this.counted.wrote(this.storedOf(agent.id), agent);
    super.put(agent);
  }
  async spawnCounts(q: { parentIds: readonly string[]; sessionIds: readonly string[]; sinceMs: number }): Promise<SpawnTallies> {
    await this.flush();
    const live = await this.counted.liveNow(() => this.countLive());
    const sessions = await this.counted.sessionsNow(q.sessionIds, (ids) => this.countSessions(ids));
    const recent = await this.db.query<{ id: string; n: string }>(
      'select t.session_id as id, count(*) as n from agent t where t.project_id = $1 and t.created_at > $2 group by t.session_id',
      [this.projectId, isoText(q.sinceMs)],
    );
    const recentOf = new Map(recent.map((r) => [r.id, Number(r.n)]));
    const children = q.parentIds.length
      ? await this.db.query<{ id: string; n: string }>(
          `select t.parent_id as id, count(*) as n from agent t
           where t.parent_id = any($2::text[]) and t.project_id = $1 and ${inLiveIndex} group by t.parent_id`,
          [this.projectId, q.parentIds],
        )
      : [];
    return {
      project: { live, recent: [...recentOf.values()].reduce((sum, n) => sum + n, 0) },
      sessions: new Map([...sessions].map(([id, counts]) => [id, { ...counts, recent: recentOf.get(id) ?? 0 }])),
      children: new Map(children.map((r) => [r.id, Number(r.n)])),
    };
  }
  private async countLive(): Promise<number> {
    const [row] = await this.db.query<{ n: string }>(`select count(*) as n from agent t where t.project_id = $1 and ${inLiveIndex}`, [
      this.projectId,
    ]);
    return Number(row?.n ?? 0);
  }
  private async countSessions(ids: readonly string[]): Promise<Map<string, { live: number; total: number }>> {
    const rows = await this.db.query<{ id: string; live: string; total: string }>(
      `select t.session_id as id, count(*) filter (where ${inLiveIndex}) as live, count(*) as total
       from agent t where t.session_id = any($2::text[]) and t.project_id = $1 group by t.session_id`,
      [this.projectId, ids],
    );
    return new Map(rows.map((r) => [r.id, { live: Number(r.live), total: Number(r.total) }]));
  }
}
class Stops extends PgTable<Stop> {
  open(): Promise<Stop[]> {
    return this.select("where t.project_id = $1 and t.state = 'stopping' order by t.id", [this.projectId]);
  }
}
class StopMembers extends PgTable<StopMember> {
  ofStop(stopId: string): Promise<StopMember[]> {
    return this.select('where t.stop_id = $1 order by t.wave, t.id', [stopId]);
  }
  /** Set by the transaction: writes what else the questions here read. */
  before: () => Promise<void> = async () => {};
  /** `isActionable`, in the database's words. */
  async actionable(stop: Stop, nowMs: number, limit: number): Promise<StopMember[]> {
    await this.before();
    // who has open members below it is asked of a hash, as in `liveTree`: the planner knows nothing of a stop this young
    return this.select(
      `join agent a on a.id = t.agent_id left join agent_lease l on l.agent_id = t.agent_id
       where t.stop_id = $1 and t.outcome is null
         and (t.agent_id in (select c.parent_id from stop_member c where c.stop_id = $1 and c.outcome is null)) is not true
         and (t.asked_at is null
           or (t.killed_at is null and t.deadline_at <= $2)
           or a.state in ('stopped', 'killed', 'completed', 'failed')
           or (a.process = 'ended' and a.process_evidence is not null)
           or (a.acknowledged and a.process not in ('running', 'launching'))
           or (greatest(t.deadline_at, coalesce(t.killed_at, t.asked_at)) + $3 * interval '1 ms' <= $2
             and (a.process not in ('running', 'launching') or l.expires_at is null or l.expires_at <= $2
               or greatest(t.deadline_at, coalesce(t.killed_at, t.asked_at)) + ($3 + ${heldConfirmMs}) * interval '1 ms' <= $2)))
       order by t.wave, t.id limit $4`,
      [stop.id, isoText(nowMs), stop.killConfirmMs, limit],
    );
  }
  unconfirmedOf(agentId: string): Promise<StopMember[]> {
    return this.select("where t.project_id = $1 and t.agent_id = $2 and t.outcome = 'unconfirmed' order by t.id", [
      this.projectId,
      agentId,
    ]);
  }
  async wavesBelow(stopId: string, parentIds: readonly string[]): Promise<Map<string, number>> {
    await this.flush();
    const rows = await this.db.query<{ parent_id: string; wave: number }>(
      'select parent_id, max(wave)::int as wave from stop_member where stop_id = $1 and parent_id = any($2::text[]) group by parent_id',
      [stopId, parentIds],
    );
    return new Map(rows.map((r) => [r.parent_id, r.wave]));
  }
}
class Tasks extends PgTable<Task> {
  ready(labels: readonly string[], limit: number, capabilities: readonly string[] = []): Promise<Task[]> {
    // most tasks need nothing: said apart, or the planner takes them for few and sorts the whole board
    const able = capabilities.length ? `and (t.needs = '{}' or t.needs <@ $3::text[])` : `and t.needs = '{}'`;
    const having = labels.length ? `and t.labels @> $${capabilities.length ? 4 : 3}::text[]` : '';
    return this.select(
      `where t.project_id = $1 and t.state = 'ready' ${able} ${having} order by t.priority desc, t.id limit $2 for update skip locked`,
      [this.projectId, limit, ...(capabilities.length ? [capabilities] : []), ...(labels.length ? [labels] : [])],
    );
  }
  subtasksOf(parentIds: readonly string[]): Promise<Task[]> {
    return this.select('where t.parent_task_id = any($1::text[]) and t.project_id = $2 order by t.id', [parentIds, this.projectId]);
  }
  /** Set by the transaction: writes the agents that stand already. */
  before: () => Promise<void> = async () => {};
  async heldBy(whose: Whose): Promise<Task[]> {
    if (!('under' in whose))
      return this.select('where t.agent_id = any($1::text[]) and t.agent_id is not null and t.project_id = $2', [whose, this.projectId]);
    if (whose.under === null) return this.select('where t.agent_id is not null and t.project_id = $1', [this.projectId]);
    await this.before();
    return this.select(
      `where t.agent_id is not null and t.project_id = $1
         and exists (select 1 from agent a where a.id = t.agent_id and $2 = any(a.path))`,
      [this.projectId, whose.under],
    );
  }
  blockedOn(taskIds: readonly string[]): Promise<Task[]> {
    return this.select("where t.project_id = $1 and t.state = 'blocked' and t.depends_on && $2::text[]", [this.projectId, taskIds]);
  }
  byRequest(requestId: string): Promise<Task | undefined> {
    return this.one((t) => t.requestId === requestId, 'where t.project_id = $1 and t.request_id = $2', [this.projectId, requestId]);
  }
}
class Changes extends PgTable<Change> {
  async byRequest(requestId: string): Promise<Change | undefined> {
    return (await this.select('where t.project_id = $1 and t.request_id = $2', [this.projectId, requestId]))[0];
  }
  openOf(agentIds: readonly string[]): Promise<Change[]> {
    return this.select(
      `where t.project_id = $1 and t.agent_id = any($2::text[])
       and t.state not in ('merged', 'rolled-back', 'refused', 'rejected', 'failed', 'expired', 'withdrawn')`,
      [this.projectId, agentIds],
    );
  }
}
class Reservations extends PgTable<Reservation> {
  openOf(agentIds: readonly string[]): Promise<Reservation[]> {
    return this.select("where t.agent_id = any($1::text[]) and t.state = 'open' and t.project_id = $2", [agentIds, this.projectId]);
  }
}
class Repositories extends PgTable<Repository> {
  async byName(name: string): Promise<Repository | undefined> {
    return (await this.select('where t.project_id = $1 and t.name = $2', [this.projectId, name]))[0];
  }
}
class RunnerRows extends PgTable<rows.RunnerRow> {
  all(): Promise<rows.RunnerRow[]> {
    return this.select('where t.project_id = $1 order by t.id', [this.projectId]);
  }
}
class Orders extends PgTable<StoredOrder> {
  ofRunner(runnerId: string): Promise<StoredOrder[]> {
    return this.select('where t.runner_id = $1 order by t.id limit 200', [runnerId]);
  }
  async remove(where: string, params: unknown[]): Promise<{ id: string; agent_id: string | null }[]> {
    await this.flush();
    return this.db.query(`delete from runner_order t where ${where} returning t.id, t.agent_id`, params);
  }
}
class Tokens extends PgTable<Omit<StoredToken, 'hash'> & { id: string }> {
  readonly revoked = new Set<string>();
  async revoke(subjectIds: readonly string[]): Promise<void> {
    await this.flush();
    const gone = await this.db.query<{ subject_id: string }>(
      'delete from token where subject_id = any($1::text[]) and project_id = $2 returning subject_id',
      [subjectIds, this.projectId],
    );
    for (const g of gone) this.revoked.add(g.subject_id);
  }
}

/** The transaction of `Store` on PostgreSQL: reads through, writes in sets when something must see them, or at the end. */
export class PgTx implements Tx {
  readonly agents: Agents;
  readonly leases: PgTable<Lease>;
  readonly settings: PgTable<ProjectSettings>;
  readonly launches: PgTable<LaunchSpec>;
  readonly stops: Stops;
  readonly stopMembers: StopMembers;
  readonly tasks: Tasks;
  readonly artefacts: PgTable<TaskArtefact>;
  readonly taskComments: PgTable<TaskComment>;
  readonly locks: PgMeetings<Lock>;
  readonly barriers: PgMeetings<Barrier>;
  readonly endWatches: PgMeetings<EndWatch>;
  readonly changes: Changes;
  readonly repositories: Repositories;
  readonly checkpoints: Tx['checkpoints'];
  readonly effects: Effects;
  readonly budgetUses: PgTable<BudgetUse>;
  readonly reservations: Reservations;
  private readonly runnerRows: RunnerRows;
  private readonly orderRows: Orders;
  private readonly tokenRows: Tokens;
  readonly facts: LoggedEvent[] = [];
  private readonly logLines: LogLine[] = [];
  /** The ledger has more than its sums are folded of. */
  readonly appended: { fresh: number; lastId: string | null } = { fresh: 0, lastId: null };
  private readonly sums: PgSums;

  constructor(
    private readonly db: Connection,
    readonly projectId: string,
    readonly nowMs: number,
    private seq: number,
    private readonly cache: ProjectCache,
  ) {
    this.sums = new PgSums(db, projectId, cache);
    this.agents = new Agents(db, projectId, 'agent', rows.agentColumns, cache.agents);
    this.agents.counted = new Counted(cache.counts);
    this.launches = new PgTable(db, projectId, 'agent_launch', rows.launchColumns);
    this.settings = new PgTable(db, projectId, 'project_settings', rows.settingsColumns, cache.settings);
    this.leases = new PgTable(db, projectId, 'agent_lease', rows.leaseColumns);
    this.stops = new Stops(db, projectId, 'stop', rows.stopColumns);
    this.stopMembers = new StopMembers(db, projectId, 'stop_member', rows.stopMemberColumns);
    this.stopMembers.before = async () => {
      await this.agents.flush();
      await this.leases.flush();
    };
    this.agents.before = () => this.stopMembers.flush();
    this.tasks = new Tasks(db, projectId, 'task', rows.taskColumns);
    this.artefacts = new PgTable(db, projectId, 'task_artefact', rows.artefactColumns);
    this.taskComments = new PgTable(db, projectId, 'task_comment', rows.taskCommentColumns);
    const agentsFirst = () => this.agents.flush();
    this.tasks.before = agentsFirst;
    this.locks = new PgMeetings(db, projectId, 'lock', rows.lockColumns);
    this.barriers = new PgMeetings(db, projectId, 'barrier', rows.barrierColumns);
    this.endWatches = new PgMeetings(db, projectId, 'end_watch', rows.endWatchColumns);
    for (const meetings of [this.locks, this.barriers, this.endWatches]) meetings.before = agentsFirst;
    this.changes = new Changes(db, projectId, 'change', rows.changeColumns);
    this.repositories = new Repositories(db, projectId, 'repository', rows.repositoryColumns);
    this.checkpoints = pgCheckpoints(db, projectId);
    this.effects = new Effects(db, projectId, 'effect', rows.effectColumns);
    this.budgetUses = new PgTable(db, projectId, 'budget_use', rows.budgetUseColumns, cache.budgetUses);
    this.reservations = new Reservations(db, projectId, 'reservation', rows.reservationColumns);
    this.runnerRows = new RunnerRows(db, projectId, 'runner', rows.runnerColumns);
    this.orderRows = new Orders(db, projectId, 'runner_order', rows.orderColumns);
    this.tokenRows = new Tokens(db, projectId, 'token', rows.tokenColumns);
    this.requests = new PgRequests(db, projectId);
    this.audit = new PgAudit(db, projectId);
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
      await this.sums.load(pathsOf(entries));
      const { told, fresh, lastId } = await appendEntries(this.db, entries, payloadOf);
      this.appended.fresh += fresh;
      this.appended.lastId = lastId ?? this.appended.lastId;
      return told;
    },
    find: (agentId, eventId) => findEntry(this.db, this.projectId, agentId, eventId),
    keepConflicts: (entries) => keepConflicts(this.db, entries),
    recordedSince: (agentIds, sinceMs) => recordedSince(this.db, this.projectId, agentIds, sinceMs),
    spentSince: (agentId, sinceMs) => spentSince(this.db, this.projectId, agentId, sinceMs),
  };
  get rollups(): Tx['rollups'] {
    return this.sums;
  }
  readonly requests: PgRequests;
  readonly audit: PgAudit;
  readonly agentEvents: Tx['agentEvents'] = {
    append: (events) => appendAgentEvents(this.db, this.projectId, events),
    after: (agentId, place, limit) => agentEventsAfter(this.db, this.projectId, agentId, place, limit),
  };
  readonly logs: Tx['logs'] = { append: (agentId, lines) => void this.logLines.push(...lines.map((l) => ({ ...l, agentId }))) };

  append(event: NewEvent, actor: string): void {
    this.seq += 1;
    this.facts.push({ ...event, seq: this.seq, atMs: this.nowMs, actor });
  }

  /** Writes everything that is pending. Answers what the commit will have changed. */
  async finish(startSeq: number, startRevision: bigint): Promise<{ commit: Commit; revision: bigint }> {
    const tables = [
      this.agents,
      this.leases,
      this.settings,
      this.launches,
      this.stops,
      this.stopMembers,
      this.tasks,
      this.artefacts,
      this.taskComments,
      this.locks,
      this.barriers,
      this.endWatches,
      this.changes,
      this.repositories,
      this.effects,
      this.budgetUses,
      this.reservations,
      this.runnerRows,
      this.orderRows,
      this.tokenRows,
    ];
    for (const t of tables) await t.flush();
    if (this.logLines.length) await appendLogs(this.db, this.projectId, this.logLines);
    await this.requests.flush();
    await this.audit.flush();
    const kept = [this.agents, this.settings, this.budgetUses, this.sums];
    const changed = this.appended.fresh > 0 || kept.some((t) => t.touched.size > 0);
    const revision = changed ? startRevision + 1n : startRevision;
    if (this.facts.length) await appendEvents(this.db, this.projectId, this.facts, { lastSeq: this.seq, revision }, subjectKindOf);
    else if (changed) await this.db.query('update project set revision = $2 where id = $1', [this.projectId, revision]);
    return { commit: this.changed(startSeq), revision };
  }
  /** The next transaction of the project need not read again what this one has read and written. */
  remember(): void {
    this.cache.counts = this.agents.counted.after();
    this.agents.remember();
    this.settings.remember();
    this.budgetUses.remember();
    this.sums.committed();
  }
  private changed(startSeq: number): Commit {
    const orderRunners = [...new Set([...this.orderRows.touched.values()].map((o) => o.runnerId))];
    return {
      projectId: this.projectId,
      atMs: this.nowMs,
      fromSeq: startSeq + 1,
      toSeq: this.seq,
      events: this.facts,
      agents: [...this.agents.touched.values()],
      leases: [...this.leases.touched.values()],
      tasks: [...this.tasks.touched.values()],
      locks: [...this.locks.touched.values()],
      barriers: [...this.barriers.touched.values()],
      changes: [...this.changes.touched.values()],
      stops: [...this.stops.touched.values()],
      stopMembers: [...this.stopMembers.touched.values()],
      rollups: [...this.sums.touched.values()],
      orderRunners,
      revokedTokensOf: [...this.tokenRows.revoked],
    };
  }
}
function pathsOf(entries: readonly CostEntry[]): Set<string> {
  const ids = new Set<string>();
  let last: readonly string[] | undefined;
  for (const e of entries) {
    if (e.path !== last) for (const id of e.path) ids.add(id);
    last = e.path;
  }
  return ids;
}
const fromRow = (r: rows.RunnerRow | undefined): Runner | undefined => {
  if (!r) return undefined;
  const { scoped, scope, ...rest } = r;
  return { ...rest, scope: scoped ? scope : null };
};
