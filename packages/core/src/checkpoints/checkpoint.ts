import type { DomainError } from '../kernel/errors.ts';
import type { NewEvent } from '../kernel/events.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { canonicalJson } from './canonical-json.ts';

/** What an agent saves. `messages` and `context` are what a loop around a model keeps beside its own state. */
export type CheckpointBody = { state: unknown; messages: unknown[] | null; context: unknown };

/** A saved state without its body, which is read only where it is asked for. Never changed once it stands. */
export type Checkpoint = {
  id: string;
  projectId: string;
  agentId: string;
  epoch: number;
  /** Grows within an epoch; the agent counts it. */
  sequence: number;
  /** SHA-256 of the body's text, in hexadecimal. */
  digest: string;
  sizeBytes: number;
  /** Why it was made: `tools`, `cost`, `time`, `asked`, or the agent's own word for a significant event. */
  trigger: string;
  /** The number of the last event of this epoch that the state has in it (I-CKPT-4). */
  eventSequence: number;
  createdAtMs: number;
};

/**
 * State, messages and context together, as UTF-8 of their canonical JSON; below the 5 MB that a batch body may have.
 *
 * Use it in a client, to refuse a state that is too large before it is sent.
 *
 * @example
 * bodyText({ state: 'x'.repeat(checkpointLimitBytes), messages: null, context: null }).length > checkpointLimitBytes; // → true
 */
export const checkpointLimitBytes = 4_000_000;

/** What is kept of each agent: so many of the newest, and those that are not older; the latest always. */
export type CheckpointRetention = { keep: number; keepForMs: number };

/**
 * The newest ten of each agent, whatever their age, and no others.
 *
 * Use it where a project says nothing else.
 *
 * @example
 * defaultRetention; // → { keep: 10, keepForMs: 0 }
 */
export const defaultRetention: CheckpointRetention = { keep: 10, keepForMs: 0 };

/**
 * More of one agent are never kept, however young they are: an agent that saves without a pause fills no disk.
 *
 * Use it to know how far back a restore can go at most.
 *
 * @example
 * mostCheckpoints; // → 1_000
 */
export const mostCheckpoints = 1_000;

/**
 * The one text of a body: what is hashed is what is stored, byte for byte.
 *
 * Use it before hashing or storing; a body put into text in any other way has another digest.
 *
 * @example
 * bodyText({ messages: null, state: { b: 1, a: 2 }, context: undefined }); // → '{"context":null,"messages":null,"state":{"a":2,"b":1}}'
 */
export const bodyText = (body: CheckpointBody): string =>
  canonicalJson({ state: body.state, messages: body.messages, context: body.context ?? null });

/**
 * The body that `bodyText` made this text of. Throws `SyntaxError` on what is no JSON.
 *
 * Use it on text from the store alone: nothing else is checked.
 *
 * @example
 * bodyOf(bodyText({ state: 7, messages: null, context: null })).state; // → 7
 */
export const bodyOf = (text: string): CheckpointBody => JSON.parse(text) as CheckpointBody;

/** Where the line of an agent's checkpoints stands. */
export type CheckpointHead = Pick<Checkpoint, 'id' | 'epoch' | 'sequence' | 'digest'>;
type Place = { epoch: number; sequence: number };

/**
 * Below zero where `a` is the older: first by epoch, then by sequence within it.
 *
 * Use it to sort checkpoints or events of one agent; a clock has no say in their order.
 *
 * @example
 * comparePlaces({ epoch: 1, sequence: 9 }, { epoch: 2, sequence: 1 }) < 0; // → true
 * comparePlaces({ epoch: 2, sequence: 1 }, { epoch: 2, sequence: 1 }); // → 0
 */
export const comparePlaces = (a: Place, b: Place): number => a.epoch - b.epoch || a.sequence - b.sequence;

/** What becomes of one save: its facts, and its answer. */
export type SaveDecision = {
  /** What to record, also of a save that is refused: the discarded write stays visible (I-CKPT-2). */
  events: NewEvent[];
  /** `saved`: the record is to be written. `same`: it stands already; a lost reply told again. */
  outcome: Result<'saved' | 'same'>;
};

