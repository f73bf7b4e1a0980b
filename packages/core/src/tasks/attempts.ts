import type { LoggedEvent } from '../kernel/events.ts';

/** One claim of a task: by whom, from when to when, and how it ended; nobody has it any more where `toMs` is told. */
export type Attempt = { attempt: number; agentId: string; token: string; fromMs: number; toMs: number | null; ended: string | null };

/** How a claim ends by this fact; undefined where it does not. */
function endOf(e: LoggedEvent): string | undefined {
  switch (e.type) {
    case 'task.completed':
      return 'done';
    case 'task.submitted':
      return 'in-review';
    case 'task.attempt-failed':
      return e.data.next === 'scheduled' || e.data.next === 'ready' ? 'failed' : e.data.next;
    case 'task.released':
      return e.data.why;
    case 'task.cancelled':
      return 'cancelled';
    default:
      return undefined;
  }
}

/**
 * The claims of one task, from its facts in their order. A claim that no fact has ended is still held.
 *
 * Use it where the history of a task is shown; who holds it now, its record says.
 *
 * @example
 * const fact = (type, atMs, data) => ({ type, subjectId: 't', data, seq: atMs, atMs, actor: 'x' });
 * const claimed = fact('task.claimed', 1, { agentId: 'a', token: '1', expiresAtMs: 9, attempt: 1 });
 * attemptsOf([claimed]); // → [{ attempt: 1, agentId: 'a', token: '1', fromMs: 1, toMs: null, ended: null }]
 * const released = fact('task.released', 5, { agentId: 'a', why: 'lease-expired' });
 * attemptsOf([claimed, released]).map((x) => [x.toMs, x.ended]); // → [[5, 'lease-expired']]
 */
export function attemptsOf(facts: readonly LoggedEvent[]): Attempt[] {
  const out: Attempt[] = [];
  for (const e of facts) {
    if (e.type === 'task.claimed') {
      const { attempt, agentId, token } = e.data;
      out.push({ attempt, agentId, token, fromMs: e.atMs, toMs: null, ended: null });
      continue;
    }
    const ended = endOf(e);
    const last = out.at(-1);
    if (ended && last && last.toMs === null) out[out.length - 1] = { ...last, toMs: e.atMs, ended };
  }
  return out;
}
