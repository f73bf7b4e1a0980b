import { type Barrier, decideArrive, decideWithdrawParty, newBarrier } from '../../coordination/barrier.ts';
import type { BarrierAnswer } from '../../coordination/meeting-points.ts';
import type { DomainError } from '../../kernel/errors.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import type { CommandOf, CommandOutput } from '../commands.ts';
import { absent, actorName, agentFor, each, unfenced, type Work } from '../work.ts';
import { applyToBarrier, barrierScope, breakDeadlocks, settleOneBarrier } from './coordination.ts';

/** The barrier as it is now: who timed out or has gone is out of it first. */
async function barrierNow(work: Work, name: string): Promise<Barrier | undefined> {
  const [barrier] = await work.tx.barriers.byNames([name]);
  return barrier && settleOneBarrier(work, barrier);
}

export async function waitBarriers(
  work: Work,
  commands: readonly CommandOf<'barriers.wait'>[],
): Promise<Result<CommandOutput<'barriers.wait'>>[]> {
  const { tx } = work;
  await tx.agents.withAncestors(commands.map((c) => c.input.agentId));
  await tx.barriers.byNames(commands.map((c) => c.input.name));
  await tx.requests.readAhead(
    commands.flatMap(({ input: { agentId, requestId } }) => (requestId ? [{ scope: barrierScope(agentId), requestId }] : [])),
  );
  return each(arrive)(work, commands);
}
async function arrive(work: Work, { input, actor }: CommandOf<'barriers.wait'>): Promise<Result<BarrierAnswer>> {
  const { tx, ports } = work;
  const agent = await agentFor(work, actor, input.agentId);
  if (!agent.ok) return agent;
  const free = await unfenced(work, agent.value);
  if (!free.ok) return free;
  const requestId = input.requestId ?? ports.ids.next('request');
  const barrier =
    (await barrierNow(work, input.name)) ??
    newBarrier({ id: ports.ids.next('barrier'), projectId: tx.projectId, name: input.name }, tx.nowMs);
  const scope = barrierScope(input.agentId);
  const ended = await tx.requests.get(scope, requestId);
  if (ended) return endOf(input.name, requestId, ended);
  const known = new Set((await tx.agents.many(input.partyIds)).map((a) => a.id));
  const stranger = input.partyIds.find((id) => !known.has(id));
  if (stranger) return absent('agent', stranger);
  const { parties, onPartyDeath, partyIds, blocking, waitMs } = input;
  const ask = { agentId: input.agentId, requestId, callId: input.callId ?? null, parties, onPartyDeath, partyIds, blocking, waitMs };
  const decided = decideArrive(barrier, ask, tx.nowMs);
  if (!decided.ok) return decided;
  // a party that was named and has ended already is found at once
  const next = await settleOneBarrier(work, applyToBarrier(work, barrier, decided.value, actorName(actor)));
  if (next.arrived.length && decided.value.some((e) => e.type === 'barrier.arrived')) await breakDeadlocks(work, [input.agentId]);
  const now = await tx.requests.get(scope, requestId);
  if (now) return endOf(input.name, requestId, now);
  return ok({ state: 'waiting', requestId, deadlineMs: next.arrived.find((p) => p.requestId === requestId)?.deadlineMs ?? tx.nowMs });
}
/** How a wait ended that is over: released with all, broken for all, or out of a generation that went on without it. */
function endOf(name: string, requestId: string, [how, ...rest]: readonly string[]): Result<BarrierAnswer> {
  if (how === 'released') return ok({ state: 'released', requestId, generation: Number(rest[0]), index: Number(rest[1]) });
  const error: DomainError =
    how === 'broken'
      ? { code: 'broken_barrier', name, generation: Number(rest[0]), agentId: rest[1] ?? '', why: rest[2] ?? '' }
      : how === 'deadlock'
        ? { code: 'deadlock', cycle: rest }
        : { code: 'timed_out', waitedMs: Number(rest[0]) };
  return err(error);
}

export const withdrawBarriers = each(
  async (work, { input, actor }: CommandOf<'barriers.withdraw'>): Promise<Result<CommandOutput<'barriers.withdraw'>>> => {
    const agent = await agentFor(work, actor, input.agentId);
    if (!agent.ok) return agent;
    const barrier = await barrierNow(work, input.name);
    if (!barrier) return ok({ withdrawn: false });
    const events = decideWithdrawParty(barrier, input.agentId, input.requestId, input.callId ?? null, work.tx.nowMs);
    applyToBarrier(work, barrier, events, actorName(actor));
    return ok({ withdrawn: events.length > 0 });
  },
);
