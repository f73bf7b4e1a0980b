import { type CheckpointCounters, dueTrigger } from '../../../src/checkpoints/checkpoint-trigger.ts';
import { Checkpointer } from '../../../src/checkpoints/checkpointer.ts';
import type { CommandMap } from '../../../src/supervisor/commands.ts';
import {
  afterStep,
  beginning,
  type Handed,
  type LoopHabits,
  type LoopHandle,
  type LoopState,
  loopBook,
  mostOfStep,
  replayed,
  type StepData,
} from '../loop-book.ts';
import type { Doer } from './doer.ts';

type Save = CommandMap['checkpoints.save']['in'];
type Told = { eventId: string; type: string; data: StepData; sequence: number };

/**
 * The loop of an agent, with core's own controller around it: each step runs tools and costs money, is told as a numbered
 * event, and ends at a safe point. What it told is stored before a snapshot that has it.
 */
export class Loop implements LoopHandle {
  readonly habits: LoopHabits;
  state = beginning;
  stored = beginning;
  savesUnderWay = 0;
  acknowledged = 0;
  private checkpointer!: Checkpointer<LoopState>;
  private told = 0;
  private sequence = 0;
  private outbox: Told[] = [];
  private flushing: ((stored: boolean) => void)[] | undefined;
  private readonly sent: Save[] = [];
  private ready = false;

  constructor(private readonly doer: Doer) {
    this.habits = loopBook(doer.world.model).habitsOf(doer.id, () => this.drawHabits());
  }
  private drawHabits(): LoopHabits {
    const { random } = this.doer.world;
    const thresholds = {
      tools: random.between(3, 8),
      costNanoUsd: BigInt(random.between(4, 12) * 100_000),
      afterMs: random.between(5, 60) * 1_000,
    };
    return { patient: random.chance(0.6), thresholds };
  }
  get pending(): CheckpointCounters {
    return this.checkpointer.pending;
  }
  get isSaving(): boolean {
    return this.checkpointer.isSaving;
  }
  get tools(): number {
    return this.state.tools;
  }

  /** Afresh, or from what a restore handed out: the events behind the snapshot count until the next one is stored. */
  begin(from?: Handed): void {
    const { doer } = this;
    const { world } = doer;
    this.stored = from ? (from.state as LoopState) : beginning;
    this.state = from ? replayed(from) : beginning;
    if (from?.eventsAfter.length) world.hit('events replayed on a snapshot');
    this.checkpointer = new Checkpointer<LoopState>({
      clock: { nowMs: () => world.nowMs },
      snapshot: () => this.state,
      save: (state, trigger) => this.save(state, trigger),
      thresholds: this.habits.thresholds,
      retryAfterMs: 1_000,
      onFailed: () => world.hit('save failed'),
    });
    this.checkpointer.tool(this.state.tools - this.stored.tools);
    this.checkpointer.cost(BigInt(this.state.nanoUsd - this.stored.nanoUsd));
    const book = loopBook(world.model);
    book.note(doer.id, doer.epoch, 0, this.state);
    book.begins(doer.id, doer.epoch, this);
    this.ready = true;
  }
  /** For a process that was started with `REEVE_RESTORE`: it asks until it knows where it goes on. */
  resume(checkpointId: string, failed: () => void): void {
    this.doer.call('checkpoints.resume', { id: checkpointId }, (reply) => {
      if (reply.kind === 'lost') return this.resume(checkpointId, failed);
      if (reply.kind === 'ok') return this.begin(reply.value);
      if (reply.error.code === 'corrupt') this.doer.world.hit('corrupt checkpoint refused');
      failed();
    });
  }