/**
 * Whether a checkpoint becomes the latest of its agent: only from the current epoch, and only with a sequence that is
 * greater than the one that stands (I-CKPT-2); else `version_conflict`. The same one again, with the same content, is the
 * same checkpoint.
 *
 * Use it with the head as the transaction sees it, and record `events` also of what is refused.
 *
 * @example
 * const head = { id: 'ckp_1', epoch: 1, sequence: 3, digest: 'd' };
 * const told = { ...head, id: 'ckp_2', sizeBytes: 9, trigger: 'tools', eventSequence: 0 };
 * decideSave(head, { id: 'agt_1', epoch: 1 }, { ...told, sequence: 4 }).outcome; // → ok('saved')
 * decideSave(head, { id: 'agt_1', epoch: 1 }, told).outcome; // → ok('same')
 * decideSave(head, { id: 'agt_1', epoch: 2 }, { ...told, sequence: 4 }).events[0].type; // → 'checkpoint.discarded'
 */
export function decideSave(
  head: CheckpointHead | undefined,
  agent: { id: string; epoch: number },
  told: Omit<Checkpoint, 'projectId' | 'agentId' | 'createdAtMs'>,
): SaveDecision {
  const { id, epoch, sequence, digest, sizeBytes, trigger } = told;
  const discarded = (error: DomainError): SaveDecision => ({
    events: [
      {
        type: 'checkpoint.discarded',
        subjectId: agent.id,
        data: { epoch, sequence, digest, currentEpoch: agent.epoch, latest: head ? { epoch: head.epoch, sequence: head.sequence } : null },
      },
    ],
    outcome: err(error),
  });
  if (epoch !== agent.epoch)
    return discarded({ code: 'version_conflict', kind: 'agent', id: agent.id, expected: epoch, actual: agent.epoch });
  if (head && comparePlaces(told, head) <= 0) {
    if (head.epoch === epoch && head.sequence === sequence && head.digest === digest) return { events: [], outcome: ok('same') };
    return discarded({ code: 'version_conflict', kind: 'checkpoint', id: head.id, expected: sequence, actual: head.sequence });
  }
  const data = { checkpointId: id, epoch, sequence, digest, sizeBytes, trigger };
  return { events: [{ type: 'checkpoint.saved', subjectId: agent.id, data }], outcome: ok('saved') };
}

/**
 * Applies one fact to the head of a line. Only a saved checkpoint moves it.
 *
 * Use it where several saves of one agent come in one batch; else the store knows the head.
 *
 * @example
 * const data = { checkpointId: 'ckp_1', epoch: 1, sequence: 1, digest: 'd', sizeBytes: 9, trigger: 'tools' };
 * evolveHead(undefined, { type: 'checkpoint.saved', subjectId: 'agt_1', data })?.sequence; // → 1
 * evolveHead(undefined, { type: 'agent.running', subjectId: 'agt_1', data: { from: 'starting' } }); // → undefined
 */
export function evolveHead(head: CheckpointHead | undefined, event: NewEvent): CheckpointHead | undefined {
  if (event.type !== 'checkpoint.saved') return head;
  const { checkpointId, epoch, sequence, digest } = event.data;
  return { id: checkpointId, epoch, sequence, digest };
}

/** An event that an agent told of itself, with the place it has in the agent's own order. */
export type NumberedEvent = { eventId: string; type: string; atMs: number; data: unknown; epoch: number; sequence: number };

/**
 * How many events a restore hands out at most, the oldest behind the snapshot first.
 *
 * Use it to read one more than these, which shows that the list was cut.
 *
 * @example
 * eventsAfterLimit; // → 10_000
 */
export const eventsAfterLimit = 10_000;

/**
 * The events behind a snapshot, in the agent's own order: replayed on its state they give the state before the crash
 * (I-CKPT-4). Those of later epochs belong to them.
 *
 * Use it on what the store has of the agent; it takes the events in any order.
 *
 * @example
 * const events = [3, 1, 2].map((sequence) => ({ eventId: `e${sequence}`, type: 'note', atMs: 0, data: null, epoch: 1, sequence }));
 * eventsAfter({ epoch: 1, eventSequence: 1 }, events).map((e) => e.eventId); // → ['e2', 'e3']
 */
export function eventsAfter<E extends NumberedEvent>(checkpoint: Pick<Checkpoint, 'epoch' | 'eventSequence'>, events: readonly E[]): E[] {
  const from = { epoch: checkpoint.epoch, sequence: checkpoint.eventSequence };
  return events.filter((e) => comparePlaces(e, from) > 0).sort(comparePlaces);
}
