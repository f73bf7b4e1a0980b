import type { CheckpointCounters, CheckpointThresholds } from '../../src/checkpoints/checkpoint-trigger.ts';
import type { Model } from './model.ts';

/** Everything that a loop has done: what it saves, and what its events, replayed, build again. */
export type LoopState = { steps: number; tools: number; nanoUsd: number; mix: number };
export type StepData = { tools: number; nanoUsd: number; salt: number };

export const beginning: LoopState = { steps: 0, tools: 0, nanoUsd: 0, mix: 1 };
/** `mix` depends on every step and on their order: one that is missing, doubled or elsewhere shows. */
export const afterStep = (s: LoopState, d: StepData): LoopState => ({
  steps: s.steps + 1,
  tools: s.tools + d.tools,
  nanoUsd: s.nanoUsd + d.nanoUsd,
  mix: (Math.imul(s.mix, 0x01000193) ^ d.salt) >>> 0,
});
/** A snapshot with the events behind it: where a process goes on. */
export type Handed = { state: unknown; eventsAfter: readonly { data: unknown; epoch: number; sequence: number }[] };
export const replayed = ({ state, eventsAfter }: Handed): LoopState =>
  eventsAfter.reduce((s, e) => afterStep(s, e.data as StepData), state as LoopState);
export const sameState = (a: LoopState | undefined, b: LoopState): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The most that one step of a loop runs and spends. */
export const mostOfStep = { tools: 4, nanoUsd: 400_000 } as const;
/** How an agent's loop saves; the same in all its epochs. `patient`: it does nothing more while a save is due or under way. */
export type LoopHabits = { patient: boolean; thresholds: CheckpointThresholds };

/** One loop as it is at this moment, by its own knowledge. */
export interface LoopHandle {
  readonly habits: LoopHabits;
  /** What has happened in truth. */
  readonly state: LoopState;
  /** What it knows to be stored. */
  readonly stored: LoopState;
  readonly pending: CheckpointCounters;
  readonly isSaving: boolean;
  readonly savesUnderWay: number;
  /** The last of its events that it knows to be stored. */
  readonly acknowledged: number;
}

const place = (agentId: string, epoch: number, sequence: number) => `${agentId} ${epoch} ${sequence}`;

/** What was true of every loop, kept by the loops themselves: the supervisor's answers are held against it. */
export class LoopBook {
  private readonly states = new Map<string, LoopState>();
  private readonly saves = new Map<string, LoopState>();
  private readonly habits = new Map<string, LoopHabits>();
  private readonly loops = new Map<string, Map<number, LoopHandle>>();

  habitsOf(agentId: string, draw: () => LoopHabits): LoopHabits {
    const known = this.habits.get(agentId) ?? draw();
    this.habits.set(agentId, known);
    return known;
  }
  begins(agentId: string, epoch: number, loop: LoopHandle): void {
    const epochs = this.loops.get(agentId) ?? new Map<number, LoopHandle>();
    this.loops.set(agentId, epochs.set(epoch, loop));
  }
  epochsOf(agentId: string): ReadonlyMap<number, LoopHandle> {
    return this.loops.get(agentId) ?? none;
  }
  *all(): Iterable<[agentId: string, loop: LoopHandle]> {
    for (const [agentId, epochs] of this.loops) for (const loop of epochs.values()) yield [agentId, loop];
  }
  /** The state behind an event of the agent; the first that is told stands. */
  note(agentId: string, epoch: number, sequence: number, state: LoopState): void {
    const key = place(agentId, epoch, sequence);
    if (!this.states.has(key)) this.states.set(key, state);
  }
  at(agentId: string, epoch: number, sequence: number): LoopState | undefined {
    return this.states.get(place(agentId, epoch, sequence));
  }
  /** The state that a checkpoint was made of. */
  noteSave(agentId: string, epoch: number, sequence: number, state: LoopState): void {
    const key = place(agentId, epoch, sequence);
    if (!this.saves.has(key)) this.saves.set(key, state);
  }
  savedAt(agentId: string, epoch: number, sequence: number): LoopState | undefined {
    return this.saves.get(place(agentId, epoch, sequence));
  }
}
const none: ReadonlyMap<number, LoopHandle> = new Map();

export const loopBook = (m: Model): LoopBook => m.remember('loops', () => new LoopBook());
