import type { Agent } from '../../agents/agent.ts';
import type { StopMode } from '../../api/inputs.ts';
import type { Stop, StopAction } from '../../stop/stop.ts';
import type { Work } from '../work.ts';

/**
 * For an agent that has reported its end while its process still runs: so long it has to exit by itself. A program that
 * beats for itself would else never hear that it has ended, and be no member of any later stop.
 */
export const lingerMs = 30_000;
const killConfirmMs = 5_000;

/** Carries out what a step asks of the outside: an order to the runner; agents without one read it in their heartbeat. */
export async function act(work: Work, stop: Stop, action: StopAction): Promise<void> {
  const { tx } = work;
  const agent = await tx.agents.get(action.agentId);
  if (!agent) return;
  // a drain leaves the process alone until shortly before its deadline, then asks it to end
  const drainMs = Math.min(5_000, Math.floor(stop.graceMs / 5));
  const termAtMs = action.kind === 'ask' && stop.mode === 'drain' ? Math.max(tx.nowMs, action.killAtMs - drainMs) : tx.nowMs;
  const killAtMs = stop.mode === 'force' ? tx.nowMs : action.killAtMs;
  orderEnd(work, agent, { stopId: stop.id, mode: stop.mode, termAtMs, killAtMs });
}

/** Its process was left running by an agent that is over. */
export function orderLinger(work: Work, agent: Agent): void {
  if (agent.process !== 'running') return;
  const termAtMs = work.tx.nowMs + lingerMs;
  orderEnd(work, agent, { stopId: 'ended', mode: 'graceful', termAtMs, killAtMs: termAtMs + killConfirmMs, lingers: true });
}
/** What an older epoch still runs ends at once. */
export function orderEndOfEpoch(work: Work, agent: Agent, because: string): void {
  const termAtMs = work.tx.nowMs;
  orderEnd(work, agent, { stopId: because, mode: 'force', termAtMs, killAtMs: termAtMs + killConfirmMs });
}

type EndTimes = { stopId: string; mode: StopMode; termAtMs: number; killAtMs: number; lingers?: true };
/** Tells the runner that holds the process, if there is one, when it is to end. */
function orderEnd({ tx, ports }: Work, agent: Agent, times: EndTimes): void {
  if (!agent.runnerId || agent.process === 'none' || agent.process === 'ended') return;
  const id = ports.ids.next('order');
  tx.orders.put({
    id,
    projectId: tx.projectId,
    runnerId: agent.runnerId,
    agentId: null,
    kind: 'stop',
    createdAtMs: tx.nowMs,
    payload: { kind: 'stop', orderId: id, agentId: agent.id, epoch: agent.epoch, ...times },
  });
}
