import type { DomainError } from '../kernel/errors.ts';
import type { NewEvent } from '../kernel/events.ts';
import { InvariantError } from '../kernel/invariant.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { canMove, type TaskState, taskTransitions } from '../kernel/transitions.ts';

/** An attempt that failed: when, who held the task (nobody where it is not known), and the error in words. */
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
  /** What an agent must be able to do to claim it. */
  needs: string[];
  parentTaskId: string | null;
  /** How many sub-tasks were ever added below it. */
  subtasks: number;
  /** Whether a person must accept it before it is done. */
  review: boolean;
  /** Kinds of artefacts without which it is not done. */
  evidence: string[];
  /** Kinds that its latest attempt has shown; what an earlier one showed proves nothing of this one. */
  artefactKinds: string[];
  /** Whose work waits for a person, or was accepted. */
  submittedBy: string | null;
};

const firstBackoffMs = 1_000;
const maxBackoffMs = 300_000;

/**
 * How long a task waits after its failed attempt number `attempt`, in milliseconds. Doubles from one second to five
 * minutes: 1, 2, 4, … 300 s.
 *
 * Use it where a task is scheduled again; it has no jitter, and is not for clients that call again.
 *
 * @example
 * backoffMs(1); // → 1_000
 * backoffMs(3); // → 4_000
 * backoffMs(30); // → 300_000
 */
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

/**
 * Gives a ready task to an agent for `leaseMs`, under a token greater than every one before (I-TASK-1). Refuses with
 * `already_claimed` what another holds, and with `illegal_transition` what is not ready.
 *
 * Use it on the task as read in the same transaction; the token in the fact is what the holder shows from then on.
 *
 * @example
 * const task = taskOf({ id: 't', projectId: 'p', state: 'ready', attempts: 0, claimToken: 4n });
 * const data = { agentId: 'a', token: '5', expiresAtMs: 1_000, attempt: 1 };
 * decideClaim(task, 'a', 1_000, 0); // → ok([{ type: 'task.claimed', subjectId: 't', data }])
 * decideClaim({ ...task, state: 'claimed' }, 'b', 1_000, 0); // → err({ code: 'already_claimed', taskId: 't' })
 */
export function decideClaim(task: Task, agentId: string, leaseMs: number, nowMs: number): Result<NewEvent[]> {
  if (task.state === 'claimed') return err({ code: 'already_claimed', taskId: task.id });
  if (task.state !== 'ready') return err(illegal(task, 'claimed'));
  const token = (task.claimToken + 1n).toString();
  return ok([
    { type: 'task.claimed', subjectId: task.id, data: { agentId, token, expiresAtMs: nowMs + leaseMs, attempt: task.attempts + 1 } },
  ]);
}

/**
 * The holder's word that the task is done. Refuses with `stale_token` whoever holds it no longer (I-TASK-2); told twice
 * with the same token it is one fact (I-TASK-3). It is in review instead where a person must accept it, or while
 * something is `missing` (`missingEvidence`).
 *
 * Use it for the state; the task's result is put into the record by whoever calls.
 *
 * @example
 * const task = taskOf({ id: 't', projectId: 'p', state: 'claimed', agentId: 'a', claimToken: 5n });
 * decideComplete(task, '5').events; // → [{ type: 'task.completed', subjectId: 't', data: { agentId: 'a' } }]
 * decideComplete({ ...task, state: 'done' }, '5'); // → { ok: true, events: [] }
 * decideComplete(task, '4').ok; // → false
 * decideComplete(task, '4').events[0].type; // → 'task.superseded'
 * decideComplete({ ...task, review: true }, '5').events[0].type; // → 'task.submitted'
 */
export function decideComplete(task: Task, token: string, missing: readonly string[] = []): HeldWrite {
  if ((task.state === 'done' || task.state === 'in-review') && task.claimToken.toString() === token) return { ok: true, events: [] };
  if (!holds(task, token)) return late(task, token, 'complete');
  const agentId = task.agentId ?? '';
  if (task.review || missing.length)
    return {
      ok: true,
      events: [{ type: 'task.submitted', subjectId: task.id, data: { agentId, review: task.review, missing: [...missing] } }],
    };
  return { ok: true, events: [{ type: 'task.completed', subjectId: task.id, data: { agentId } }] };
}

