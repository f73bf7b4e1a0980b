import type { Command, CommandType, Commit, DomainError } from '@reeve/core';

/** What an agent asks for itself that a fence refuses before anything else about it is looked at (I-STOP-1). */
const refusedByFence: ReadonlySet<CommandType> = new Set(['tasks.claim', 'locks.acquire', 'barriers.wait', 'agents.wait', 'tasks.wait']);
/** So long a stop is fresh: agents that tried again and again hear of it within that time. */
const freshMs = 5_000;

/**
 * The subtrees that a stop has fenced a moment ago, as its commit told: what their agents ask for next is refused here, with
 * the words that the transaction would find, instead of waiting for its turn behind the work of the stop itself. A fence is
 * never lifted (I-STOP-8), so it refuses nothing that the store would not; what it does not know goes the ordinary way.
 */
export class FreshFences {
  private readonly fences = new Map<string, { stopId: string; reason: string; untilMs: number }>();
  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  /** Answers whether this commit has fenced anybody. */
  committed(commit: Pick<Commit, 'stops'>): boolean {
    const untilMs = this.nowMs() + freshMs;
    let fenced = false;
    for (const { id, agentId, state, reason } of commit.stops) {
      if (agentId === null || state !== 'stopping' || this.fences.has(agentId)) continue;
      this.fences.set(agentId, { stopId: id, reason, untilMs });
      fenced = true;
    }
    if (this.fences.size > 1_000) for (const [id, f] of this.fences) if (f.untilMs <= this.nowMs()) this.fences.delete(id);
    return fenced;
  }
  /** The refusal of this command, if a fence that is fresh stands above the agent that asks. */
  refusalOf({ type, actor, input }: Command): DomainError | undefined {
    if (this.fences.size === 0 || actor.kind !== 'agent' || !refusedByFence.has(type)) return undefined;
    // of others it may not even know that they are there
    if ((input as { agentId?: string }).agentId !== actor.id) return undefined;
    for (const id of actor.path) {
      const fence = this.fences.get(id);
      if (!fence) continue;
      if (fence.untilMs > this.nowMs()) return { code: 'fenced', stopId: fence.stopId, reason: fence.reason };
      this.fences.delete(id);
    }
    return undefined;
  }
}
