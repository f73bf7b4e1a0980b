import type { Agent } from '../agents/agent.ts';
import type { NewEvent } from '../kernel/events.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { isRestorable } from '../kernel/transitions.ts';
import type { Checkpoint } from './checkpoint.ts';

/**
 * Whether a new epoch of `agent` may begin. A state that is final stays final for the epoch that reached it; the new
 * one starts from a saved state. What was stopped by a stop is not: the fence says so before this is asked (I-STOP-8).
 */
export function decideRestore(
  agent: Agent,
  checkpoint: Pick<Checkpoint, 'id' | 'sequence'>,
  found: { claimsReleased: number; inDoubt: number; launched?: true },
): Result<NewEvent[]> {
  if (!isRestorable(agent.state))
    return err({ code: 'illegal_transition', kind: 'agent', id: agent.id, from: agent.state, to: 'starting' });
  const data = { checkpointId: checkpoint.id, sequence: checkpoint.sequence, from: agent.state, epoch: agent.epoch + 1, ...found };
  return ok([{ type: 'agent.restored', subjectId: agent.id, data }]);
}
