import type { Agent } from '../../agents/agent.ts';
import type { Lease } from '../../agents/lease.ts';
import type { OrphanCase, OrphansHandled } from '../../api/views.ts';
import { isoOf } from '../../kernel/clock.ts';
import { ok, type Result } from '../../kernel/result.ts';
import type { OrphanVerdict } from '../../orphans/orphan-plan.ts';
import { orphanCause } from '../../orphans/orphan-policy.ts';
import type { CommandOf, CommandOutput } from '../commands.ts';
import { absent, applyToAgent, each, type Work } from '../work.ts';
import { handleOrphan, planOf } from './orphans.ts';

const isoOrNull = (ms: number | null | undefined): string | null => (ms === null || ms === undefined ? null : isoOf(ms));

/** A dry run of the sweep, by its own planner; writes nothing. */
export const planCases = each(async (work, { input }: CommandOf<'orphans.plan'>): Promise<Result<CommandOutput<'orphans.plan'>>> => {
  const plan = await planOf(work, input.agentIds);
  const count = (action: OrphanVerdict['action']) => plan.verdicts.filter((v) => v.action === action).length;
  const shown = [...plan.verdicts].sort((a, b) => Number(a.action === 'ignore') - Number(b.action === 'ignore')).slice(0, input.limit);
  const leases = await work.tx.leases.many(shown.flatMap((v) => [v.child.id, v.parent.id]));
  const leaseOf = new Map(leases.map((l) => [l.id, l]));
  const items: OrphanCase[] = [];
  for (const v of shown) items.push(caseOf(v, leaseOf, (await work.tx.agents.liveTree(v.child.id)).length - 1));
  return ok({
    items,
    total: plan.verdicts.length,
    would: { stop: count('stop'), reparent: count('reparent'), ignore: count('ignore') },
    live: plan.live,
    halted: plan.halts,
  });
});

function caseOf(v: OrphanVerdict, leaseOf: ReadonlyMap<string, Lease>, below: number): OrphanCase {
  const { child, parent } = v;
  const seen = (a: Agent) => ({
    agentId: a.id,
    name: a.name,
    state: a.state,
    epoch: a.epoch,
    lastHeartbeatAt: isoOrNull(leaseOf.get(a.id)?.lastHeartbeatMs),
    leaseExpiresAt: isoOrNull(leaseOf.get(a.id)?.expiresAtMs),
  });
  const home = v.home.at(-1);
  return {
    ...seen(child),
    containment: child.containment,
    below,
    parent: { ...seen(parent), endedAt: isoOrNull(parent.endedAtMs) },
    cause: v.cause,
    policy: { action: v.wanted, from: v.from, ignoredUntil: v.from === 'operator' ? isoOrNull(child.orphanIgnoredUntilMs) : null },
    would: {
      action: v.action,
      to: v.action === 'reparent' && home ? { agentId: home.id, name: home.name } : null,
      because: v.because,
      stoppedWith: v.stoppedWith,
    },
  };
}

/**
 * An operator's word on orphans they name. No halt holds it back: the halt asks for a person, and here one answers. Who is
 * no orphan any more is skipped; an id that nobody has refuses the whole.
 */
export const handleOrphans = each(
  async (work, { input, actor }: CommandOf<'orphans.handle'>): Promise<Result<CommandOutput<'orphans.handle'>>> => {
    const { tx } = work;
    const ids = [...new Set(input.agentIds)];
    const found = new Map((await tx.agents.many(ids)).map((a) => [a.id, a]));
    for (const id of ids) if (!found.has(id)) return absent('agent', id);
    const done: OrphansHandled = { stopped: 0, reparented: 0, ignored: 0, skipped: [] };
    // the upper ones first, so that what stands below one of them goes with it
    for (const id of ids.sort((a, b) => depth(found, a) - depth(found, b))) {
      const child = (await tx.agents.get(id)) as Agent;
      const parent = child.parentId ? await tx.agents.get(child.parentId) : undefined;
      if (!parent || orphanCause(child, parent) === undefined) done.skipped.push({ agentId: id, why: 'it is no orphan' });
      else if (input.action === 'ignore') {
        leaveAlone(work, child, parent.id, input, actor);
        done.ignored += 1;
      } else {
        const action = await handleOrphan(work, id, {
          asked: input.action === 'policy' ? undefined : input.action,
          reason: input.reason,
          actor,
        });
        if (action === 'stop') done.stopped += 1;
        else if (action === 'reparent') done.reparented += 1;
        else done.skipped.push({ agentId: id, why: await whyLeft(work, child) });
      }
    }
    return ok(done);
  },
);
const depth = (found: ReadonlyMap<string, Agent>, id: string): number => found.get(id)?.path.length ?? 0;

function leaveAlone(
  work: Work,
  child: Agent,
  parentId: string,
  input: CommandOf<'orphans.handle'>['input'],
  actor: CommandOf<'orphans.handle'>['actor'],
): void {
  const data = { parentId, untilMs: work.tx.nowMs + (input.forMs ?? 0), reason: input.reason };
  applyToAgent(work, child, [{ type: 'agent.orphan-ignored', subjectId: child.id, data }], actor);
}
async function whyLeft(work: Work, child: Agent): Promise<string> {
  const [verdict] = (await planOf(work, [child.id])).verdicts;
  return verdict?.held ? verdict.because : 'its policy leaves it where it is';
}
