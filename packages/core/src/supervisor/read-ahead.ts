import type { Command, CommandOf } from './commands.ts';
import type { ReadAhead } from './ports.ts';

type Claim = CommandOf<'tasks.claim'>['input'];
type Wanted = ReadAhead['ready'][number];

/** Under which request id answers of claims are kept. */
export const claimScope = (agentId: string): string => `claim:${agentId}`;
/**
 * Claims with the same key are served from one read of the ready tasks.
 *
 * Use it to find what was read ahead for a claim.
 *
 * @example
 * wantsKey({ labels: [] }); // → ''
 * wantsKey({ labels: ['b', 'a'] }) === wantsKey({ labels: ['a', 'b'], capabilities: [] }); // → true
 */
export const wantsKey = ({
  labels,
  capabilities = [],
}: {
  labels: readonly string[];
  capabilities?: readonly string[] | undefined;
}): string =>
  labels.length + capabilities.length ? `${[...labels].sort().join('\u0000')}\u0001${[...capabilities].sort().join('\u0000')}` : '';
/** What all these claims want, by key: as many as all with this key ask for together. */
export function wantedBy(claims: readonly Claim[]): Map<string, Wanted> {
  const wanted = new Map<string, Wanted>();
  for (const { labels, capabilities = [], limit } of claims) {
    const key = wantsKey({ labels, capabilities });
    const w = wanted.get(key);
    wanted.set(key, { labels, capabilities, limit: (w?.limit ?? 0) + limit });
  }
  return wanted;
}

/**
 * What a batch will ask the store for, as far as its commands tell by themselves. Only a hint: what is not named here is
 * read when it is asked for, and what is named in vain is read for nothing.
 */
export function readAheadOf(commands: readonly Command[]): ReadAhead {
  const agents = new Set<string>();
  const tasks = new Set<string>();
  const ending: string[] = [];
  const claims: Claim[] = [];
  const requests: { scope: string; requestId: string }[] = [];
  let settings = false;
  for (const { type, input, actor } of commands) {
    if (actor.kind === 'agent') agents.add(actor.id);
    switch (type) {
      case 'tasks.claim':
        agents.add(input.agentId);
        claims.push(input);
        settings = true;
        if (input.requestId) requests.push({ scope: claimScope(input.agentId), requestId: input.requestId });
        break;
      case 'tasks.complete':
        tasks.add(input.id);
        ending.push(input.id);
        break;
      case 'tasks.renew':
      case 'tasks.release':
      case 'tasks.fail':
        tasks.add(input.id);
        break;
      case 'costs.report':
        for (const e of input.entries) agents.add(e.agentId);
        settings = true;
        break;
      case 'agents.heartbeat':
        agents.add(input.id);
        break;
    }
  }
  return { agents: [...agents], tasks: [...tasks], ending, settings, ready: [...wantedBy(claims).values()], requests };
}
