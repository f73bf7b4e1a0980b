import type { Agent } from '../../agents/agent.ts';
import { decideAcknowledge, decideBegin, type Effect, effectId, evolveEffect, maxEffects } from '../../checkpoints/effect.ts';
import { rehearsalOf } from '../../checkpoints/rehearsal.ts';
import type { NewEvent } from '../../kernel/events.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import type { Actor, CommandOf, CommandOutput } from '../commands.ts';
import { absent, actorName, agentFor, each, unfenced, type Work } from '../work.ts';
import { currentEpoch } from './checkpoints.ts';

/** Records facts about one effect and its new state. */
function apply({ tx }: Work, effect: Effect | undefined, events: readonly NewEvent[], actor: Actor): Effect | undefined {
  let next = effect;
  for (const e of events) {
    next = evolveEffect(next, e, tx.projectId, tx.nowMs);
    tx.append(e, actorName(actor));
  }
  if (next && next !== effect) tx.effects.put(next);
  return next;
}

/** The intent comes first: an effect that was not begun here was not done (I-CKPT-5). A fenced agent begins none. */
export const beginEffects = each(
  async (work, { input, actor }: CommandOf<'effects.begin'>): Promise<Result<CommandOutput<'effects.begin'>>> => {
    const { tx } = work;
    const found = await agentFor(work, actor, input.id);
    if (!found.ok) return found;
    const agent = found.value;
    const epoch = currentEpoch(agent, actor, input.epoch);
    if (!epoch.ok) return epoch;
    const may = await unfenced(work, agent);
    if (!may.ok) return may;
    const before = await tx.effects.get(effectId(agent.id, input.key));
    if (!before && (await tx.effects.countOf(agent.id)) >= maxEffects)
      return err({ code: 'limit_reached', limit: 'effects of one agent', max: maxEffects });
    if (rehearsalOf(agent) !== undefined) return ok(rehearse(work, before, agent, input, actor));
    const { events, status } = decideBegin(before, agent, input);
    const effect = apply(work, before, events, actor);
    return ok({ status, result: effect?.result ?? null, attempts: effect?.attempts ?? 0 });
  },
);

/** A rehearsal does nothing outside: it is told that it is done, with what came of it in the original where that is known. */
function rehearse(
  work: Work,
  before: Effect | undefined,
  agent: Agent,
  { key, description }: CommandOf<'effects.begin'>['input'],
  actor: Actor,
): CommandOutput<'effects.begin'> {
  // those of the original stand as of an epoch before the first
  const done = before !== undefined && before.epoch > 0;
  const data = { key, description, epoch: agent.epoch, known: before?.acknowledgedAtMs != null };
  const effect = done ? before : apply(work, before, [{ type: 'effect.rehearsed', subjectId: agent.id, data }], actor);
  return { status: 'acknowledged', result: effect?.result ?? null, attempts: effect?.attempts ?? 1 };
}

/** Accepted under a stop too: that it was done is true, whatever came after. */
export const acknowledgeEffects = each(
  async (work, { input, actor }: CommandOf<'effects.acknowledge'>): Promise<Result<CommandOutput<'effects.acknowledge'>>> => {
    const found = await agentFor(work, actor, input.id);
    if (!found.ok) return found;
    const epoch = currentEpoch(found.value, actor, input.epoch);
    if (!epoch.ok) return epoch;
    const effect = await work.tx.effects.get(effectId(input.id, input.key));
    if (!effect) return absent('effect', input.key);
    apply(work, effect, decideAcknowledge(effect, input.id, input.result), actor);
    return ok({ status: 'acknowledged' });
  },
);
