import type { DomainError } from '../kernel/errors.ts';
import type { NewEvent } from '../kernel/events.ts';
import { InvariantError } from '../kernel/invariant.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { canMove, type TaskState, taskTransitions } from '../kernel/transitions.ts';

export type TaskFailureRecord = { atMs: number; agentId: string | null; error: string; attempt: number };
/** A unit of work of the project. `claimToken` grows with every claim and never goes back (I-TASK-1). */
export type Task = {
  id: string;
  projectId: string;
  title: string;
  body: string | null;
  state: TaskState;
  priority: number;
  labels: string[];
  dependsOn: string[];
  attempts: number;
  maxAttempts: number;
  notBeforeMs: number | null;
  claimToken: bigint;
  agentId: string | null;
  claimExpiresAtMs: number | null;
  claimLeaseMs: number | null;
  failures: TaskFailureRecord[];
  result: unknown;
  createdBy: string;
  createdAtMs: number;
  updatedAtMs: number;
  finishedAtMs: number | null;
  requestId: string | null;
};

const firstBackoffMs = 1_000;
const maxBackoffMs = 300_000;
/** Doubles from one second to five minutes: 1, 2, 4, … 300 s. */
export const backoffMs = (attempt: number): number => Math.min(maxBackoffMs, firstBackoffMs * 2 ** Math.max(0, attempt - 1));

const illegal = (t: Task, to: string): DomainError => ({ code: 'illegal_transition', kind: 'task', id: t.id, from: t.state, to });
const holds = (t: Task, token: string): boolean => t.state === 'claimed' && t.claimToken.toString() === token;

/**
 * A write by a holder succeeds only while it holds: anything else is refused, and the late write is kept as a fact
 * (I-TASK-2). The same completion told twice, with its own token, answers as the first did (I-TASK-3).
 */
export type HeldWrite = { ok: true; events: NewEvent[] } | { ok: false; error: DomainError; events: NewEvent[] };
function late(task: Task, token: string, verb: string): HeldWrite {
  return {
    ok: false,
    error: { code: 'stale_token', kind: 'task', id: task.id },
    events: [{ type: 'task.superseded', subjectId: task.id, data: { agentId: task.agentId, token, verb } }],
  };
}

export function decideClaim(task: Task, agentId: string, leaseMs: number, nowMs: number): Result<NewEvent[]> {
  if (task.state === 'claimed') return err({ code: 'already_claimed', taskId: task.id });
  if (task.state !== 'ready') return err(illegal(task, 'claimed'));
  const token = (task.claimToken + 1n).toString();
  return ok([
    { type: 'task.claimed', subjectId: task.id, data: { agentId, token, expiresAtMs: nowMs + leaseMs, attempt: task.attempts + 1 } },
  ]);
}

export function decideComplete(task: Task, token: string): HeldWrite {
  if (task.state === 'done' && task.claimToken.toString() === token) return { ok: true, events: [] };
  if (!holds(task, token)) return late(task, token, 'complete');
  return { ok: true, events: [{ type: 'task.completed', subjectId: task.id, data: { agentId: task.agentId ?? '' } }] };
}

export function decideFail(task: Task, token: string, error: string, retryable: boolean): HeldWrite {
  if (!holds(task, token)) return late(task, token, 'fail');
  return { ok: true, events: [attemptFailed(task, error, retryable)] };
}
function attemptFailed(task: Task, error: string, retryable: boolean): NewEvent {
  const next = !retryable ? 'failed' : task.attempts >= task.maxAttempts ? 'dead-letter' : 'scheduled';
  return { type: 'task.attempt-failed', subjectId: task.id, data: { agentId: task.agentId, error, attempt: task.attempts, next } };
}

export function decideRelease(task: Task, token: string): HeldWrite {
  if (!holds(task, token)) return late(task, token, 'release');
  return { ok: true, events: [{ type: 'task.released', subjectId: task.id, data: { agentId: task.agentId, why: 'released' } }] };
}
export function decideRenew(task: Task, token: string, leaseMs: number, nowMs: number): HeldWrite {
  if (!holds(task, token)) return late(task, token, 'renew');
  return {
    ok: true,
    events: [{ type: 'task.renewed', subjectId: task.id, data: { agentId: task.agentId ?? '', expiresAtMs: nowMs + leaseMs } }],
  };
}

/** A claim whose lease ran out, or whose holder was stopped, or that an operator takes away: a new token comes next. */
export function decideTakeBack(task: Task, why: 'lease-expired' | 'holder-stopped' | 'operator'): Result<NewEvent[]> {
  if (task.state !== 'claimed') return err(illegal(task, 'ready'));
  // a task whose every holder vanishes must not circle for ever (I-TASK-5)
  if (why === 'lease-expired' && task.attempts >= task.maxAttempts)
    return ok([
      {
        type: 'task.attempt-failed',
        subjectId: task.id,
        data: { agentId: task.agentId, error: 'the lease of the claim expired', attempt: task.attempts, next: 'dead-letter' },
      },
    ]);
  return ok([{ type: 'task.released', subjectId: task.id, data: { agentId: task.agentId, why } }]);
}

