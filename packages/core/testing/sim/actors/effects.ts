import type { Doer } from './doer.ts';

/** An agent that marks what it does to the world outside. */
export class Effects {
  private effects = 0;
  constructor(private readonly doer: Doer) {}

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
