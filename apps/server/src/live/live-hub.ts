import type { Server as HttpServer, IncomingMessage } from 'node:http';
import type { Commit } from '@reeve/core';
import type { Frame, LiveClientEvents, LiveServerEvents, Patch } from '@reeve/core/vocabulary';
import type { Db } from '@reeve/prisma';
import { Server as IoServer, type Namespace } from 'socket.io';
import type { Principals } from '../auth/principals.ts';
import { sameOrigin } from '../http/origin.ts';
import { liveAgentRows } from '../store/reads/agents.ts';
import { changesById } from '../store/reads/changes.ts';
import { barriersById, locksById } from '../store/reads/coordination.ts';
import { stopSummaries } from '../store/reads/stops.ts';
import { tasksById } from '../store/reads/tasks.ts';

const frameMs = 50;
const recheckMs = 30_000;
/** A client that missed more records than this takes a new snapshot. */
const mostResumed = 3_000;
/** Nor are more events than this read to find out what it missed. */
const mostEvents = 100_000;

type Pending = {
  agents: Set<string>;
  beats: Map<string, Patch>;
  costs: Map<string, Patch>;
  tasks: Set<string>;
  changes: Set<string>;
  stops: Set<string>;
  locks: Set<string>;
  barriers: Set<string>;
  toSeq: number;
};
const nothing = (toSeq: number): Pending => ({
  agents: new Set(),
  beats: new Map(),
  costs: new Map(),
  tasks: new Set(),
  changes: new Set(),
  stops: new Set(),
  locks: new Set(),
  barriers: new Set(),
  toSeq,
});
const isEmpty = (c: Commit): boolean =>
  c.toSeq < c.fromSeq &&
  [c.agents, c.leases, c.rollups, c.tasks, c.changes, c.stops, c.stopMembers, c.locks, c.barriers].every((rows) => rows.length === 0);

/**
 * Commits become frames: at most one every 50 ms, coalesced per record, with no gap in `seq`. Heartbeats and costs, the
 * many, are told as their commit left them; what else a frame carries is read after its commits, so it may be newer than
 * its `toSeq`, never older; a repeated record is harmless.
 */
export class LiveHub {
  readonly io: IoServer;
  private readonly room: Namespace<LiveClientEvents, LiveServerEvents>;
  private pending: Pending;
  private sentSeq: number;
  private timer: NodeJS.Timeout | undefined;
  private readonly looks: NodeJS.Timeout;
  private flushedMs = 0;
  private flushing: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(
    http: HttpServer,
    private readonly db: Db,
    private readonly projectId: string,
    private readonly principals: Principals,
    startSeq: number,
    private readonly onError: (e: unknown) => void,
    isOurs: (host: string | undefined) => boolean,
    /** Folds what the sums of costs lack. */
    private readonly settled: () => Promise<void>,
  ) {
    this.sentSeq = startSeq;
    this.pending = nothing(startSeq);
    this.io = new IoServer(http, {
      path: '/socket.io',
      // or engine.io kills every other websocket (Next's) after a second
      destroyUpgrade: false,
      perMessageDeflate: false,
      maxHttpBufferSize: 10_000, // what a client sends is a number
      // a browser applies no CORS to websockets: refuse other sites' pages
      allowRequest: (req, ok) => ok(null, sameOrigin(req) && isOurs(req.headers.host)),
    });
    this.room = this.io.of('/live');
    this.room.use((socket, next) => {
      this.mayHear(socket).then(
        (may) => {
          if (may) next();
          else next(Object.assign(new Error('unauthenticated'), { data: { code: 'unauthenticated' } }));
        },
        () => next(new Error('unavailable')),
      );
    });
    this.looks = setInterval(() => this.recheck(), recheckMs);
    this.looks.unref();
    this.room.on('connection', (socket) => {
      void socket.join(projectId);
      socket.on('resume', (request, reply) => {
        if (typeof reply !== 'function') return;
        this.resume(request?.afterSeq).then(reply, () => reply({ reset: true }));
      });
    });
  }

  /** People and tokens of this project, whatever their role: a frame shows what a viewer may see. */
  private async mayHear(socket: { request: IncomingMessage }): Promise<boolean> {
    const p = await this.principals.of(socket.request.headers);
    return (p?.kind === 'person' || p?.kind === 'project') && p.projectId === this.projectId;
  }
  /** Whoever may no longer hear is cut off: at once when a session or token was ended, soon when it ended by itself. */
  recheck(): void {
    for (const socket of this.room.sockets.values())
      this.mayHear(socket).then(
        (may) => may || socket.disconnect(true),
        () => undefined, // the database is away: asked again at the next look
      );
  }

  committed(c: Commit): void {
    if (isEmpty(c)) return; // a look of the loops, a preview, a repeated call: nothing that a screen could show
    const p = this.pending;
    p.toSeq = c.toSeq;
    for (const a of c.agents) p.agents.add(a.id);
    for (const l of c.leases) {
      const savedAtMs = l.checkpoint?.savedAtMs ?? null;
      p.beats.set(l.id, ['h', l.id, l.lastHeartbeatMs ?? c.atMs, l.expiresAtMs, l.activity, l.progress, savedAtMs]);
    }
    for (const r of c.rollups) p.costs.set(r.id, ['c', r.id, r.ownNanoUsd.toString(), r.totalNanoUsd.toString(), r.totalUnpriced]);
    for (const t of c.tasks) p.tasks.add(t.id);
    for (const g of c.changes) p.changes.add(g.id);
    for (const s of c.stops) p.stops.add(s.id);
    for (const m of c.stopMembers) p.stops.add(m.stopId);
    for (const l of c.locks) p.locks.add(l.id);
    for (const b of c.barriers) p.barriers.add(b.id);
    // the first after a quiet moment goes at once
    this.timer ??= setTimeout(() => this.flush(), Math.max(0, this.flushedMs + frameMs - performance.now()));
  }

