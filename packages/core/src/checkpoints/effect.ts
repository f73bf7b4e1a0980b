import type { EffectStatus } from '../api/views.ts';
import type { NewEvent } from '../kernel/events.ts';

/**
 * Something an agent does outside that must not be done twice: a mail, a payment, a push. It is written down before it
 * is done and acknowledged after; what was begun and never acknowledged is in doubt (I-CKPT-5).
 */
export type Effect = {
  /** `<agentId>/<key>` */
  id: string;
  projectId: string;
  agentId: string;
  key: string;
  description: string;
  /** The epoch that began it last. */
  epoch: number;
  /** Who may go on with it: the attempt that was told `begun`. */
  attemptId: string;
  attempts: number;
  result: unknown;
  beganAtMs: number;
  acknowledgedAtMs: number | null;
};

/**
 * How many keys an agent may have.
 *
 * Use it to choose keys that are coarse enough: one more is refused with `limit_reached`.
 *
 * @example
 * maxEffects; // → 10_000
 */
export const maxEffects = 10_000;

/**
 * The id of an agent's effect; the same key of another agent is another effect.
 *
 * Use it to find the record of an effect.
 *
 * @example
 * effectId('agt_1', 'mail:42'); // → 'agt_1/mail:42'
 */
export const effectId = (agentId: string, key: string): string => `${agentId}/${key}`;

type Begin = { key: string; description: string; attemptId: string; retry: boolean };

/**
 * Whether the caller may do it now. `begun`: do it, then acknowledge. `acknowledged`: it is done, with its result.
 * `in-doubt`: some attempt before may have done it; only who says `retry` does it again, so nothing is ever repeated
 * silently, within an epoch or across epochs.
 *
 * Use it before the agent does something outside; what is done twice without harm needs none of this.
 *
 * @example
 * const [agent, told] = [{ id: 'agt_1', epoch: 1 }, { key: 'mail', description: '', attemptId: 'x', retry: false }];
 * const first = decideBegin(undefined, agent, told);
 * first.status; // → 'begun'
 * const effect = evolveEffect(undefined, first.events[0], 'p', 0);
 * decideBegin(effect, agent, { ...told, attemptId: 'y' }).status; // → 'in-doubt'
 * decideBegin(effect, agent, { ...told, attemptId: 'y', retry: true }).status; // → 'begun'
 */
export function decideBegin(
  effect: Effect | undefined,
  agent: { id: string; epoch: number },
  told: Begin,
): { events: NewEvent[]; status: EffectStatus } {
  if (effect?.acknowledgedAtMs != null) return { events: [], status: 'acknowledged' };
  // the reply was lost, and the same attempt asks again
  if (effect?.attemptId === told.attemptId && effect.epoch === agent.epoch) return { events: [], status: 'begun' };
  if (effect && !told.retry) return { events: [], status: 'in-doubt' };
  const data = {
    key: told.key,
    description: told.description,
    epoch: agent.epoch,
    attemptId: told.attemptId,
    retried: effect !== undefined,
  };
  return { events: [{ type: 'effect.begun', subjectId: agent.id, data }], status: 'begun' };
}

/**
 * It is known to be done; told twice it is done once, and the first result stands.
 *
 * Use it once the outside has answered; of what was never begun there is no effect to acknowledge.
 *
 * @example
 * const data = { key: 'mail', description: '', epoch: 1, attemptId: 'x', retried: false };
 * const effect = evolveEffect(undefined, { type: 'effect.begun', subjectId: 'agt_1', data }, 'p', 0);
 * const done = decideAcknowledge(effect, 'agt_1', 'sent');
 * done[0].data; // → { key: 'mail', result: 'sent' }
 * decideAcknowledge(evolveEffect(effect, done[0], 'p', 1), 'agt_1', 'sent'); // → []
 */
export function decideAcknowledge(effect: Effect, agentId: string, result: unknown): NewEvent[] {
  if (effect.acknowledgedAtMs !== null) return [];
  return [{ type: 'effect.acknowledged', subjectId: agentId, data: { key: effect.key, result } }];
}

/**
 * Applies one fact about the effect with this key. Begun again it is open again, with one more attempt.
 *
 * Use it to fold facts into the record that the same transaction stores.
 *
 * @example
 * const data = { key: 'mail', description: 'the bill', epoch: 1, attemptId: 'x', retried: false };
 * const effect = evolveEffect(undefined, { type: 'effect.begun', subjectId: 'agt_1', data }, 'p', 0);
 * [effect?.id, effect?.attempts]; // → ['agt_1/mail', 1]
 */
export function evolveEffect(effect: Effect | undefined, event: NewEvent, projectId: string, atMs: number): Effect | undefined {
  if (event.type === 'effect.begun') {
    const { key, description, epoch, attemptId } = event.data;
    const agentId = event.subjectId;
    const attempts = (effect?.attempts ?? 0) + 1;
    const began = { epoch, attemptId, attempts, beganAtMs: atMs, description: description || (effect?.description ?? '') };
    return { id: effectId(agentId, key), projectId, agentId, key, result: null, acknowledgedAtMs: null, ...began };
  }
  if (event.type === 'effect.rehearsed') {
    const { key, description, epoch } = event.data;
    const agentId = event.subjectId;
    const told = {
      description: description || (effect?.description ?? ''),
      attemptId: effect?.attemptId ?? '',
      attempts: (effect?.attempts ?? 0) + 1,
    };
    return {
      id: effectId(agentId, key),
      projectId,
      agentId,
      key,
      epoch,
      ...told,
      result: effect?.result ?? null,
      beganAtMs: atMs,
      acknowledgedAtMs: atMs,
    };
  }
  if (event.type === 'effect.acknowledged' && effect) return { ...effect, result: event.data.result ?? null, acknowledgedAtMs: atMs };
  return effect;
}
