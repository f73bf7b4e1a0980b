import type { Agent } from '../agents/agent.ts';
import type { RestartType, RunnerOrder, Supervision } from '../api/inputs.ts';

/** How a runner started an agent: what a restart and a restore start again. */
export type LaunchSpec = {
  /** The agent's own id. */
  id: string;
  projectId: string;
  command: string;
  args: string[];
  cwd: string | null;
  env: Record<string, string>;
  restart: RestartType;
  /** How it keeps the children that runners start for it; null: it never said. */
  supervision: Supervision | null;
  /** Restarts that still count against the intensity: of its children where it keeps them, else its own. */
  restartsAtMs: number[];
};

/**
 * The order that starts an epoch of an agent. Its token is made when the runner fetches it, so that none is ever stored.
 *
 * Use it for the first epoch and for every later one, so that both start the same command; with the checkpoint that a
 * later one goes on from.
 *
 * @example
 * const agent = { id: 'agt_1', epoch: 2, parentId: null, name: 'coder' };
 * launchPayload('ord_1', agent, { command: 'node', args: ['a.js'], cwd: null, env: {} }).epoch; // → 2
 */
export const launchPayload = (
  orderId: string,
  agent: Pick<Agent, 'id' | 'epoch' | 'parentId' | 'name'>,
  spec: Pick<LaunchSpec, 'command' | 'args' | 'cwd' | 'env'>,
  restore?: string,
): Extract<RunnerOrder, { kind: 'launch' }> => ({
  kind: 'launch',
  orderId,
  agentId: agent.id,
  epoch: agent.epoch,
  token: '',
  parentId: agent.parentId,
  name: agent.name,
  command: spec.command,
  args: spec.args,
  cwd: spec.cwd,
  env: spec.env,
  ...(restore !== undefined && { restore }),
});
