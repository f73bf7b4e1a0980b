import type { Barrier } from '../coordination/barrier.ts';
import type { Lock } from '../coordination/lock.ts';
import type { History, PastAgent, PastTask } from './history.ts';

type Tagged = { $nano: string };
type AgentRow = ReturnType<typeof agentRow>;
type TaskRow = ReturnType<typeof taskRow>;
/** Agents and tasks as rows without names: a day has a hundred thousand, and a reviver over them takes five times as long as reading. */
type Written = { seq: number; atMs: number; agents: AgentRow[]; tasks: TaskRow[]; meetings: string };

const agentRow = (a: PastAgent) =>
  [
    ...([a.id, a.parentId, a.sessionId, a.name, a.role, a.state, a.epoch] as const),
    ...([a.containment, a.stopId, a.createdAtMs, a.endedAtMs, String(a.ownNanoUsd), a.unpriced] as const),
  ] as const;
const agentOf = (r: AgentRow): PastAgent => ({
  id: r[0],
  parentId: r[1],
  sessionId: r[2],
  name: r[3],
  role: r[4],
  state: r[5],
  epoch: r[6],
  containment: r[7],
  stopId: r[8],
  createdAtMs: r[9],
  endedAtMs: r[10],
  ownNanoUsd: BigInt(r[11]),
  unpriced: r[12],
});
const taskRow = (t: PastTask) => [t.id, t.title, t.state, t.agentId, t.attempts, String(t.claimToken), t.claimExpiresAtMs] as const;
const taskOf = (r: TaskRow): PastTask => ({
  id: r[0],
  title: r[1],
  state: r[2],
  agentId: r[3],
  attempts: r[4],
  claimToken: BigInt(r[5]),
  claimExpiresAtMs: r[6],
});
/** Locks and barriers are few, and whatever they hold comes back. */
type Meetings = { locks: Lock[]; barriers: Barrier[] };
const meetingsText = (m: Meetings): string =>
  JSON.stringify(m, (_, v) => (typeof v === 'bigint' ? ({ $nano: v.toString() } satisfies Tagged) : v));
const meetingsOf = (text: string): Meetings =>
  JSON.parse(text, (_, v) => (v && typeof v === 'object' && '$nano' in v ? BigInt((v as Tagged).$nano) : v));

/**
 * A history as text, to begin from later instead of from the start of the log.
 *
 * Use it for snapshots; what the text holds may change, and a snapshot can always be made anew from the log.
 *
 * @example
 * readHistory(historyText(emptyHistory())).seq; // → 0
 */
export const historyText = (h: History): string =>
  JSON.stringify({
    seq: h.seq,
    atMs: h.atMs,
    agents: Array.from(h.agents.values(), agentRow),
    tasks: Array.from(h.tasks.values(), taskRow),
    meetings: meetingsText({ locks: [...h.locks.values()], barriers: [...h.barriers.values()] }),
  } satisfies Written);

/**
 * The history that `historyText` made this text of.
 *
 * Use it on snapshots of this very server: nothing is checked.
 *
 * @example
 * readHistory(historyText({ ...emptyHistory(), seq: 7 })).seq; // → 7
 */
export function readHistory(text: string): History {
  const { seq, atMs, agents, tasks, meetings } = JSON.parse(text) as Written;
  const { locks, barriers } = meetingsOf(meetings);
  return {
    seq,
    atMs,
    agents: new Map(agents.map((r) => [r[0], agentOf(r)])),
    tasks: new Map(tasks.map((r) => [r[0], taskOf(r)])),
    locks: new Map(locks.map((l) => [l.id, l])),
    barriers: new Map(barriers.map((b) => [b.id, b])),
  };
}
