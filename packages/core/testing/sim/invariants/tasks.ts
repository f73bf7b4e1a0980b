import type { Task } from '../../../src/tasks/task.ts';
import type { Invariant } from './invariant.ts';

const openStates = ['ready', 'scheduled', 'blocked', 'claimed', 'in-review'];

export const taskInvariants: readonly Invariant[] = [
  {
    id: 'I-TASK-1',
    says: 'the token of a task only ever grows, by one with each claim',
    on: ['task.claimed'],
    fact(m, e) {
      if (e.type !== 'task.claimed') return undefined;
      const task = m.replay.tasks.get(e.subjectId);
      if (task?.state !== 'ready') return `${e.subjectId} was claimed while ${task?.state}`;
      return BigInt(e.data.token) > task.token ? undefined : `${e.subjectId}: ${task.token} → ${e.data.token}`;
    },
  },
  {
    id: 'I-TASK-2',
    says: 'only the current claim writes, and a late write is refused and kept',
    on: ['task.completed', 'task.submitted', 'task.attempt-failed', 'task.released', 'task.renewed'],
    fact(m, e) {
      const task = m.replay.tasks.get(e.subjectId);
      return task?.state === 'claimed' ? undefined : `${e.type} of ${e.subjectId}, which is ${task?.state}`;
    },
    answer(m, command, result, alone) {
      if (!alone) return undefined;
      switch (command.type) {
        case 'tasks.complete':
        case 'tasks.fail':
        case 'tasks.release':
        case 'tasks.renew': {
          const { id, token } = command.input;
          if (result.ok)
            return m.state.tasks.get(id)?.claimToken.toString() === token
              ? undefined
              : `${command.type} of ${id} with the old token ${token}`;
          if (result.error.code !== 'stale_token') return undefined;
          return m.lastCommit?.events.some((e) => e.type === 'task.superseded')
            ? undefined
            : `the late ${command.type} of ${id} was not kept`;
        }
        default:
          return undefined;
      }
    },
  },
  {
    id: 'I-TASK-3',
    says: 'a claim asked again with its request id hands out nothing more',
    answer(m, command, result, alone) {
      if (command.type !== 'tasks.claim' || !result.ok || !alone || !command.input.requestId) return undefined;
      const told = m.remember('I-TASK-3', () => new Map<string, string[]>());
      const key = `${command.input.agentId} ${command.input.requestId}`;
      const { taskIds } = result.value as { taskIds: string[] };
      const before = told.get(key);
      if (!before) {
        if (taskIds.length) told.set(key, taskIds);
        return undefined;
      }
      const more = taskIds.find((id) => !before.includes(id));
      return more ? `${key} got ${more} as well` : undefined;
    },
  },
  {
    id: 'I-TASK-4',
    says: 'every task that is not final is ready, scheduled, blocked by a dependency, leased, or in review',
    check(m, commit) {
      for (const t of commit.tasks) {
        const stranded = strandedBy(t, m.state.tasks);
        if (stranded) return stranded;
      }
      return undefined;
    },
    settled(m, nowMs) {
      for (const t of m.state.tasks.values()) {
        const stranded = strandedBy(t, m.state.tasks);
        if (stranded) return stranded;
        if (t.state === 'claimed' && (t.claimExpiresAtMs ?? 0) + 5_000 < nowMs) return `${t.id} is held past its lease`;
        if (t.state === 'scheduled' && (t.notBeforeMs ?? 0) + 5_000 < nowMs) return `${t.id} is still scheduled though its time has come`;
      }
      return undefined;
    },
  },
  {
    id: 'I-TASK-5',
    says: 'attempts are bounded and every failure is kept',
    on: ['task.claimed'],
    fact(m, e) {
      const task = m.rows.tasks.get(e.subjectId);
      return e.type === 'task.claimed' && task && e.data.attempt > task.maxAttempts
        ? `attempt ${e.data.attempt} of ${task.maxAttempts}`
        : undefined;
    },
    check(m, commit) {
      for (const t of commit.tasks) {
        const before = m.rows.tasks.get(t.id)?.failures.length ?? 0;
        if (t.failures.length < before) return `${t.id} lost a failure`;
        if (t.state === 'dead-letter' && t.failures.length === 0) return `${t.id} is a dead letter without a failure`;
      }
      return undefined;
    },
  },
  {
    id: 'I-TASK-7',
    says: 'claims go by priority, then age, and never before a dependency',
    on: ['task.claimed'],
    fact(m, e) {
      const waiting = m.rows.tasks.get(e.subjectId)?.dependsOn.find((d) => m.replay.tasks.get(d)?.state !== 'done');
      return waiting ? `${e.subjectId} was claimed before ${waiting} was done` : undefined;
    },
    answer(m, command, result, alone) {
      if (command.type !== 'tasks.claim' || !alone || !result.ok) return undefined;
      const claimed = m.lastCommit?.events.flatMap((e) => (e.type === 'task.claimed' ? [e.subjectId] : [])) ?? [];
      const { labels } = command.input;
      const last = claimed.at(-1);
      const lowest = last ? m.state.tasks.get(last) : undefined;
      for (const t of m.state.tasks.values()) {
        if (t.state !== 'ready' || !labels.every((l) => t.labels.includes(l))) continue;
        if (lowest && (t.priority > lowest.priority || (t.priority === lowest.priority && t.id < lowest.id)))
          return `${lowest.id} before ${t.id}`;
      }
      return undefined;
    },
  },
];

function strandedBy(t: Task, tasks: ReadonlyMap<string, Task>): string | undefined {
  if (!openStates.includes(t.state)) return t.agentId ? `${t.id} is ${t.state} and still held by ${t.agentId}` : undefined;
  if (t.state === 'claimed' && (t.agentId === null || t.claimExpiresAtMs === null)) return `${t.id} is claimed without a lease`;
  if (t.state !== 'claimed' && t.agentId) return `${t.id} is ${t.state} and still held by ${t.agentId}`;
  if (t.state === 'scheduled' && t.notBeforeMs === null) return `${t.id} is scheduled for never`;
  if (t.state === 'blocked' && t.dependsOn.every((d) => tasks.get(d)?.state === 'done')) return `${t.id} is blocked by nothing`;
  return undefined;
}