/**
 * The holder's word that its attempt failed. The task waits and is tried again, is `dead-letter` once its attempts are
 * used up, or `failed` at once where it is not retryable. Refuses with `stale_token` whoever holds it no longer.
 *
 * Use it for an error of the work; a holder that gives up without one releases instead.
 *
 * @example
 * const task = taskOf({ id: 't', projectId: 'p', state: 'claimed', claimToken: 5n, attempts: 1, maxAttempts: 2 });
 * decideFail(task, '5', 'no network', true).events[0].data.next; // → 'scheduled'
 * decideFail({ ...task, attempts: 2 }, '5', 'no network', true).events[0].data.next; // → 'dead-letter'
 * decideFail(task, '5', 'bad input', false).events[0].data.next; // → 'failed'
 */
export function decideFail(task: Task, token: string, error: string, retryable: boolean): HeldWrite {
  if (!holds(task, token)) return late(task, token, 'fail');
  return { ok: true, events: [attemptFailed(task, error, retryable)] };
}
function attemptFailed(task: Task, error: string, retryable: boolean): NewEvent {
  const next = !retryable ? 'failed' : task.attempts >= task.maxAttempts ? 'dead-letter' : 'scheduled';
  return { type: 'task.attempt-failed', subjectId: task.id, data: { agentId: task.agentId, error, attempt: task.attempts, next } };
}

/**
 * The holder gives the task back, without a failed attempt: it is ready again. Refuses with `stale_token` whoever holds
 * it no longer.
 *
 * Use it for the holder's own word; to take a task from a holder there is `decideTakeBack`.
 *
 * @example
 * const task = taskOf({ id: 't', projectId: 'p', state: 'claimed', agentId: 'a', claimToken: 5n });
 * decideRelease(task, '5').events[0].data; // → { agentId: 'a', why: 'released' }
 * decideRelease(task, '4').ok; // → false
 */
export function decideRelease(task: Task, token: string): HeldWrite {
  if (!holds(task, token)) return late(task, token, 'release');
  return { ok: true, events: [{ type: 'task.released', subjectId: task.id, data: { agentId: task.agentId, why: 'released' } }] };
}

/**
 * Extends the claim to `leaseMs` from now. Refuses with `stale_token` whoever holds it no longer, so that a slow holder
 * learns that it lost the task.
 *
 * Use it while the work goes on; a claim that ran out and that no sweep has taken back is still held, and renewed.
 *
 * @example
 * const task = taskOf({ id: 't', projectId: 'p', state: 'claimed', agentId: 'a', claimToken: 5n });
 * decideRenew(task, '5', 1_000, 500).events[0].data.expiresAtMs; // → 1_500
 * decideRenew(task, '4', 1_000, 500).ok; // → false
 */
export function decideRenew(task: Task, token: string, leaseMs: number, nowMs: number): HeldWrite {
  if (!holds(task, token)) return late(task, token, 'renew');
  return {
    ok: true,
    events: [{ type: 'task.renewed', subjectId: task.id, data: { agentId: task.agentId ?? '', expiresAtMs: nowMs + leaseMs } }],
  };
}

/**
 * A claim whose lease ran out, whose holder ended or was stopped, or that an operator takes away: a new token comes next.
 * A holder that vanished, or ended without a word about the task, has used an attempt up, and after the last one the task
 * is `dead-letter`; one that was stopped, or whose claim was taken away, has not: it could not help it. Refuses with `illegal_transition` what nobody holds.
 *
 * Use it without the holder's word; the holder itself completes, fails or releases.
 *
 * @example
 * const task = taskOf({ id: 't', projectId: 'p', state: 'claimed', agentId: 'a', attempts: 3, maxAttempts: 3 });
 * decideTakeBack(task, 'operator'); // → ok([{ type: 'task.released', subjectId: 't', data: { agentId: 'a', why: 'operator' } }])
 * const expired = decideTakeBack(task, 'lease-expired');
 * expired.ok && expired.value[0].data.next; // → 'dead-letter'
 * decideTakeBack({ ...task, state: 'ready' }, 'operator').ok; // → false
 */
export function decideTakeBack(task: Task, why: 'lease-expired' | 'holder-stopped' | 'holder-ended' | 'operator'): Result<NewEvent[]> {
  if (task.state !== 'claimed') return err(illegal(task, 'ready'));
  // a task whose every holder vanishes must not circle for ever (I-TASK-5)
  if (usesAttempt(why) && task.attempts >= task.maxAttempts)
    return ok([
      {
        type: 'task.attempt-failed',
        subjectId: task.id,
        data: {
          agentId: task.agentId,
          error: why === 'holder-ended' ? 'its holder ended without settling it' : 'the lease of the claim expired',
          attempt: task.attempts,
          next: 'dead-letter',
        },
      },
    ]);
  return ok([{ type: 'task.released', subjectId: task.id, data: { agentId: task.agentId, why } }]);
}

