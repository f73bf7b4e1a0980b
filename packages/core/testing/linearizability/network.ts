import type fc from 'fast-check';
import type { Result } from '../../src/kernel/result.ts';
import type { Command } from '../../src/supervisor/commands.ts';
import type { TestFleet } from '../test-fleet.ts';
import { History } from './history.ts';

/** What becomes of one message: `duplicate` is delivered a second time, at any moment later. */
export type Fate = 'fine' | 'request-lost' | 'reply-lost' | 'duplicate';
/** Takes all requests that have arrived, in the order in which they did, in one transaction. */
export type Target<I, O> = (inputs: readonly I[]) => Promise<O[]>;

/**
 * Virtual clients before one target. Each request and each reply travels by itself: the scheduler chooses which of all
 * that are under way arrives next. What has arrived when a transaction begins goes into one batch, as the server does it.
 * Every message that is sent is an operation of the history; a request that was delivered twice is two.
 */
export class VirtualNetwork<I, O> {
  readonly history = new History<I, O>();
  readonly seen = { lost: 0, duplicates: 0, batches: 0 };
  private waiting: { input: I; done: (output: O) => void; failed: (error: unknown) => void }[] = [];
  private busy = false;

  constructor(
    private readonly scheduler: fc.Scheduler,
    private readonly target: Target<I, O>,
  ) {}

  /** Sends a request and waits for its reply; undefined once the client gives up waiting for a lost one. */
  async send(client: number, input: I, fate: Fate = 'fine'): Promise<O | undefined> {
    const operation = this.history.call(client, input);
    if (fate === 'duplicate') {
      this.seen.duplicates += 1;
      this.history.call(client, input);
      void this.deliver(input);
    }
    const answered = fate === 'request-lost' ? undefined : this.deliver(input);
    if (fate === 'request-lost' || fate === 'reply-lost') {
      this.seen.lost += 1;
      await this.travel(`client ${client} gives up`);
      return undefined;
    }
    const output = (await answered) as O;
    await this.travel(`reply to client ${client}`);
    this.history.reply(operation, output);
    return output;
  }
  /** The same request until there is a reply: the first may be lost, the second arrives. */
  async sendUntilTold(client: number, input: I, fate: Fate): Promise<O> {
    return ((await this.send(client, input, fate)) ?? (await this.send(client, input))) as O;
  }

  private travel(label: string): Promise<void> {
    return this.scheduler.schedule(Promise.resolve(), label);
  }
  private async deliver(input: I): Promise<O> {
    await this.travel('request');
    return new Promise((done, failed) => {
      this.waiting.push({ input, done, failed });
      void this.work();
    });
  }
  /** One batch after the other, each of all that arrived meanwhile. */
  private async work(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    while (this.waiting.length) {
      await this.travel('transaction');
      const batch = this.waiting;
      this.waiting = [];
      if (batch.length > 1) this.seen.batches += 1;
      try {
        const outputs = await this.target(batch.map((b) => b.input));
        batch.forEach((b, i) => {
          b.done(outputs[i] as O);
        });
      } catch (error) {
        for (const b of batch) b.failed(error);
      }
    }
    this.busy = false;
  }
}

/** The real supervisor as a target: what each request is as a command, and what a client sees of the answer. */
export function supervisorTarget<I, O>(
  fleet: TestFleet,
  commandFor: (input: I) => Command,
  outputOf: (input: I, result: Result<unknown>, atMs: number) => O,
): Target<I, O> {
  return async (inputs) => {
    const { results, commit } = await fleet.supervisor.executeBatch(fleet.projectId, inputs.map(commandFor));
    return inputs.map((input, i) => outputOf(input, results[i] as Result<unknown>, commit.atMs));
  };
}

/**
 * The same with the clock as one of the clients: `passed` answers by how much an input moves it, and each batch is cut
 * where it does, so that every command has the time of its place in the order.
 */
export function timedTarget<I, O>(
  fleet: TestFleet,
  passed: (input: I) => number | undefined,
  hasPassed: O,
  target: Target<I, O>,
): Target<I, O> {
  return async (inputs) => {
    const outputs: O[] = [];
    let together: I[] = [];
    const flush = async () => {
      if (together.length) outputs.push(...(await target(together)));
      together = [];
    };
    for (const input of inputs) {
      const ms = passed(input);
      if (ms === undefined) {
        together.push(input);
        continue;
      }
      await flush();
      fleet.clock.pass(ms);
      outputs.push(hasPassed);
    }
    await flush();
    return outputs;
  };
}
