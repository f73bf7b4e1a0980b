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
 * claims back when it is accepted, and has its own rule for attempts: of those that it ends, `settleReservedBy` is enough.)
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
      for (const { id } of reserved.get(agentId) ?? []) await leaveUnknown(work, id);
    },
  };
}
/** What agents had reserved that have just ended: unknown from now on (I-COST-6). */
export async function settleReservedBy(work: Work, agentIds: readonly string[]): Promise<void> {
  if (agentIds.length === 0) return;
  for (const { id } of await work.tx.reservations.openOf(agentIds)) await leaveUnknown(work, id);
}
async function leaveUnknown(work: Work, reservationId: string): Promise<void> {
  const r = await work.tx.reservations.get(reservationId);
  if (r) await applyToReservation(work, r, decideUnknown(r, 'holder-ended', work.tx.nowMs), system);
}
function group<T>(rows: readonly T[], keyOf: (row: T) => string): Map<string, T[]> {
  const out = new Map<string, T[]>();
  for (const row of rows) out.set(keyOf(row), [...(out.get(keyOf(row)) ?? []), row]);
  return out;
}
