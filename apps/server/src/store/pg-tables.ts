import {
  type Agent,
  type Change,
  heldConfirmMs,
  liveAgentStates,
  type Repository,
  type Reservation,
  type SeveralIds,
  type SpawnTallies,
  type Stop,
  type StopMember,
  type StoredOrder,
  type StoredToken,
  type TreeNode,
  type WeighedChange,
  wavesOf,
} from '@reeve/core';
import { isoText } from './columns.ts';
import { Counted } from './known-counts.ts';
import { PgTable } from './pg-table.ts';
import type * as rows from './rows.ts';

const inLiveIndex = `t.state in (${[...liveAgentStates, 'unconfirmed'].map((s) => `'${s}'`).join(', ')})`;

export class Agents extends PgTable<Agent> {
  async withAncestors(ids: SeveralIds): Promise<Agent[]> {
    const all = new Set<string>();
    for (const { path } of await this.many(ids)) for (const id of path) all.add(id);
    return this.many(all);
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
export class Stops extends PgTable<Stop> {
  open(): Promise<Stop[]> {
    return this.select("where t.project_id = $1 and t.state = 'stopping' order by t.id", [this.projectId]);
  }
}
export class StopMembers extends PgTable<StopMember> {
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
export class Changes extends PgTable<Change> {
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
  activating(): Promise<Change[]> {
    return this.select("where t.project_id = $1 and t.activation ->> 'open' = 'true' order by t.id", [this.projectId]);
  }
  async proposedSince(repositoryId: string, sinceMs: number): Promise<WeighedChange[]> {
    await this.flush();
    const rows = await this.db.query<Omit<WeighedChange, 'createdAtMs'> & { createdAt: string }>(
      `select id, agent_id as "agentId", agent_path as "agentPath", state, blast_radius as "blastRadius",
         (extract(epoch from created_at) * 1000)::bigint::text as "createdAt"
       from change where project_id = $1 and repository_id = $2 and created_at >= $3::timestamptz
         and state not in ('rolled-back', 'refused', 'rejected', 'failed', 'expired', 'withdrawn')
       order by id desc limit 1000`,
      [this.projectId, repositoryId, isoText(sinceMs)],
    );
    return rows.map(({ createdAt, ...row }) => ({ ...row, createdAtMs: Number(createdAt) }));
  }
}
export class Reservations extends PgTable<Reservation> {
  openOf(agentIds: readonly string[]): Promise<Reservation[]> {
    return this.select("where t.agent_id = any($1::text[]) and t.state = 'open' and t.project_id = $2", [agentIds, this.projectId]);
  }
  async heldSince(agentId: string | null, sinceMs: number): Promise<{ reservedNanoUsd: bigint; unknownNanoUsd: bigint }> {
    await this.flush();
    const [row] = await this.db.query<{ reserved: string; unknown: string }>(
      `select coalesce(sum(t.amount_nano_usd) filter (where t.state = 'open'), 0)::text as reserved,
         coalesce(sum(greatest(t.amount_nano_usd - greatest(t.settled_nano_usd, 0), 0)) filter (where t.state = 'unknown' and t.ended_at >= $2), 0)::text as unknown
       from reservation t where t.project_id = $1 and t.state in ('open', 'unknown')${agentId === null ? '' : ' and ($3 = any(t.path) or $3 = any(t.charged_to))'}`,
      [this.projectId, isoText(sinceMs), ...(agentId === null ? [] : [agentId])],
    );
    return { reservedNanoUsd: BigInt(row?.reserved ?? 0), unknownNanoUsd: BigInt(row?.unknown ?? 0) };
  }
}
export class Repositories extends PgTable<Repository> {
  async byName(name: string): Promise<Repository | undefined> {
    return (await this.select('where t.project_id = $1 and t.name = $2', [this.projectId, name]))[0];
  }
}
export class RunnerRows extends PgTable<rows.RunnerRow> {
  all(): Promise<rows.RunnerRow[]> {
    return this.select('where t.project_id = $1 order by t.id', [this.projectId]);
  }
}
export class Orders extends PgTable<StoredOrder> {
  ofRunner(runnerId: string): Promise<StoredOrder[]> {
    return this.select('where t.runner_id = $1 order by t.id limit 200', [runnerId]);
  }
  async remove(where: string, params: unknown[]): Promise<{ id: string; agent_id: string | null }[]> {
    await this.flush();
    return this.db.query(`delete from runner_order t where ${where} returning t.id, t.agent_id`, params);
  }
}
export class Tokens extends PgTable<Omit<StoredToken, 'hash'> & { id: string }> {
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
