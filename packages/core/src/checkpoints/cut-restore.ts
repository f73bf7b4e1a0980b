import type { Agent } from '../agents/agent.ts';
import type { CutRestoreView } from '../api/views.ts';
import { isoOf } from '../kernel/clock.ts';
import { isFinalAgent, isRestorable } from '../kernel/transitions.ts';
import type { Cut, CutLeftOut, CutRestore, CutStart } from './cut.ts';

/** Who of a subtree goes on from the cut, parents before children, and who does not. */
export type CutPlan = { restore: { agentId: string; checkpointId: string }[]; leftOut: CutLeftOut[] };
/** The subtree as it is now. */
export type SubtreeFacts = {
  /** All members that still exist, and all that live below the root now. */
  agents: readonly Agent[];
  isKept(checkpointId: string): boolean;
  /** In words, why nobody starts the command of this agent again; null: its runner does. */
  notStartable(agentId: string): string | null;
};

/**
 * Who goes on from the cut. One without a kept checkpoint, under a stop, or whom no runner can start is left out, and so is
 * everybody below it; a left-out agent that lives is to be stopped, since nothing that goes on knows of it. The tree as it
 * is now counts, not the one of the cut.
 *
 * Use it for the preview and for the restore, so that both say the same; whether the root may be restored at all is asked
 * before.
 *
 * @example
 * const root = agentOf({ id: 'a', projectId: 'p', state: 'running' });
 * const member = { agentId: 'a', name: 'a', parentId: null, epoch: 1, checkpointId: 'ckp_1', savedAtMs: 5 };
 * const cut = { id: 'cut_1', projectId: 'p', rootId: 'a', reason: '', createdAtMs: 0, members: [member], restore: null, restoring: false };
 * const facts = { agents: [root], isKept: () => true, notStartable: () => null };
 * planCutRestore(cut, facts).restore; // → [{ agentId: 'a', checkpointId: 'ckp_1' }]
 * planCutRestore(cut, { ...facts, notStartable: () => 'no runner' }).leftOut[0].why; // → 'no runner'
 */
export function planCutRestore(cut: Cut, facts: SubtreeFacts): CutPlan {
  const members = new Map(cut.members.map((m) => [m.agentId, m]));
  const restored = new Set<string>();
  const plan: CutPlan = { restore: [], leftOut: [] };
  const inOrder = [...facts.agents].sort((a, b) => a.path.length - b.path.length || (a.id < b.id ? -1 : 1));
  for (const agent of inOrder) {
    const below = agent.path.includes(cut.rootId);
    const checkpointId = members.get(agent.id)?.checkpointId ?? null;
    const why = !below
      ? 'it was moved out of this subtree'
      : agent.id !== cut.rootId && !restored.has(agent.parentId ?? '')
        ? 'its parent is left out'
        : !members.has(agent.id)
          ? 'it came after the cut'
          : agent.stopId !== null || !isRestorable(agent.state)
            ? `it is ${agent.state} by a stop`
            : checkpointId === null
              ? 'it saved no checkpoint for this cut'
              : facts.isKept(checkpointId)
                ? facts.notStartable(agent.id)
                : 'its checkpoint was pruned';
    if (why === null && checkpointId !== null) {
      restored.add(agent.id);
      plan.restore.push({ agentId: agent.id, checkpointId });
    } else {
      const stopped = below && agent.stopId === null && !isFinalAgent(agent.state);
      plan.leftOut.push({ agentId: agent.id, name: agent.name, why: why ?? '', stopped });
    }
  }
  return plan;
}

type Now = Pick<Agent, 'epoch' | 'state' | 'stopId' | 'parentId' | 'error'> & {
  /** In words, why nobody can start it at this moment; null: its runner can. */
  notStartable: string | null;
};

/**
 * One step of a restore under way: whom to order now, and what has become of those that were ordered. A child is ordered
 * once its parent has reported in its new epoch, and never where the parent did not come up. Twice equals once.
 *
 * Use it whenever something may have moved; it reads no clock, so a restore waits for a runner as long as that takes.
 *
 * @example
 * const start = { agentId: 'a', checkpointId: 'ckp_1', epoch: 2, state: 'ordered', why: null };
 * const restore = { number: 1, by: 'ann', startedAtMs: 0, doneAtMs: null, starts: [start, { ...start, agentId: 'b', state: 'waiting' }], leftOut: [] };
 * const running = { epoch: 2, state: 'running', stopId: null, error: null, notStartable: null };
 * const now = new Map([['a', { ...running, parentId: null }], ['b', { ...running, state: 'starting', parentId: 'a' }]]);
 * stepCutRestore(restore, now, 9).order; // → ['b']
 */
export function stepCutRestore(
  restore: CutRestore,
  agents: ReadonlyMap<string, Now>,
  nowMs: number,
): { restore: CutRestore; order: string[] } {
  const after = new Map<string, CutStart>();
  const order: string[] = [];
  for (const start of restore.starts) {
    const next = stepStart(start, agents.get(start.agentId), after);
    if (next.state === 'ordered' && start.state === 'waiting') order.push(next.agentId);
    after.set(next.agentId, next);
  }
  const starts = [...after.values()];
  const open = starts.some((s) => s.state === 'waiting' || s.state === 'ordered');
  const changed = starts.some((s, i) => s !== restore.starts[i]);
  if (!changed && open) return { restore, order };
  return { restore: { ...restore, starts, doneAtMs: open ? null : (restore.doneAtMs ?? nowMs) }, order };
}
function stepStart(start: CutStart, agent: Now | undefined, before: ReadonlyMap<string, CutStart>): CutStart {
  const failed = (why: string): CutStart => ({ ...start, state: 'failed', why });
  if (start.state === 'started' || start.state === 'failed') return start;
  if (!agent) return failed('it is gone');
  if (agent.stopId !== null) return failed('it was stopped meanwhile');
  if (isFinalAgent(agent.state)) return failed(agent.error ?? `it ended as ${agent.state}`);
  if (start.state === 'waiting') {
    if (agent.epoch !== start.epoch) return failed('another epoch of it was begun meanwhile');
    const parent = before.get(agent.parentId ?? '');
    // the root has no parent among them; one that was moved meanwhile has none to wait for
    if (parent?.state === 'failed') return failed('its parent did not come up');
    if (parent && parent.state !== 'started') return start;
    // a runner that is away may come back, and the restore with it
    if (agent.notStartable !== null) return start.why === agent.notStartable ? start : { ...start, why: agent.notStartable };
    return { ...start, state: 'ordered', why: null };
  }
  // its policy may have begun a later epoch from the same checkpoint: what counts is that it is up
  return agent.epoch >= start.epoch && (agent.state === 'running' || agent.state === 'paused') ? { ...start, state: 'started' } : start;
}

/**
 * A restore of a cut as the API tells of it.
 *
 * Use it wherever one is read or answered, with the names of its agents.
 *
 * @example
 * const restore = { number: 1, by: 'ann', startedAtMs: 0, doneAtMs: null, starts: [], leftOut: [] };
 * cutRestoreView(restore, new Map()).startedAt; // → '1970-01-01T00:00:00.000Z'
 */
export const cutRestoreView = (r: CutRestore, names: ReadonlyMap<string, string>): CutRestoreView => ({
  number: r.number,
  by: r.by,
  startedAt: isoOf(r.startedAtMs),
  doneAt: r.doneAtMs === null ? null : isoOf(r.doneAtMs),
  starts: r.starts.map((s) => ({ ...s, name: names.get(s.agentId) ?? s.agentId })),
  leftOut: r.leftOut,
});
