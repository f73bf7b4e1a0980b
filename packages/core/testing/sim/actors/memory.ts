import type { Doer } from './doer.ts';

/** An agent that saves what it knows, now and then what is old already, and marks what it does to the world outside. */
export class Memory {
  private sequence = 0;
  private effects = 0;
  constructor(private readonly doer: Doer) {}

  save(): void {
    const { doer } = this;
    const { random } = doer.world;
    const old = this.sequence > 0 && random.chance(0.15);
    if (!old) this.sequence += 1;
    const sequence = old ? random.between(1, this.sequence) : this.sequence;
    const state = { sequence, turn: old ? random.int(3) : 0 };
    const input = { id: doer.id, epoch: doer.epoch, sequence, state, trigger: 'tools', eventSequence: 0 };
    const save = (tries: number): void =>
      doer.call('checkpoints.save', input, (reply) => {
        if (reply.kind === 'lost' && tries > 0) save(tries - 1);
      });
    save(1);
  }
  effect(): void {
    const { doer } = this;
    const { random } = doer.world;
    if (random.chance(0.45)) this.effects += 1;
    const key = `mail/${this.effects}`;
    const begin = { id: doer.id, epoch: doer.epoch, key, description: 'a mail', attemptId: doer.requestId(), retry: random.chance(0.1) };
    doer.call('effects.begin', begin, (reply) => {
      if (reply.kind !== 'ok') return;
      if (reply.value.status === 'in-doubt') doer.world.hit('effect in doubt');
      if (random.chance(0.5)) doer.call('effects.acknowledge', { id: doer.id, epoch: doer.epoch, key, result: null });
    });
  }
}
