import type { Agent } from '../../agents/agent.ts';
import { markRestored, stillPinned } from '../../checkpoints/checkpoint-mark.ts';
import { isFinalAgent, isLiveAgent } from '../../kernel/transitions.ts';
import { type LaunchSpec, launchPayload } from '../../restarts/launch-spec.ts';
import { countRestart, defaultSupervision, restartGroup, wantsRestart } from '../../restarts/restart-policy.ts';
import { decideTakeBack } from '../../tasks/task.ts';
import { actorName, applyToAgent, applyToTask, fenceOver, system, type Work } from '../work.ts';
import { leaveAll } from './coordination.ts';
import { handleOrphan } from './orphans.ts';
import { acceptStop } from './stops.ts';

const keeper = system('restarts');

/**
 * After the process of an agent was seen gone: starts it again where its policy says so, with whom its parent's strategy
 * says, unless that was too often. A stop outranks it (I-STOP-8): under a fence nothing is started again.
 */
export async function restartIfWanted(work: Work, ended: Agent): Promise<void> {
  const { tx } = work;
  if (ended.state !== 'completed' && ended.state !== 'failed' && ended.state !== 'stopped') return;
  if (ended.process !== 'ended' || (ended.processEvidence?.survivors ?? 0) > 0) return;
  const own = await tx.launches.get(ended.id);
  if (!own || !wantsRestart(own.restart, ended.state)) return;
  const byId = new Map((await tx.agents.withAncestors([ended.id])).map((a) => [a.id, a]));
  const path = ended.path.flatMap((id) => byId.get(id) ?? []);
  if (await fenceOver(work, path)) return;
  const parent = path.at(-2);
  if (parent && isFinalAgent(parent.state)) return;

  // a parent that said how it keeps its children counts for all of them; without one each counts for itself
  const above = parent ? await tx.launches.get(parent.id) : undefined;
  const counter = above?.supervision ? above : own;
  const supervision = above?.supervision ?? defaultSupervision;
  const { atMs, exhausted } = countRestart(supervision, counter.restartsAtMs, tx.nowMs);
  tx.launches.put({ ...counter, restartsAtMs: atMs });
  if (exhausted) {
    const { intensity, periodMs } = supervision;
    const data = { restarts: atMs.length - 1, intensity, periodMs, stopped: above?.supervision ? (parent?.id ?? null) : null };
    tx.append({ type: 'agent.restarts-exhausted', subjectId: ended.id, data }, actorName(keeper));
    if (parent && above?.supervision)
      await stopBelow(work, parent, `${ended.name} ended more than ${intensity} times within ${periodMs} ms`);
    return;
  }
  const siblings = parent && above?.supervision ? await hostedChildren(work, parent) : [];
  for (const member of restartGroup(supervision.strategy, ended, siblings)) {
    const spec = member.id === ended.id ? own : await tx.launches.get(member.id);
    // as in OTP: a temporary sibling ends with the others and is not started again
    if (!spec || spec.restart === 'temporary') await stopBelow(work, member, `${ended.name} ended, and all of its group with it`);
    else await begin(work, (await tx.agents.get(member.id)) ?? member, spec, `${ended.name} ${ended.state}`, atMs.length);
  }
}

/** Children of an agent whose processes a runner holds. */
const hostedChildren = async ({ tx }: Work, parent: Agent): Promise<Agent[]> =>
  (await tx.agents.liveSubtree(parent.id)).filter(
    (a) => a.parentId === parent.id && isLiveAgent(a.state) && a.state !== 'stopping' && a.process !== 'none',
  );

const stopBelow = (work: Work, agent: Agent, reason: string) =>
  acceptStop(work, agent.id, { mode: 'graceful', graceMs: 30_000, killConfirmMs: 5_000, reason }, keeper);

/**
 * The next epoch of an agent on its runner, which ends what is left of the one before first. What the old epoch held goes
 * back, its tokens are void, and its children are judged as those of a parent that has ended.
 */
async function begin(work: Work, agent: Agent, spec: LaunchSpec, because: string, restarts: number): Promise<void> {
  const { tx, ports } = work;
  if (!agent.runnerId) return;
  const cause = agent.state === 'completed' || agent.state === 'failed' ? agent.state : 'stopped';
  for (const child of await tx.agents.liveSubtree(agent.id))
    if (child.parentId === agent.id && isLiveAgent(child.state) && child.state !== 'stopping')
      await handleOrphan(work, child.id, { cause });
  await tx.tokens.revokeOf([agent.id]);
  await tx.orders.cancelOf([agent.id], ['launch']);
  for (const task of await tx.tasks.heldBy([agent.id])) {
    const back = decideTakeBack(task, 'holder-stopped');
    if (back.ok) applyToTask(work, task, back.value, keeper);
  }
  await leaveAll(work, [agent.id], 'ended');
  const data = { epoch: agent.epoch + 1, from: agent.state, because, restarts };
  const next = applyToAgent(work, agent, [{ type: 'agent.restarted', subjectId: agent.id, data }], keeper);
  // a crash costs what was done since the last save, not the whole run (I-CKPT-6)
  const saved = await tx.checkpoints.latestOf(next.id);
  const lease = await tx.leases.get(next.id);
  const nanoUsd = (await tx.rollups.get(next.id))?.ownNanoUsd ?? 0n;
  tx.leases.put({
    id: next.id,
    projectId: tx.projectId,
    lastHeartbeatMs: null,
    expiresAtMs: tx.nowMs + 2 * next.leaseMs,
    activity: null,
    progress: null,
    toolsExecuted: 0,
    parkedAtMs: null,
    checkpoint: saved ? stillPinned(lease?.checkpoint, markRestored(nanoUsd, tx.nowMs, saved.id)) : null,
  });
  const orderId = ports.ids.next('order');
  tx.orders.put({
    id: orderId,
    projectId: tx.projectId,
    runnerId: agent.runnerId,
    agentId: next.id,
    kind: 'launch',
    createdAtMs: tx.nowMs,
    payload: launchPayload(orderId, next, spec, saved?.id),
  });
}
