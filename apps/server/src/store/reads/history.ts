import { type Barrier, compareHistories, contradictions, type History, type Lock, type PastAgent, type Records, usdOf } from '@reeve/core';
import {
  type AgentRow,
  encodeAgent,
  type HistoryBundle,
  type HistoryDifferenceView,
  type HistoryView,
  isFinalAgent,
} from '@reeve/core/vocabulary';
import type { Db } from '@reeve/prisma';
import { notFound } from '../../trpc/failure.ts';
import { historyAt } from '../history-snapshots.ts';
import type { TextReader } from '../text-reader.ts';
import { listEvents, readSeq } from './project.ts';

/** As on the live screen: what ended longer ago is left out, unless something below it lives. */
const endedForMs = 3_600_000;
const mostEvents = 5_000;

async function known(db: Db, text: TextReader, projectId: string, seq: number): Promise<History> {
  if (seq > (await readSeq(db, projectId))) throw notFound('event', String(seq));
  return historyAt(db, text, projectId, seq);
}

/** The tree, the board, costs, locks and barriers as they were when event `seq` had happened. */
export async function readHistory(db: Db, text: TextReader, projectId: string, q: { seq?: number | undefined }): Promise<HistoryView> {
  const lastSeq = await readSeq(db, projectId);
  const h = await known(db, text, projectId, q.seq ?? lastSeq);
  const name = (id: string) => h.agents.get(id)?.name ?? null;
  const using = (l: { holders: unknown[]; waiters: unknown[] }) => l.holders.length + l.waiters.length > 0;
  let spent = 0n;
  for (const a of h.agents.values()) spent += a.ownNanoUsd;
  return {
    seq: h.seq,
    lastSeq,
    at: new Date(h.atMs).toISOString(),
    agents: await rowsOf(db, h),
    tasks: [...h.tasks.values()].map((t) => ({ id: t.id, title: t.title, state: t.state, agentId: t.agentId })),
    locks: [...h.locks.values()].filter(using).map((l) => ({
      name: l.name,
      permits: l.permits,
      holders: l.holders.map((x) => ({ agentId: x.agentId, agentName: name(x.agentId) })),
      waiters: l.waiters.map((x) => ({ agentId: x.agentId, agentName: name(x.agentId) })),
    })),
    barriers: [...h.barriers.values()]
      .filter((b) => b.arrived.length > 0)
      .map((b) => ({
        name: b.name,
        expected: b.expected,
        arrived: b.arrived.map((p) => ({ agentId: p.agentId, agentName: name(p.agentId) })),
      })),
    spentUsd: usdOf(spent),
  };
}

/** What the log does not say of an agent never changes, so its record says it of any moment. */
async function rowsOf(db: Db, h: History): Promise<AgentRow[]> {
  const shown = new Set<string>();
  for (const a of h.agents.values()) {
    if (isFinalAgent(a.state) && (a.endedAtMs ?? 0) < h.atMs - endedForMs) continue;
    for (let at: PastAgent | undefined = a; at && !shown.has(at.id); at = at.parentId === null ? undefined : h.agents.get(at.parentId))
      shown.add(at.id);
  }
  const sums = subtreeSums(h);
  const rows = await db.agent.findMany({ where: { id: { in: [...shown] } }, select: { id: true, kind: true, model: true } });
  const fixed = new Map(rows.map((r) => [r.id, r]));
  return [...h.agents.values()]
    .filter((a) => shown.has(a.id))
    .map((a) =>
      encodeAgent({
        ...a,
        kind: fixed.get(a.id)?.kind ?? 'agent',
        model: fixed.get(a.id)?.model ?? null,
        lastHeartbeatMs: null,
        checkpointMs: null,
        leaseExpiresMs: null,
        activity: null,
        progress: null,
        budgetNanoUsd: null,
        ownNanoUsd: a.ownNanoUsd.toString(),
        subtreeNanoUsd: (sums.get(a.id) ?? 0n).toString(),
      }),
    );
}
function subtreeSums(h: History): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const a of h.agents.values()) {
    if (a.ownNanoUsd === 0n) continue;
    for (let at: PastAgent | undefined = a; at; at = at.parentId === null ? undefined : h.agents.get(at.parentId))
      sums.set(at.id, (sums.get(at.id) ?? 0n) + a.ownNanoUsd);
  }
  return sums;
}

