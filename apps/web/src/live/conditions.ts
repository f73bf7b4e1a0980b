import { type AgentCondition, isFinalAgent, isLiveAgent, isOverBudget, type LiveAgent } from '@reeve/core/vocabulary';

/** Conditions are computed, never stored: from the agent, its parent and the clock. */
export function conditionsOf(agent: LiveAgent, parent: LiveAgent | undefined, nowMs: number): AgentCondition[] {
  const found: AgentCondition[] = [];
  if (!isLiveAgent(agent.state)) return found;
  if (isLate(agent, nowMs)) found.push('late');
  if (agent.parentId && parent && isFinalAgent(parent.state)) found.push('orphaned');
  if (agent.stopId) found.push('fenced');
  if (agent.budgetNanoUsd !== null && isOverBudget(BigInt(agent.subtreeNanoUsd), BigInt(agent.budgetNanoUsd))) found.push('over-budget');
  return found;
}
/** Two thirds of the lease without a heartbeat: at least one was missed, the lease still runs. */
export function isLate(a: LiveAgent, nowMs: number): boolean {
  if (a.lastHeartbeatMs === null || a.leaseExpiresMs === null || (a.state !== 'running' && a.state !== 'paused')) return false;
  return nowMs > a.lastHeartbeatMs + ((a.leaseExpiresMs - a.lastHeartbeatMs) * 2) / 3;
}
