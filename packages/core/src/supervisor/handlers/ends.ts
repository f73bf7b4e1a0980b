import { decideUnknown, type Reservation } from '../../costs/reservation.ts';
import { decideTakeBack, type Task } from '../../tasks/task.ts';
import type { Actor } from '../commands.ts';
import { applyToTask, type Work } from '../work.ts';
import { applyToReservation } from './booking.ts';
import { tellDependants } from './task-dependencies.ts';

const system: Actor = { kind: 'system', id: 'ends' };

/**
 * What an agent leaves behind when it ends by itself: its claims go back in the same transaction, and what it had
 * reserved is unknown until a late cost settles it (I-COST-6). Read once for all that may end in a batch. (A stop takes
 * claims back when it is accepted, and has its own rule for attempts.)
 */
export async function endsOf(work: Work, agentIds: readonly string[]): Promise<{ settle(agentId: string): Promise<void> }> {
  const { tx } = work;
  const ids = [...new Set(agentIds)];
  const claims = group(await tx.tasks.heldBy(ids), (t: Task) => t.agentId ?? '');
  const reserved = group(await tx.reservations.openOf(ids), (r: Reservation) => r.agentId);
  return {
    async settle(agentId) {
      for (const held of claims.get(agentId) ?? []) {
        const task = await tx.tasks.get(held.id);
        const back = task?.agentId === agentId ? decideTakeBack(task, 'holder-ended') : undefined;
        if (!task || !back?.ok) continue;
        await tellDependants(work, [applyToTask(work, task, back.value, system)]);
      }
      for (const { id } of reserved.get(agentId) ?? []) {
        const r = await tx.reservations.get(id);
        if (r) await applyToReservation(work, r, decideUnknown(r, 'holder-ended', tx.nowMs), system);
      }
    },
  };
}
function group<T>(rows: readonly T[], keyOf: (row: T) => string): Map<string, T[]> {
  const out = new Map<string, T[]>();
  for (const row of rows) out.set(keyOf(row), [...(out.get(keyOf(row)) ?? []), row]);
  return out;
}