export async function compareHistory(
  db: Db,
  text: TextReader,
  projectId: string,
  q: { from: number; to: number },
): Promise<HistoryDifferenceView> {
  const [before, after] = [await known(db, text, projectId, q.from), await known(db, text, projectId, q.to)];
  const d = compareHistories(before, after);
  const name = (id: string) => after.agents.get(id)?.name ?? id;
  return {
    from: { seq: before.seq, at: new Date(before.atMs).toISOString() },
    to: { seq: after.seq, at: new Date(after.atMs).toISOString() },
    agents: d.agents.map(({ spentNanoUsd, ...a }) => ({ ...a, spentUsd: usdOf(spentNanoUsd) })),
    tasks: d.tasks,
    locks: d.locks.map((l) => ({ name: l.name, from: l.from.map(name), to: l.to.map(name) })),
    spentUsd: usdOf(d.spentNanoUsd),
  };
}

/** All that a person needs to look at an incident elsewhere: both points, what differs, and the events between them. */
export async function historyBundle(db: Db, text: TextReader, projectId: string, q: { from: number; to: number }): Promise<HistoryBundle> {
  const difference = await compareHistory(db, text, projectId, q);
  const events: HistoryBundle['events'] = [];
  for (let after = q.from; events.length < mostEvents; ) {
    const { items } = await listEvents(db, projectId, { after, limit: 1_000 });
    const here = items.filter((e) => e.seq <= q.to);
    events.push(...here);
    if (here.length < 1_000) break;
    after = here.at(-1)?.seq ?? q.to;
  }
  return {
    before: await readHistory(db, text, projectId, { seq: q.from }),
    after: await readHistory(db, text, projectId, { seq: q.to }),
    difference,
    events,
    eventsTruncated: (events.at(-1)?.seq ?? q.from) < q.to,
  };
}

/** The whole log replayed from nothing, held against the records of the same moment. */
export async function checkHistory(db: Db, text: TextReader, projectId: string): Promise<{ seq: number; contradictions: string[] }> {
  for (let tries = 0; ; tries++) {
    const seq = await readSeq(db, projectId);
    const h = await historyAt(db, text, projectId, seq, 'the start');
    const records = await recordsOf(db, projectId);
    // written meanwhile: the records are of a later moment
    if ((await readSeq(db, projectId)) !== seq && tries < 20) continue;
    return { seq, contradictions: contradictions(h, records).slice(0, 1_000) };
  }
}
async function recordsOf(db: Db, projectId: string): Promise<Records> {
  const where = { projectId };
  const [agents, rollups, tasks, locks, barriers] = await Promise.all([
    db.agent.findMany({ where }),
    db.costRollup.findMany({ where, select: { agentId: true, ownNanoUsd: true } }),
    db.task.findMany({ where }),
    db.lock.findMany({ where }),
    db.barrier.findMany({ where }),
  ]);
  const own = new Map(rollups.map((r) => [r.agentId, r.ownNanoUsd]));
  return {
    agents: agents.map((a) => ({
      ...a,
      state: a.state as PastAgent['state'],
      containment: a.containment as PastAgent['containment'],
      createdAtMs: a.createdAt.getTime(),
      endedAtMs: a.endedAt?.getTime() ?? null,
      ownNanoUsd: own.get(a.id) ?? 0n,
    })),
    tasks: tasks.map((t) => ({
      ...t,
      state: t.state as Records['tasks'][number]['state'],
      claimExpiresAtMs: t.claimExpiresAt?.getTime() ?? null,
    })),
    locks: locks.map((l) => ({ ...l, holders: l.holders as Lock['holders'], waiters: l.waiters as Lock['waiters'] })),
    barriers: barriers.map((b) => ({ ...b, arrived: b.arrived as Barrier['arrived'] })),
  };
}