  private flush(): void {
    this.timer = undefined;
    this.flushedMs = performance.now();
    const p = this.pending;
    this.pending = nothing(p.toSeq);
    this.flushing = this.flushing
      .then(async () => {
        const fromSeq = this.sentSeq + 1;
        this.sentSeq = p.toSeq;
        if (this.closed || this.room.sockets.size === 0) return;
        const frame: Frame = { fromSeq, toSeq: p.toSeq, atMs: Date.now(), patches: await this.patches(p) };
        this.room.to(this.projectId).emit('frame', frame);
      })
      // a lost frame shows as a gap, and the client asks for what it missed
      .catch(this.onError);
  }

  private async patches(p: Omit<Pending, 'toSeq'>): Promise<Patch[]> {
    const out: Patch[] = [];
    for (const row of await liveAgentRows(this.db, this.projectId, [...p.agents])) out.push(['a', ...row]);
    for (const [id, beat] of p.beats) if (!p.agents.has(id)) out.push(beat);
    // behind the rows, whose sums may not be folded yet
    for (const cost of p.costs.values()) out.push(cost);
    for (const t of await tasksById(this.db, this.projectId, [...p.tasks])) out.push(['t', t]);
    for (const g of await changesById(this.db, this.projectId, [...p.changes])) out.push(['g', g]);
    for (const s of await stopSummaries(this.db, this.projectId, [...p.stops])) out.push(['s', s]);
    for (const l of await locksById(this.db, this.projectId, [...p.locks])) out.push(['l', l]);
    for (const b of await barriersById(this.db, this.projectId, [...p.barriers])) out.push(['b', b]);
    return out;
  }

  /** What changed after `afterSeq`, as one frame; or `reset` where that is too much or cannot be known. */
  private async resume(afterSeq: unknown): Promise<{ frame: Frame } | { reset: true }> {
    // a snapshot of this moment is ahead of the frame that is still due: that one first, or each snapshot would be told to reset
    if (this.timer && Number(afterSeq) > this.sentSeq) await new Promise((go) => setTimeout(go, frameMs));
    await this.flushing;
    const toSeq = this.sentSeq;
    if (typeof afterSeq !== 'number' || !Number.isInteger(afterSeq) || afterSeq < 0 || afterSeq > toSeq) return { reset: true };
    if (toSeq - afterSeq > mostEvents) return { reset: true };
    const rows = await this.db.$queryRaw<{ subjectKind: string; subjectId: string }[]>`
      select distinct subject_kind as "subjectKind", subject_id as "subjectId"
      from event where project_id = ${this.projectId} and seq > ${afterSeq} limit ${mostResumed + 1}`;
    if (rows.length > mostResumed) return { reset: true };
    const of = (kind: string) => rows.filter((r) => r.subjectKind === kind).map((r) => r.subjectId);
    const spenders = await this.db.$queryRaw<{ id: string }[]>`
      select distinct x->>0 as id from event e cross join lateral jsonb_array_elements(e.data->'agents') x
      where e.project_id = ${this.projectId} and e.seq > ${afterSeq} and e.type = 'cost.recorded' and e.data ? 'agents'
      limit ${mostResumed + 1}`;
    if (rows.length + spenders.length > mostResumed) return { reset: true };
    await this.settled();
    const ids = [...of('agent'), ...spenders.map((s) => s.id)];
    const touched = await this.db.agent.findMany({ where: { id: { in: ids } }, select: { path: true } });
    // a cost changes every ancestor; a heartbeat is no event, so every live lease is told again
    const agents = new Set(touched.flatMap((a) => a.path));
    const patches = await this.patches({
      agents,
      beats: await this.allBeats(),
      costs: new Map(),
      tasks: new Set(of('task')),
      changes: new Set(of('change')),
      stops: new Set(of('stop')),
      locks: new Set(of('lock')),
      barriers: new Set(of('barrier')),
    });
    return { frame: { fromSeq: afterSeq + 1, toSeq, atMs: Date.now(), patches } };
  }
  private async allBeats(): Promise<Map<string, Patch>> {
    const rows = await this.db.$queryRaw<
      { id: string; beat: Date | null; expires: Date; activity: string | null; progress: number | null; saved: number | null }[]
    >`
      select l.agent_id as id, l.last_heartbeat_at as beat, l.expires_at as expires, l.activity, l.progress,
        (l.checkpoint->>'savedAtMs')::float8 as saved
      from agent_lease l join agent a on a.id = l.agent_id
      where a.project_id = ${this.projectId} and a.state in ('starting', 'running', 'paused', 'lost', 'stopping') and l.last_heartbeat_at is not null
      limit 10000`;
    return new Map(rows.map((r) => [r.id, ['h', r.id, r.beat?.getTime() ?? 0, r.expires.getTime(), r.activity, r.progress, r.saved]]));
  }

  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.looks);
    clearTimeout(this.timer);
    await this.flushing;
    await this.io.close();
  }
}
