import type { AgentView, Principal } from '@reeve/core/vocabulary';
import type { Reads } from './context.ts';
import { DomainFailure, notFound } from './failure.ts';

/** Whether the principal's own agent is `agentId` or an ancestor of it. Ids are compared whole, never by prefix. */
export const covers = (principal: Principal, agent: { id: string; path: string[]; runnerId: string | null }): boolean => {
  switch (principal.kind) {
    case 'person':
    case 'project':
      return true;
    case 'agent':
      return agent.path.includes(principal.agentId);
    case 'runner':
      return agent.runnerId === principal.runnerId;
  }
};

/** The agent, if it exists and the principal may see it; an agent outside one's subtree is as good as absent. */
export async function visibleAgent(reads: Reads, principal: Principal, agentId: string): Promise<AgentView> {
  const agent = await reads.agent(principal.projectId, agentId);
  if (!covers(principal, agent)) throw notFound('agent', agentId);
  return agent;
}

/** The agent whose subtree bounds what the principal sees where it names none; undefined: the whole project. */
export const ownRoot = (principal: Principal): string | undefined => {
  if (principal.kind === 'agent') return principal.agentId;
  // a runner that an agent started sees no more than that agent
  return principal.kind === 'runner' ? principal.scope?.at(-1) : undefined;
};

export const forbid = (rule: string): never => {
  throw new DomainFailure({ code: 'forbidden', rule });
};
