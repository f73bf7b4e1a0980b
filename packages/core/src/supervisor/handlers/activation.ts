import type { Agent } from '../../agents/agent.ts';
import { decideHold, decideLetGo } from '../../agents/hold.ts';
import { isAtRest, isFrozenBy, isHolding, repositoryLease } from '../../changes/activation.ts';
import type { Activation } from '../../changes/activation-record.ts';
import type { Change, ChangeCommand } from '../../changes/change.ts';
import { decideAcquire, decideReleaseLock, decideRenewLock, type Lock, newLock, requestOf } from '../../coordination/lock.ts';
import { actorName, applyToAgent, system, type Work } from '../work.ts';
import { applyToLock, settleOne } from './coordination.ts';

const changes = system('changes');
const itself = actorName(changes);
/** A lease outlives the step that it guards: what is told at the last moment is still told under it. */
const leaseMarginMs = 30_000;

/** Decides one command on a change and records what follows; given by `changes.ts`, which also calls what stands here. */
export type Apply = (work: Work, change: Change, command: ChangeCommand) => Promise<Change>;

/**
 * One level-triggered step of a change that is put to use (I-SELF-8): takes the lease, holds its agents still, goes on once
 * all are at rest, and lets everybody go on when its time is over. Twice at the same time equals once.
 */
export async function stepActivation(work: Work, change: Change, apply: Apply): Promise<Change> {
  let next = change;
  if (next.activation?.state === 'waiting') next = await takeLease(work, next, apply);
  const { activation } = next;
  if (!activation || !isHolding(activation)) return next;
  let waitingFor = pending[activation.state] ?? '';
  if (activation.state === 'waiting') waitingFor = await whoHolds(work, next);
  else next = await hold(work, next, apply);
  if (activation.state === 'quiescing') {
    const frozenBy = await frozenByOf(work, next);
    const restless = await restlessOf(work, next, activation);
    if (restless.length === 0 && !frozenBy) return apply(work, next, { type: 'quiet' });
    const seconds = activation.rules.quiesceMs / 1000;
    waitingFor = frozenBy
      ? `${frozenBy} failed its health check meanwhile and could not be rolled back; nothing was merged`
      : `${restless.map((a) => `${a.name} (${a.id}, ${a.state})`).join(', ')} did not come to rest within ${seconds} s; nothing was merged`;
  }
  return apply(work, next, { type: 'overdue', waitingFor });
}
const pending: Partial<Record<Activation['state'], string>> = {
  merging: 'the runner has not told how the merge ended',
  checking: 'the runner has not told how the health check ended',
  'rolling-back': 'the runner has not told how the rollback ended',
};

async function lockOf({ tx, ports }: Work, repositoryId: string): Promise<Lock> {
  const name = repositoryLease(repositoryId);
  const [lock] = await tx.locks.byNames([name]);
  return lock ?? newLock({ id: ports.ids.next('lock'), projectId: tx.projectId, name }, tx.nowMs);
}
async function takeLease(work: Work, change: Change, apply: Apply): Promise<Change> {
  const lock = await settleOne(work, await lockOf(work, change.repositoryId));
  const leaseMs = (change.activation?.rules.quiesceMs ?? 0) + leaseMarginMs;
  const ask = { agentId: change.id, requestId: change.id, callId: null, permits: 1, priority: 0, blocking: false, leaseMs, waitMs: 0 };
  const decided = decideAcquire(lock, ask, work.tx.nowMs);
  if (!decided.ok) return change;
  const { holder } = requestOf(applyToLock(work, lock, decided.value, itself), change.id, change.id);
  return holder ? apply(work, change, { type: 'leased', lease: { name: lock.name, token: holder.token } }) : change;
}
async function whoHolds(work: Work, change: Change): Promise<string> {
  const lock = await lockOf(work, change.repositoryId);
  return `${lock.holders.map((h) => h.agentId).join(', ') || 'others'} kept the lease ${lock.name}; nothing was merged`;
}

