import {
  decideAcquire,
  decideForceRelease,
  decideReleaseLock,
  decideRenewLock,
  decideWithdraw,
  type Lock,
  newLock,
  requestOf,
} from '../../coordination/lock.ts';
import type { LockAnswer } from '../../coordination/meeting-points.ts';
import { isoOf } from '../../kernel/clock.ts';
import type { DomainError } from '../../kernel/errors.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import type { CommandOf, CommandOutput } from '../commands.ts';
import { absent, actorName, agentFor, each, unfenced, type Work } from '../work.ts';
import { applyToLock, breakDeadlocks, lockScope, settleOne } from './coordination.ts';

/** The lock as it is now: what time has changed is recorded first. */
async function lockNow(work: Work, name: string): Promise<Lock | undefined> {
  const [lock] = await work.tx.locks.byNames([name]);
  return lock && settleOne(work, lock);
}

/** All that came in one batch, in order of arrival, after one read of their agents, locks and former answers. */
export async function acquireLocks(
  work: Work,
  commands: readonly CommandOf<'locks.acquire'>[],
): Promise<Result<CommandOutput<'locks.acquire'>>[]> {
  const { tx } = work;
  await tx.agents.withAncestors(commands.map((c) => c.input.agentId));
  await tx.locks.byNames(commands.map((c) => c.input.name));
  await tx.requests.readAhead(
    commands.flatMap(({ input: { agentId, requestId } }) => (requestId ? [{ scope: lockScope(agentId), requestId }] : [])),
  );
  return each(acquire)(work, commands);
}
async function acquire(work: Work, { input, actor }: CommandOf<'locks.acquire'>): Promise<Result<LockAnswer>> {
  const { tx, ports } = work;
  const agent = await agentFor(work, actor, input.agentId);
  if (!agent.ok) return agent;
  const free = await unfenced(work, agent.value);
  if (!free.ok) return free;
  const requestId = input.requestId ?? ports.ids.next('request');
  const lock =
    (await lockNow(work, input.name)) ?? newLock({ id: ports.ids.next('lock'), projectId: tx.projectId, name: input.name }, tx.nowMs);
  const ended = await tx.requests.get(lockScope(input.agentId), requestId);
  if (ended) return err(endOf(input.name, ended));
  const { permits, priority, blocking, leaseMs, waitMs } = input;
  const ask = { agentId: input.agentId, requestId, callId: input.callId ?? null, permits, priority, blocking, leaseMs, waitMs };
  const decided = decideAcquire(lock, ask, tx.nowMs);
  if (!decided.ok) return decided;
  let next = applyToLock(work, lock, decided.value, actorName(actor));
  if (decided.value.some((e) => e.type === 'lock.waiting') && (await breakDeadlocks(work, [input.agentId]))) {
    const victim = await tx.requests.get(lockScope(input.agentId), requestId);
    if (victim) return err(endOf(input.name, victim));
    next = (await tx.locks.get(lock.id)) ?? next;
  }
  const { holder, waiter } = requestOf(next, input.agentId, requestId);
  if (holder) return ok({ state: 'granted', requestId, token: holder.token, expiresAt: isoOf(holder.expiresAtMs) });
  return ok({ state: 'waiting', requestId, deadlineMs: waiter?.deadlineMs ?? tx.nowMs });
}
/** How a request ended that is over: its wait, or its hold. */
function endOf(name: string, [why, ...rest]: readonly string[]): DomainError {
  if (why === 'freed') return { code: 'stale_token', kind: 'lock', id: name };
  return why === 'deadlock' ? { code: 'deadlock', cycle: rest } : { code: 'timed_out', waitedMs: Number(rest[0]) };
}

export const releaseLocks = each(
  async (work, { input, actor }: CommandOf<'locks.release'>): Promise<Result<CommandOutput<'locks.release'>>> => {
    const agent = await agentFor(work, actor, input.agentId);
    if (!agent.ok) return agent;
    const lock = await lockNow(work, input.name);
    if (!lock) return absent('lock', input.name);
    const decided = decideReleaseLock(lock, input.agentId, input.token);
    if (!decided.ok) return decided;
    await settleOne(work, applyToLock(work, lock, decided.value, actorName(actor)));
    return ok({ released: decided.value.length > 0 });
  },
);

export const renewLocks = each(async (work, { input, actor }: CommandOf<'locks.renew'>): Promise<Result<CommandOutput<'locks.renew'>>> => {
  const { tx } = work;
  const agent = await agentFor(work, actor, input.agentId);
  if (!agent.ok) return agent;
  const free = await unfenced(work, agent.value);
  if (!free.ok) return free;
  const lock = await lockNow(work, input.name);
  if (!lock) return absent('lock', input.name);
  const decided = decideRenewLock(lock, input.agentId, input.token, input.leaseMs, tx.nowMs);
  if (!decided.ok) return decided;
  applyToLock(work, lock, decided.value, actorName(actor));
  return ok({ token: input.token, expiresAt: isoOf(tx.nowMs + input.leaseMs) });
});

export const withdrawLocks = each(
  async (work, { input, actor }: CommandOf<'locks.withdraw'>): Promise<Result<CommandOutput<'locks.withdraw'>>> => {
    const agent = await agentFor(work, actor, input.agentId);
    if (!agent.ok) return agent;
    const lock = await lockNow(work, input.name);
    if (!lock) return ok({ withdrawn: false });
    const events = decideWithdraw(lock, input.agentId, input.requestId, input.callId ?? null, work.tx.nowMs);
    await settleOne(work, applyToLock(work, lock, events, actorName(actor)));
    return ok({ withdrawn: events.length > 0 });
  },
);

export const forceReleaseLocks = each(
  async (work, { input, actor }: CommandOf<'locks.force-release'>): Promise<Result<CommandOutput<'locks.force-release'>>> => {
    const lock = await lockNow(work, input.name);
    if (!lock) return absent('lock', input.name);
    const events = decideForceRelease(lock, input.agentId, input.reason);
    await settleOne(work, applyToLock(work, lock, events, actorName(actor)));
    return ok({ freed: events.length });
  },
);
