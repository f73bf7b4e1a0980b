import type { Stop, StopAction } from '../../stop/stop.ts';
import type { Work } from '../work.ts';

/** Carries out what a step asks of the outside: an order to the runner; agents without one read it in their heartbeat. */
export async function act({ tx, ports }: Work, stop: Stop, action: StopAction): Promise<void> {
  const agent = await tx.agents.get(action.agentId);
  if (!agent?.runnerId || agent.process === 'none' || agent.process === 'ended') return;
  const id = ports.ids.next('order');
  // a drain leaves the process alone until shortly before its deadline, then asks it to end
  const drainMs = Math.min(5_000, Math.floor(stop.graceMs / 5));
  const termAtMs = action.kind === 'ask' && stop.mode === 'drain' ? Math.max(tx.nowMs, action.killAtMs - drainMs) : tx.nowMs;
  const killAtMs = stop.mode === 'force' ? tx.nowMs : action.killAtMs;
  tx.orders.put({
    id,
    projectId: tx.projectId,
    runnerId: agent.runnerId,
    agentId: null,
    kind: 'stop',
    createdAtMs: tx.nowMs,
    payload: { kind: 'stop', orderId: id, agentId: agent.id, epoch: agent.epoch, stopId: stop.id, mode: stop.mode, termAtMs, killAtMs },
  });
}
