import { randomUUID } from 'node:crypto';
import { Checkpointer } from '@reeve/core/checkpoints';
import { nanoUsdOf, type Resumed } from '@reeve/core/vocabulary';
import type { CallOptions, Connection } from './connection.ts';
import type { ReeveError } from './errors.ts';
import type { Inputs } from './wire.ts';

type SaveInput = Inputs['checkpoints']['save'];
export type Json = Inputs['agents']['finish']['result'];
/** What a loop keeps: its own state, and what stands around the model. */
export type Snapshot = { state: unknown; messages?: unknown[]; context?: unknown };
export type Saved = { checkpointId: string; digest: string };
export type CheckpointerOptions = {
  /** The whole state as it stands; called at a safe point alone (`step`). */
  snapshot: () => Snapshot;
  /** After so many tools; 10 unless told. */
  tools?: number;
  /** After so much money, of calls reported with `costUsd`; 1.00 unless told. */
  usd?: number;
  /** After so long; 5 unless told. */
  minutes?: number;
  onFailed?: (error: unknown) => void;
};
export type EffectOptions = {
  /** For whoever has to decide about it: what it does, in words. */
  description?: string;
  /** `retry`: it is harmless to do again. Unless told, an effect in doubt is refused with `EffectInDoubt`. */
  onDoubt?: 'refuse' | 'retry';
};

/** An attempt before this one began the effect, and nobody knows whether it was done. Look, then acknowledge or retry. */
export class EffectInDoubt extends Error {
  override readonly name = 'EffectInDoubt';
  constructor(
    readonly key: string,
    readonly attempts: number,
  ) {
    super(`The effect ${key} was begun ${attempts} time(s) and never acknowledged: it may have happened.`);
  }
}

/** How long a save tries while the server is away; the loop waits for it. */
const saveTriesMs = 20_000;

/** Checkpoints and effects of one agent. */
export class Checkpoints {
  private sequence = 0;
  private last: Promise<unknown> = Promise.resolve();
  private readonly controllers = new Set<Checkpointer<Snapshot>>();

  constructor(
    private readonly connection: Connection,
    private readonly agent: { id: string; epoch: number },
    /** What the agent has told of itself: its count, and a wait until it is stored. */
    private readonly told: { readonly eventSequence: number; flushEvents(o: CallOptions): Promise<void> },
    /** Told of each refusal, since `fenced` means that a stop is on its way. */
    private readonly onRefusal: (e: ReeveError) => void,
  ) {}

  /**
   * Saves now. One after the other, in the order of the calls; the state is taken at the call. What the agent has told
   * before is stored before, so that the events behind any checkpoint are whole (I-CKPT-4).
   */
  save(snapshot: Snapshot, trigger: string): Promise<Saved> {
    this.sequence += 1;
    const { eventSequence } = this.told;
    const input = {
      id: this.agent.id,
      epoch: this.agent.epoch,
      sequence: this.sequence,
      // a copy: the loop goes on changing its state while this waits for its turn
      ...structuredClone(snapshot),
      trigger,
      eventSequence,
    } satisfies SaveInput;
    const tries = { retryForMs: saveTriesMs };
    const saving = this.last
      .catch(() => {})
      .then(async () => {
        await this.told.flushEvents(tries);
        return this.connection.call((trpc, sent) => trpc.checkpoints.save.mutate(input, sent), { ...tries, alone: true });
      });
    this.last = saving;
    saving.catch((e: ReeveError) => this.onRefusal(e));
    return saving;
  }

  /** See `Agent.resumed`. */
  async resume(checkpointId: string): Promise<Resumed> {
    const r = await this.connection.call((trpc, sent) => trpc.checkpoints.resume.mutate({ id: checkpointId }, sent));
    // JSON has no undefined: what the wire's type calls optional is there
    return r as Resumed;
  }

  /** A controller that saves by the triggers and when Reeve asks; the loop calls `step` at its safe points. */
  controller({ snapshot, tools, usd, minutes, onFailed }: CheckpointerOptions): Checkpointer<Snapshot> {
    const checkpointer = new Checkpointer<Snapshot>({
      clock: { nowMs: Date.now },
      snapshot,
      save: (state, trigger) => this.save(state, trigger),
      thresholds: {
        ...(tools !== undefined && { tools }),
        ...(usd !== undefined && { costNanoUsd: nanoUsdOf(usd) ?? 0n }),
        ...(minutes !== undefined && { afterMs: minutes * 60_000 }),
      },
      onFailed: onFailed ?? ((e) => process.emitWarning(`A checkpoint was not saved: ${e}`, { type: 'ReeveWarning' })),
    });
    this.controllers.add(checkpointer);
    return checkpointer;
  }
  /** Told with each heartbeat until one has come; a save under way may be the answer already. */
  asked(): void {
    for (const c of this.controllers) if (!c.isSaving) c.ask();
  }
  toolExecuted(count: number): void {
    for (const c of this.controllers) c.tool(count);
  }
  spent(usd: string | number | undefined): void {
    const nanoUsd = usd === undefined ? undefined : nanoUsdOf(usd);
    if (nanoUsd !== undefined) for (const c of this.controllers) c.cost(nanoUsd);
  }

  /** See `Agent.effect`. */
  async effect<T extends Json>(key: string, work: () => T | Promise<T>, o: EffectOptions): Promise<T> {
    const { id, epoch } = this.agent;
    const begin = { id, epoch, key, description: o.description ?? '', attemptId: randomUUID(), retry: o.onDoubt === 'retry' };
    const found = await this.connection.call((trpc, sent) => trpc.effects.begin.mutate(begin, sent));
    if (found.status === 'acknowledged') return found.result as T;
    if (found.status === 'in-doubt') throw new EffectInDoubt(key, found.attempts);
    const result = await work();
    await this.connection.call((trpc, sent) => trpc.effects.acknowledge.mutate({ id, epoch, key, result }, sent));
    return result;
  }
}
