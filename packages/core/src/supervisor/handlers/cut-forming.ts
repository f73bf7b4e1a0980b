import type { Agent } from '../../agents/agent.ts';
import type { Checkpoint } from '../../checkpoints/checkpoint.ts';
import { cutSpanMs, joinCut, maxCutMembers } from '../../checkpoints/cut.ts';
import type { Actor } from '../commands.ts';
import { actorName, system, type Work } from '../work.ts';

/** A cut of those who are asked, parents before children; none for one agent alone or for too many. */
export function beginCut({ tx, ports }: Work, root: Agent, asked: readonly Agent[], reason: string, actor: Actor): string | null {
  if (asked.length === 0 || asked.length > maxCutMembers) return null;
  const id = ports.ids.next('cut');
  tx.cuts.put({
    id,
    projectId: tx.projectId,
    rootId: root.id,
    reason,
    createdAtMs: tx.nowMs,
    members: asked.map((a) => ({ agentId: a.id, name: a.name, parentId: a.parentId, epoch: a.epoch, checkpointId: null, savedAtMs: null })),
    restore: null,
    restoring: false,
  });
  tx.append({ type: 'checkpoint.cut-begun', subjectId: root.id, data: { cutId: id, members: asked.length, reason } }, actorName(actor));
  return id;
}

/** The checkpoint that was just stored becomes part of the cuts that its agent was asked for; answers whether of any. */
export async function joinCuts({ tx }: Work, saved: Checkpoint, cutIds: readonly string[]): Promise<boolean> {
  let joined = false;
  for (const cut of cutIds.length ? await tx.cuts.many(cutIds) : []) {
    const next = joinCut(cut, saved);
    if (!next) continue;
    tx.cuts.put(next);
    joined = true;
    if (next.members.some((m) => m.checkpointId === null)) continue;
    const data = { cutId: cut.id, members: next.members.length, spanMs: cutSpanMs(next.members) };
    tx.append({ type: 'checkpoint.cut-complete', subjectId: cut.rootId, data }, actorName(system('cuts')));
  }
  return joined;
}
