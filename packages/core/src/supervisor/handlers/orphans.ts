import type { NewEvent } from '../../kernel/events.ts';
import { ok, type Result } from '../../kernel/result.ts';
import { mustHalt, orphanAction, orphanCause } from '../../orphans/orphan-policy.ts';
import type { Actor, CommandOf, CommandOutput } from '../commands.ts';
import { applyToAgent, each, type Work } from '../work.ts';
import { acceptStop } from './stops.ts';

const sweeper: Actor = { kind: 'system', id: 'orphan-sweeper' };

/**
 * The acting half of the sweep: suspects come from outside, each is read again here, the policy is applied once per
 * child, and a sweep that would orphan too many changes nothing (I-ORPH-1, I-ORPH-5, I-ORPH-7).
 */
export const adoptOrphans = each(async (work, { input }: CommandOf<'agents.adopt-orphans'>): Promise<Result<CommandOutput<'agents.adopt-orphans'>>> => {
  const { tx } = work;
  const suspects = await tx.agents.many(input.agentIds);
  const parents = new Map((await tx.agents.many(suspects.flatMap((a) => a.parentId ?? []))).map((p) => [p.id, p]));
  const orphans = suspects
    .map((child) => ({ child, cause: orphanCause(child, parents.get(child.parentId ?? '')) }))
    .filter((o) => o.cause !== undefined && orphanAction(o.child, o.cause) !== 'ignore');
  const live = await tx.agents.liveCount();
  if (mustHalt(orphans.length, live)) {
    tx.append({ type: 'orphans.halted', subjectId: tx.projectId, data: { wouldStop: orphans.length, live } }, 'system:orphan-sweeper');
    return ok({ stopped: 0, reparented: 0 });
  }
  let stopped = 0;
  let reparented = 0;
  for (const { child, cause } of orphans) {
    const now = (await tx.agents.get(child.id)) ?? child;
    if (!cause || orphanCause(now, parents.get(now.parentId ?? '')) === undefined) continue;
    const action = orphanAction(now, cause);
    const handled: NewEvent = {
      type: 'agent.orphan-handled',
      subjectId: now.id,
      data: { parentId: now.parentId ?? '', action, because: `its parent is ${cause}` },
    };
    const next = applyToAgent(work, now, [handled], sweeper);
    if (action === 'stop') {
      const request = { id: next.id, mode: 'graceful', graceMs: 30_000, killConfirmMs: 5_000, reason: `orphaned: its parent is ${cause}`, dryRun: false } as const;
      await acceptStop(work, next, request, sweeper);
      stopped += 1;
    } else reparented += 1;
  }
  return ok({ stopped, reparented });
});