const usesAttempt = (why: string): boolean => why === 'lease-expired' || why === 'holder-ended';

/**
 * What the sweep may do to one task now: twice equals once. It takes back a claim at the end of its lease, and makes a
 * scheduled task ready when its time has come.
 *
 * Use it from the clock alone; blocked tasks wait for `decideUnblock`.
 *
 * @example
 * const task = taskOf({ id: 't', projectId: 'p', state: 'scheduled', notBeforeMs: 1_000 });
 * decideSweep(task, 999); // → []
 * decideSweep(task, 1_000); // → [{ type: 'task.ready', subjectId: 't', data: { why: 'time-came' } }]
 * decideSweep({ ...task, state: 'ready' }, 1_000); // → []
 */
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

/**
 * A blocked task all of whose dependencies are done: ready, unless its time has not come. Says nothing of any other.
 *
 * Use it whenever a task got done, on those that depend on it.
 *
 * @example
 * const task = taskOf({ id: 't', projectId: 'p', state: 'blocked', dependsOn: ['d'] });
 * decideUnblock(task, [{ id: 'd', state: 'claimed' }], 0); // → []
 * decideUnblock(task, [{ id: 'd', state: 'done' }], 0); // → [{ type: 'task.ready', subjectId: 't', data: { why: 'dependencies-done' } }]
 */
export function decideUnblock(task: Task, dependencies: readonly Dependency[], nowMs: number): NewEvent[] {
  if (task.state !== 'blocked' || dependencies.some((d) => d.state !== 'done')) return [];
  if (task.notBeforeMs !== null && task.notBeforeMs > nowMs)
    return [{ type: 'task.scheduled', subjectId: task.id, data: { notBeforeMs: task.notBeforeMs } }];
  return [{ type: 'task.ready', subjectId: task.id, data: { why: 'dependencies-done' } }];
}

/**
 * Ends a task that is not done and has not failed, claimed or not: its holder's later writes are refused. A dead letter
 * can still be cancelled. Asked twice it is one fact; anything else is refused with `illegal_transition`.
 *
 * Use it for work that nobody wants any more; to free it from its holder there is `decideTakeBack`.
 *
 * @example
 * const task = taskOf({ id: 't', projectId: 'p', state: 'claimed' });
 * decideCancel(task, 'not needed'); // → ok([{ type: 'task.cancelled', subjectId: 't', data: { reason: 'not needed' } }])
 * decideCancel({ ...task, state: 'cancelled' }, 'not needed'); // → ok([])
 * decideCancel({ ...task, state: 'done' }, 'not needed').ok; // → false
 */
export function decideCancel(task: Task, reason: string): Result<NewEvent[]> {
  if (task.state === 'cancelled') return ok([]);
  if (!canMove(taskTransitions, task.state, 'cancelled')) return err(illegal(task, 'cancelled'));
  return ok([{ type: 'task.cancelled', subjectId: task.id, data: { reason } }]);
}

/**
 * Again with all attempts; one that was cancelled before its dependencies were done waits for them again. Refuses with
 * `illegal_transition` what has not failed, is no `dead-letter` and was not cancelled.
 *
 * Use it for what an operator asks; attempts that are left are tried without asking.
 *
 * @example
 * const task = taskOf({ id: 't', projectId: 'p', state: 'dead-letter' });
 * decideRetry(task, []); // → ok([{ type: 'task.ready', subjectId: 't', data: { why: 'retried' } }])
 * decideRetry(task, [{ id: 'd', state: 'ready' }]); // → ok([{ type: 'task.blocked', subjectId: 't', data: { waitingFor: ['d'] } }])
 * decideRetry({ ...task, state: 'ready' }, []).ok; // → false
 */
export function decideRetry(task: Task, dependencies: readonly Dependency[]): Result<NewEvent[]> {
  if (task.state !== 'failed' && task.state !== 'dead-letter' && task.state !== 'cancelled') return err(illegal(task, 'ready'));
  const waitingFor = dependencies.filter((d) => d.state !== 'done').map((d) => d.id);
  if (waitingFor.length) return ok([{ type: 'task.blocked', subjectId: task.id, data: { waitingFor } }]);
  return ok([{ type: 'task.ready', subjectId: task.id, data: { why: 'retried' } }]);
}