  step(): void {
    if (!this.ready) return;
    const { world } = this.doer;
    const { random } = world;
    const { patient, thresholds } = this.habits;
    if (this.isSaving || dueTrigger(this.pending, thresholds, world.nowMs) !== null) {
      if (patient) return void this.checkpointer.step();
      if (this.isSaving) world.hit('work done during a save');
    }
    const data = { tools: random.int(mostOfStep.tools + 1), nanoUsd: random.int(mostOfStep.nanoUsd + 1), salt: random.int(1 << 20) };
    this.state = afterStep(this.state, data);
    this.told += 1;
    loopBook(world.model).note(this.doer.id, this.doer.epoch, this.told, this.state);
    this.outbox.push({ eventId: this.doer.requestId(), type: 'step', data, sequence: this.told });
    this.checkpointer.tool(data.tools);
    this.checkpointer.cost(BigInt(data.nanoUsd));
    if (random.chance(0.06)) this.checkpointer.significant('merged');
    if (random.chance(0.5)) this.flush(() => undefined);
    void this.checkpointer.step();
  }
  /** The heartbeat's reply asks for a checkpoint; a save under way may be the answer already. */
  asked(): void {
    if (this.ready && !this.isSaving) this.checkpointer.ask();
  }

  private save(state: LoopState, trigger: string): Promise<void> {
    const { doer, told } = this;
    const { world } = doer;
    this.savesUnderWay += 1;
    this.sequence += 1;
    const save: Save = { id: doer.id, epoch: doer.epoch, sequence: this.sequence, state: { ...state }, trigger, eventSequence: told };
    loopBook(world.model).noteSave(doer.id, doer.epoch, save.sequence, state);
    this.sent.push(save);
    return new Promise((stored, failed) => {
      const end = (isStored: boolean) => {
        this.savesUnderWay -= 1;
        if (isStored) {
          this.stored = state;
          world.hit(dueBy[trigger] ?? 'checkpoint due by a significant event');
          stored();
        } else failed(new Error('not known to be stored'));
      };
      const call = (tries: number): void =>
        doer.call('checkpoints.save', save, (reply) => (reply.kind === 'lost' && tries > 0 ? call(tries - 1) : end(reply.kind === 'ok')));
      this.flushUpTo(told, (isStored) => (isStored ? call(1) : end(false)));
    });
  }
  /** Once more what was saved before, as a late copy or with other content: none of it may count. */
  saveOld(): void {
    const { doer, sent } = this;
    const old = doer.world.random.maybe(sent);
    const isOver = old !== undefined && old.sequence < this.sequence;
    if (old) doer.call('checkpoints.save', isOver && doer.world.random.chance(0.5) ? { ...old, state: 'not what it was' } : old);
  }

  private flushUpTo(sequence: number, then: (stored: boolean) => void): void {
    if (this.acknowledged >= sequence) then(true);
    else this.flush((stored) => (stored ? this.flushUpTo(sequence, then) : then(false)));
  }
  /** Everything that is not known to be stored, in one call, one call at a time: what is stored has no gap. */
  private flush(then: (stored: boolean) => void): void {
    if (this.flushing) {
      this.flushing.push(then);
      return;
    }
    const waiting = [then];
    this.flushing = waiting;
    const events = [...this.outbox];
    const end = (stored: boolean) => {
      this.flushing = undefined;
      if (stored) {
        this.outbox = this.outbox.slice(events.length);
        this.acknowledged = events.at(-1)?.sequence ?? this.acknowledged;
      }
      for (const w of waiting) w(stored);
    };
    const call = (tries: number): void =>
      this.doer.call('agents.events', { id: this.doer.id, epoch: this.doer.epoch, events }, (reply) =>
        reply.kind === 'lost' && tries > 0 ? call(tries - 1) : end(reply.kind === 'ok'),
      );
    call(2);
  }
}
const dueBy: Readonly<
  Record<string, 'checkpoint due by tools' | 'checkpoint due by cost' | 'checkpoint due by time' | 'checkpoint asked for'>
> = {
  tools: 'checkpoint due by tools',
  cost: 'checkpoint due by cost',
  time: 'checkpoint due by time',
  asked: 'checkpoint asked for',
};
