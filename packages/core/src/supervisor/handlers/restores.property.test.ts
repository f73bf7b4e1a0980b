import fc from 'fast-check';
import { expect, it } from 'vitest';
import { runsOf, sometimes } from '../../../testing/runs.ts';
import { TestFleet } from '../../../testing/test-fleet.ts';
import type { Restored } from '../../api/views.ts';

type Told = { eventId: string; type: string; sequence: number; data: number };
/** An agent whose state is everything that ever happened to it, in order. What it tells waits until it is delivered. */
class Process {
  sequence = 0;
  checkpoints = 0;
  readonly unsent: Told[] = [];
  constructor(
    private readonly fleet: TestFleet,
    readonly id: string,
    readonly epoch: number,
    readonly state: number[],
  ) {}
  work(value: number): void {
    this.sequence += 1;
    this.state.push(value);
    this.unsent.push({ eventId: `${this.epoch}.${this.sequence}`, type: 'worked', sequence: this.sequence, data: value });
  }
  /** Sends the first `count`; with a lost reply they stay, and come again. */
  async deliver(count: number, replyLost = false): Promise<void> {
    const events = this.unsent.slice(0, count);
    if (events.length) await this.fleet.do('agents.events', { id: this.id, epoch: this.epoch, events });
    if (!replyLost) this.unsent.splice(0, count);
  }
  /** What was told before the snapshot is stored before the snapshot is. */
  async save(): Promise<string> {
    const body = {
      id: this.id,
      epoch: this.epoch,
      sequence: ++this.checkpoints,
      state: [...this.state],
      eventSequence: this.sequence,
      trigger: 'tools',
    };
    await this.deliver(this.unsent.length);
    return (await this.fleet.do('checkpoints.save', body)).checkpointId;
  }
}
const replayed = (r: Restored): number[] => [...(r.state as number[]), ...r.eventsAfter.map((e) => e.data as number)];

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('work' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('deliver' as const), count: fc.integer({ min: 1, max: 5 }), lost: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('save' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash' as const), back: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('zombie' as const) }) },
);

it('I-CKPT-4: snapshot plus the events after it equals the state before the crash, of any checkpoint and over any number of crashes', async () => {
  const runs = runsOf('property', 300);
  const seen = { restores: 0, tails: 0, olderCheckpoint: 0, acrossEpochs: 0, lostTail: 0, lateWords: 0, lateWordsLeftOut: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
      const fleet = new TestFleet();
      let now = new Process(fleet, await fleet.agent('a'), 1, []);
      const saved: { id: string; epoch: number }[] = [];
      let zombie: Process | undefined;
      let value = 0;
      let lastLateEpoch = 0;
      for (const s of [...steps, { kind: 'save' as const }, { kind: 'work' as const }, { kind: 'crash' as const, back: 0 }]) {
        if (s.kind === 'work') now.work(++value);
        else if (s.kind === 'deliver') await now.deliver(s.count, s.lost);
        else if (s.kind === 'save') saved.push({ id: await now.save(), epoch: now.epoch });
        else if (s.kind === 'zombie' && zombie) {
          zombie.work(-1);
          await zombie.deliver(zombie.unsent.length);
          seen.lateWords += 1;
          lastLateEpoch = zombie.epoch;
        } else if (s.kind === 'crash' && saved.length) {
          const from = saved.at(-1 - (s.back % Math.min(saved.length, 5))) as (typeof saved)[number];
          // what it had not told anybody is gone with it: nothing could have saved that
          const told = new Set(fleet.state.agentEvents.keys());
          const unheard = now.unsent.filter((e) => !told.has(`${now.id}\u0000${e.eventId}`)).length;
          const before = now.state.slice(0, now.state.length - unheard);
          const restored = await fleet.do('checkpoints.restore', { id: from.id, mode: 'restore' });
          expect(replayed(restored)).toEqual(before);
          seen.restores += 1;
          if (restored.eventsAfter.length) seen.tails += 1;
          if (from !== saved.at(-1)) seen.olderCheckpoint += 1;
          if (restored.eventsAfter.some((e) => e.epoch > from.epoch)) seen.acrossEpochs += 1;
          if (unheard) seen.lostTail += 1;
          if (lastLateEpoch >= from.epoch) seen.lateWordsLeftOut += 1;
          zombie = now;
          now = new Process(fleet, now.id, restored.epoch, replayed(restored));
        }
      }
    }),
    { numRuns: runs, seed: 4 },
  );
  for (const [what, times] of Object.entries(seen)) expect(times, what).toBeGreaterThanOrEqual(sometimes(1, runs, 300));
});