/** What the sweep may do to one task now: twice equals once. */
export function decideSweep(task: Task, nowMs: number): NewEvent[] {
  if (task.state === 'claimed' && task.claimExpiresAtMs !== null && nowMs >= task.claimExpiresAtMs) {
    const r = decideTakeBack(task, 'lease-expired');
    return r.ok ? r.value : [];
  }
  if (task.state === 'scheduled' && (task.notBeforeMs === null || nowMs >= task.notBeforeMs))
    return [{ type: 'task.ready', subjectId: task.id, data: { why: 'time-came' } }];
  return [];
}
type Dependency = Pick<Task, 'id' | 'state'>;
/** A blocked task all of whose dependencies are done: ready, unless its time has not come. */
export function decideUnblock(task: Task, dependencies: readonly Dependency[], nowMs: number): NewEvent[] {
  if (task.state !== 'blocked' || dependencies.some((d) => d.state !== 'done')) return [];
  if (task.notBeforeMs !== null && task.notBeforeMs > nowMs)
    return [{ type: 'task.scheduled', subjectId: task.id, data: { notBeforeMs: task.notBeforeMs } }];
  return [{ type: 'task.ready', subjectId: task.id, data: { why: 'dependencies-done' } }];
}

export function decideCancel(task: Task, reason: string): Result<NewEvent[]> {
  if (task.state === 'cancelled') return ok([]);
  if (!canMove(taskTransitions, task.state, 'cancelled')) return err(illegal(task, 'cancelled'));
  return ok([{ type: 'task.cancelled', subjectId: task.id, data: { reason } }]);
}
/** Again with all attempts; one that was cancelled before its dependencies were done waits for them again. */
export function decideRetry(task: Task, dependencies: readonly Dependency[]): Result<NewEvent[]> {
  if (task.state !== 'failed' && task.state !== 'dead-letter' && task.state !== 'cancelled') return err(illegal(task, 'ready'));
  const waitingFor = dependencies.filter((d) => d.state !== 'done').map((d) => d.id);
  if (waitingFor.length) return ok([{ type: 'task.blocked', subjectId: task.id, data: { waitingFor } }]);
  return ok([{ type: 'task.ready', subjectId: task.id, data: { why: 'retried' } }]);
}

/**
 * Whether `dependsOn` of a new task would close a circle. A new task cannot be depended on yet, so only a reference to
 * itself could; kept as a walk, for the day dependencies can be edited (I-TASK-7).
 */
export function findCycle(taskId: string, dependsOn: readonly string[], of: (id: string) => readonly string[]): string[] | undefined {
  const seen = new Set<string>();
  const stack: string[][] = dependsOn.map((d) => [taskId, d]);
  for (let path = stack.pop(); path; path = stack.pop()) {
    const at = path.at(-1) as string;
    if (at === taskId) return path;
    if (seen.has(at)) continue;
    seen.add(at);
    for (const next of of(at)) stack.push([...path, next]);
  }
  return undefined;
}

/** Applies one fact. Throws `InvariantError` on a move that the table does not have. */
export function evolveTask(task: Task, event: NewEvent, atMs: number): Task {
  const to = (state: TaskState, more: Partial<Task> = {}): Task => {
    if (task.state !== state && !canMove(taskTransitions, task.state, state))
      throw new InvariantError(`task ${task.id}: ${task.state} → ${state} by ${event.type}`);
    return { ...task, ...more, state, updatedAtMs: atMs };
  };
  const free = { agentId: null, claimExpiresAtMs: null, claimLeaseMs: null };
  switch (event.type) {
    case 'task.claimed': {
      const { agentId, token, expiresAtMs, attempt } = event.data;
      return to('claimed', {
        agentId,
        claimToken: BigInt(token),
        claimExpiresAtMs: expiresAtMs,
        claimLeaseMs: expiresAtMs - atMs,
        attempts: attempt,
      });
    }
    case 'task.renewed':
      return { ...task, claimExpiresAtMs: event.data.expiresAtMs, updatedAtMs: atMs };
    case 'task.completed':
      return to('done', { ...free, finishedAtMs: atMs });
    case 'task.attempt-failed': {
      const { agentId, error, attempt, next } = event.data;
      return to(next, {
        ...free,
        failures: [...task.failures, { atMs, agentId, error, attempt }].slice(-20),
        notBeforeMs: next === 'scheduled' ? atMs + backoffMs(attempt) : null,
        finishedAtMs: next === 'failed' || next === 'dead-letter' ? atMs : null,
      });
    }
    case 'task.released':
      // a release is not a failed attempt: only expiry counts against the bound
      return to('ready', { ...free, attempts: event.data.why === 'lease-expired' ? task.attempts : Math.max(0, task.attempts - 1) });
    case 'task.ready':
      return to('ready', {
        notBeforeMs: null,
        finishedAtMs: null,
        ...(event.data.why === 'retried' ? { attempts: 0 } : {}),
      });
    case 'task.scheduled':
      return to('scheduled', { notBeforeMs: event.data.notBeforeMs });
    case 'task.blocked':
      return to('blocked', { attempts: 0, finishedAtMs: null });
    case 'task.cancelled':
      return to('cancelled', { ...free, finishedAtMs: atMs });
    case 'task.prioritised':
      return { ...task, priority: event.data.priority, updatedAtMs: atMs };
    default:
      return task;
  }
}
