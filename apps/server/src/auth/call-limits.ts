import type { Principal } from '@reeve/core/vocabulary';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { DomainFailure } from '../trpc/failure.ts';

/** As many calls a second has one agent, where nothing else is said. */
export const defaultAgentCallsPerSecond = 1_000;

/**
 * A bound on how often one caller calls, so that one that runs wild is refused before it costs a transaction: agents, people,
 * whoever is not let in (by address), and runners and project tokens, which speak for many. Counted in whole seconds, in memory.
 */
export class CallLimits {
  private readonly limiters: Record<Principal['kind'] | 'nobody', RateLimiterMemory> | undefined;
  /** 0: no bound. */
  constructor(agentCallsPerSecond = defaultAgentCallsPerSecond) {
    const of = (share: number) => new RateLimiterMemory({ points: Math.max(1, Math.ceil(agentCallsPerSecond * share)), duration: 1 });
    if (agentCallsPerSecond > 0) this.limiters = { agent: of(1), person: of(1), nobody: of(0.2), runner: of(10), project: of(10) };
  }
  /** Counts one call; rejects with `limit_reached` what is too often. */
  async take(principal: Principal | null, address: string): Promise<void> {
    const limiter = this.limiters?.[principal?.kind ?? 'nobody'];
    if (!limiter) return;
    await limiter.consume(principal ? callerOf(principal) : address).catch((e: unknown) => {
      if (e instanceof Error) throw e;
      throw new DomainFailure({ code: 'limit_reached', limit: 'calls per second', max: limiter.points });
    });
  }
}
function callerOf(p: Principal): string {
  switch (p.kind) {
    case 'agent':
      return p.agentId;
    case 'runner':
      return p.runnerId;
    case 'project':
      return p.tokenId;
    case 'person':
      return p.userId;
  }
}