/**
 * Applies one fact. Throws `InvariantError` on a move that the table does not have; facts that are not about tasks leave
 * the task as it is.
 *
 * Use it for every write of a task, so that the record is what its facts say.
 *
 * @example
 * const task = taskOf({ id: 't', projectId: 'p', state: 'ready' });
 * const data = { agentId: 'a', token: '5', expiresAtMs: 90, attempt: 1 };
 * const claimed = evolveTask(task, { type: 'task.claimed', subjectId: 't', data }, 0);
 * [claimed.state, claimed.claimToken, claimed.claimLeaseMs]; // → ['claimed', 5n, 90]
 * evolveTask({ ...task, state: 'done' }, { type: 'task.ready', subjectId: 't', data: { why: 'retried' } }, 0); // → throws
 */
export function evolveTask(task: Task, event: NewEvent, atMs: number): Task {
  const change = changeBy(task, event, atMs);
  if (change === undefined) return task;
  const { state = task.state } = change;
  if (task.state !== state && !canMove(taskTransitions, task.state, state))
    throw new InvariantError(`task ${task.id}: ${task.state} → ${state} by ${event.type}`);
  return { ...task, ...change, updatedAtMs: atMs };
}
const free = { agentId: null, claimExpiresAtMs: null, claimLeaseMs: null };
/** What a fact changes in its task; undefined where it is about something else. */
function changeBy(task: Task, event: NewEvent, atMs: number): Partial<Task> | undefined {
  switch (event.type) {
    case 'task.claimed': {
      const { agentId, token, expiresAtMs, attempt } = event.data;
      return {
        state: 'claimed',
        agentId,
        claimToken: BigInt(token),
        claimExpiresAtMs: expiresAtMs,
        claimLeaseMs: expiresAtMs - atMs,
        attempts: attempt,
        artefactKinds: task.artefactKinds.length ? [] : task.artefactKinds,
        submittedBy: null,
      };
    }
    case 'task.renewed':
      return { claimExpiresAtMs: event.data.expiresAtMs };
    case 'task.completed':
      return { state: 'done', ...free, finishedAtMs: atMs };
    case 'task.submitted':
      return { state: 'in-review', ...free, submittedBy: event.data.agentId };
    case 'task.accepted':
      return { state: 'done', finishedAtMs: atMs };
    case 'task.rejected': {
      const { agentId, reason, attempt, next } = event.data;
      return {
        state: next,
        failures: [...task.failures, { atMs, agentId, error: `sent back: ${reason}`, attempt }].slice(-20),
        submittedBy: null,
        finishedAtMs: next === 'dead-letter' ? atMs : null,
      };
    }
    case 'task.edited':
      return { ...event.data.changed };
    case 'task.subtask-added':
      return { subtasks: task.subtasks + 1 };
    case 'task.artefact-added': {
      const { kind, attempt } = event.data;
      const counts = attempt === task.attempts && !task.artefactKinds.includes(kind);
      return { artefactKinds: counts ? [...task.artefactKinds, kind] : task.artefactKinds };
    }
    case 'task.attempt-failed': {
      const { agentId, error, attempt, next } = event.data;
      return {
        state: next,
        ...free,
        failures: [...task.failures, { atMs, agentId, error, attempt }].slice(-20),
        notBeforeMs: next === 'scheduled' ? atMs + backoffMs(attempt) : null,
        finishedAtMs: next === 'failed' || next === 'dead-letter' ? atMs : null,
      };
    }
    case 'task.released':
      // a release is not a failed attempt: only a holder that vanished or ended counts against the bound
      return { state: 'ready', ...free, attempts: usesAttempt(event.data.why) ? task.attempts : Math.max(0, task.attempts - 1) };
    case 'task.ready':
      return {
        state: 'ready',
        notBeforeMs: null,
        finishedAtMs: null,
        ...(event.data.why === 'retried' ? { attempts: 0 } : {}),
      };
    case 'task.scheduled':
      return { state: 'scheduled', notBeforeMs: event.data.notBeforeMs };
    case 'task.blocked':
      return { state: 'blocked', finishedAtMs: null, ...(event.data.why === 'depends' ? {} : { attempts: 0 }) };
    case 'task.depends': {
      const { added, removed } = event.data;
      return { dependsOn: [...task.dependsOn.filter((d) => !removed.includes(d)), ...added] };
    }
    case 'task.commented':
    case 'task.stuck':
      // what is stuck is computed by who reads it; the record moves on so that its readers look again
      return {};
    case 'task.cancelled':
      return { state: 'cancelled', ...free, finishedAtMs: atMs };
    case 'task.prioritised':
      return { priority: event.data.priority };
    default:
      return undefined;
  }
}
