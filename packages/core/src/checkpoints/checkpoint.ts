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

/** State, messages and context together, as UTF-8 of their canonical JSON; below the 5 MB that a batch body may have. */
export const checkpointLimitBytes = 4_000_000;
/** How many are kept of each agent: the newest, the latest among them. */
export const keptCheckpoints = 10;

/** The one text of a body: what is hashed is what is stored, byte for byte. */
export const bodyText = (body: CheckpointBody): string =>
  canonicalJson({ state: body.state, messages: body.messages, context: body.context ?? null });
export const bodyOf = (text: string): CheckpointBody => JSON.parse(text) as CheckpointBody;

/** Where the line of an agent's checkpoints stands. */
export type CheckpointHead = Pick<Checkpoint, 'id' | 'epoch' | 'sequence' | 'digest'>;
type Place = { epoch: number; sequence: number };
/** Below zero where `a` is the older: first by epoch, then by sequence within it. */
export const comparePlaces = (a: Place, b: Place): number => a.epoch - b.epoch || a.sequence - b.sequence;

export type SaveDecision = {
  /** What to record, also of a save that is refused: the discarded write stays visible (I-CKPT-2). */
  events: NewEvent[];
  /** `saved`: the record is to be written. `same`: it stands already; a lost reply told again. */
  outcome: Result<'saved' | 'same'>;
};

/**
 * Whether a checkpoint becomes the latest of its agent: only from the current epoch, and only with a sequence that is
 * greater than the one that stands (I-CKPT-2). The same one again, with the same content, is the same checkpoint.
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

/** Applies one fact to the head of a line. */
export function evolveHead(head: CheckpointHead | undefined, event: NewEvent): CheckpointHead | undefined {
  if (event.type !== 'checkpoint.saved') return head;
  const { checkpointId, epoch, sequence, digest } = event.data;
  return { id: checkpointId, epoch, sequence, digest };
}

/** An event that an agent told of itself, with the place it has in the agent's own order. */
export type NumberedEvent = { eventId: string; type: string; atMs: number; data: unknown; epoch: number; sequence: number };
/** How many events a restore hands out at most, the oldest behind the snapshot first. */
export const eventsAfterLimit = 10_000;

/** The events behind a snapshot, in the agent's own order: replayed on its state they give the state before the crash (I-CKPT-4). */
export function eventsAfter<E extends NumberedEvent>(checkpoint: Pick<Checkpoint, 'epoch' | 'eventSequence'>, events: readonly E[]): E[] {
  const from = { epoch: checkpoint.epoch, sequence: checkpoint.eventSequence };
  return events.filter((e) => comparePlaces(e, from) > 0).sort(comparePlaces);
}