/** Whoever runs this code now: also what was started since the last look. */
async function affected({ tx }: Work, change: Change, activation: Activation): Promise<Agent[]> {
  const { quiesce } = activation.rules;
  if (quiesce === 'none') return [];
  const proposer = await tx.agents.get(change.agentId);
  if (quiesce === 'proposer') return proposer ? [proposer] : [];
  return tx.agents.liveSubtree(quiesce === 'subtree' ? change.agentId : (proposer?.path[0] ?? change.agentId));
}
async function hold(work: Work, change: Change, apply: Apply): Promise<Change> {
  if (!change.activation) return change;
  const agentIds: string[] = [];
  for (const agent of await affected(work, change, change.activation)) {
    const events = decideHold(agent, `${change.title} (${change.id})`);
    if (events.length === 0) continue;
    applyToAgent(work, agent, events, changes);
    agentIds.push(agent.id);
  }
  return agentIds.length ? apply(work, change, { type: 'hold', agentIds }) : change;
}
async function restlessOf(work: Work, change: Change, activation: Activation): Promise<Agent[]> {
  const agents = await affected(work, change, activation);
  const leases = new Map((await work.tx.leases.many(agents.map((a) => a.id))).map((l) => [l.id, l]));
  return agents.filter((a) => !isAtRest(a, leases.get(a.id), activation.sinceMs));
}

/** The change on top of which nothing is merged, unless by the override that `change` carries. */
async function frozenByOf(work: Work, change: Change): Promise<string | null> {
  return change.approvals.some((a) => a.override) ? null : frozenBy(work, change);
}
export async function frozenBy({ tx }: Work, change: Change): Promise<string | null> {
  const open = await tx.changes.activating();
  return open.find((c) => c.repositoryId === change.repositoryId && c.id !== change.id && isFrozenBy(c))?.id ?? null;
}

/** What follows from an event for those that are held, for the lease, and for a repository that was frozen. */
export async function afterActivation(work: Work, before: Change | undefined, next: Change, apply: Apply): Promise<void> {
  const [was, is] = [before?.activation, next.activation];
  if (!is || was === is) return;
  if (is.state === 'healthy' && was?.state !== 'healthy')
    for (const c of await work.tx.changes.activating())
      if (c.repositoryId === next.repositoryId && isFrozenBy(c)) await apply(work, c, { type: 'thaw', by: next.id });
  if (was?.lease && is.lease && is.dueAtMs !== null && is.dueAtMs !== was.dueAtMs) await renew(work, next, is.lease, is.dueAtMs);
  if (!was || !isHolding(was) || isHolding(is)) return;
  if (was.lease) await release(work, next, was.lease);
  await letGo(work, next, was.heldIds, is);
}
async function renew(work: Work, change: Change, lease: { token: string }, dueAtMs: number): Promise<void> {
  const lock = await settleOne(work, await lockOf(work, change.repositoryId));
  const decided = decideRenewLock(lock, change.id, lease.token, dueAtMs + leaseMarginMs - work.tx.nowMs, work.tx.nowMs);
  if (decided.ok) applyToLock(work, lock, decided.value, itself);
}
async function release(work: Work, change: Change, lease: { token: string }): Promise<void> {
  const lock = await lockOf(work, change.repositoryId);
  const decided = decideReleaseLock(lock, change.id, lease.token);
  if (decided.ok) await settleOne(work, applyToLock(work, lock, decided.value, itself));
}
/** They go on; where the branch keeps code that is known to fail they wait for a person, paused as any agent is. */
async function letGo(work: Work, change: Change, heldIds: readonly string[], activation: Activation): Promise<void> {
  const { tx } = work;
  const others = (await tx.changes.activating()).filter((c) => c.id !== change.id && isHolding(c.activation));
  const stillHeld = new Set(others.flatMap((c) => c.activation?.heldIds ?? []));
  const stays = activation.state === 'rollback-failed';
  const reason = `${change.title} (${change.id}): ${stays ? 'not healthy, and could not be rolled back. Mend the branch, then resume' : activation.state}`;
  for (const agent of await tx.agents.many(heldIds)) {
    if (stillHeld.has(agent.id)) continue;
    const events = decideLetGo(agent, reason);
    if (events.length === 0) continue;
    const kept = [{ type: 'agent.paused', subjectId: agent.id, data: { by: 'operator', reason } } as const];
    applyToAgent(work, agent, stays ? kept : events, changes);
  }
}
