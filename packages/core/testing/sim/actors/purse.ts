import type { PricedCostEntry } from '../../../src/supervisor/commands.ts';
import type { Doer } from './doer.ts';

/** An agent that spends: it tells costs, some twice and some with another content, and sets money aside for calls before it makes them. */
export class Purse {
  private last: PricedCostEntry | undefined;
  constructor(private readonly doer: Doer) {}

  spend(): void {
    const { random } = this.doer.world;
    const again = this.last !== undefined && random.chance(0.2);
    let entry = again && this.last ? this.last : this.entry(400_000_000, null);
    if (again && random.chance(0.3)) entry = { ...entry, inputTokens: entry.inputTokens + 1 };
    else this.last = entry;
    this.tell(entry);
  }
  /** Money set aside, then the call: its cost settles it, sometimes above it; or it is given back, or nothing is heard of it again. */
  reserve(): void {
    const { doer } = this;
    const { random, scheduler } = doer.world;
    const tenths = random.between(1, 8);
    const input = { agentId: doer.id, amountUsd: tenths / 10, ttlMs: random.between(1, 12) * 1_000, requestId: doer.requestId() };
    const ask = (tries: number): void =>
      doer.call('costs.reserve', input, (reply) => {
        if (reply.kind === 'lost' && tries > 0) return ask(tries - 1);
        if (reply.kind === 'refused' && reply.error.code === 'budget_exceeded') doer.world.hit('reservation refused by a budget');
        if (reply.kind !== 'ok') return;
        const { reservationId } = reply.value;
        scheduler.after(random.between(100, 9_000), () => {
          if (!doer.alive) return;
          const what = random.int(10);
          if (what < 6) this.tell(this.entry(tenths * 120_000_000, reservationId));
          else if (what < 8) doer.call('costs.release', { id: reservationId });
        });
      });
    ask(1);
  }
  private tell(entry: PricedCostEntry): void {
    this.doer.call('costs.report', { entries: [entry] }, (reply) => {
      if (reply.kind === 'ok' && reply.value.duplicates) this.doer.world.hit('cost told twice');
    });
  }
  private entry(mostNanoUsd: number, reservationId: string | null): PricedCostEntry {
    const { doer } = this;
    const { random, nowMs } = doer.world;
    const unpriced = random.chance(0.12);
    return {
      eventId: `${doer.id}/c${doer.requestId()}`,
      agentId: doer.id,
      model: unpriced ? 'nobody-knows' : 'model-a',
      provider: null,
      inputTokens: random.int(1_000),
      outputTokens: random.int(100),
      cachedInputTokens: 0,
      cacheWriteTokens: 0,
      reasoningTokens: 0,
      costNanoUsd: unpriced ? null : BigInt(random.int(mostNanoUsd)),
      pricedBy: unpriced ? 'unpriced' : 'reported',
      priceVersion: null,
      atMs: nowMs - random.int(5_000),
      reservationId,
    };
  }
}
