import type { Commit, LoggedEvent } from '@reeve/core';
import type { Claimer, Wakeups } from '../trpc/context.ts';
import { ClaimLine } from './claim-line.ts';

/** Sleepers by topic; a commit that concerns a topic wakes all of its sleepers. */
export class CommitWakeups implements Wakeups {
  isClosing = false;
  private readonly sleepers = new Map<string, Set<() => void>>();
  private readonly lines = new Map<string, ClaimLine>();

  claimer(projectId: string, wants: Parameters<Wakeups['claimer']>[1], waitMs: number, signal?: AbortSignal): Claimer {
    const line = this.lines.get(projectId) ?? new ClaimLine();
    this.lines.set(projectId, line);
    return line.join(wants, waitMs, signal);
  }

  wait(projectId: string, topic: string, waitMs: number, signal?: AbortSignal): Promise<void> {
    const key = `${projectId}/${topic}`;
    return new Promise((resolve) => {
      const set = this.sleepers.get(key) ?? new Set();
      this.sleepers.set(key, set);
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        set.delete(done);
        if (set.size === 0 && this.sleepers.get(key) === set) this.sleepers.delete(key);
        resolve();
      };
      const timer = setTimeout(done, waitMs);
      signal?.addEventListener('abort', done, { once: true });
      set.add(done);
    });
  }
  committed(commit: Commit): void {
    const line = this.lines.get(commit.projectId);
    if (line) for (const t of commit.tasks) if (t.state === 'ready') line.wakeOne(t);
    for (const e of commit.events) for (const p of partiesOf(e)) this.wake(`${commit.projectId}/request:${p.agentId}:${p.requestId}`);
    for (const runnerId of commit.orderRunners) this.wake(`${commit.projectId}/orders:${runnerId}`);
  }
  /** For shutdown: nobody sleeps on. */
  wakeAll(): void {
    this.isClosing = true;
    for (const line of this.lines.values()) line.wakeAll();
    for (const key of [...this.sleepers.keys()]) this.wake(key);
  }
  private wake(key: string): void {
    for (const go of [...(this.sleepers.get(key) ?? [])]) go();
  }
}

/** Whose wait for a lock, at a barrier or for an end this fact has ended. */
function partiesOf(e: LoggedEvent): readonly { agentId: string; requestId: string | null }[] {
  switch (e.type) {
    case 'lock.granted':
    case 'lock.wait-ended':
    case 'agent.wait-ended':
    case 'barrier.left':
      return [e.data];
    case 'barrier.released':
    case 'barrier.broken':
      return e.data.parties;
    default:
      return [];
  }
}
