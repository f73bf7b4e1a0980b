import type { Result } from '../../src/kernel/result.ts';
import type { CommandMap, CommandOutput, CommandType } from '../../src/supervisor/commands.ts';
import type { Calls, Credential, Reply, Request } from './messages.ts';
import type { Surroundings } from './surroundings.ts';

/** How long a caller waits for its answer. */
const patienceMs = 2_000;

/** Everything between a caller and the server: each direction of each message is delayed, lost, doubled or overtaken by itself. */
export class Network implements Calls {
  private readonly cuts = new Map<string, { way: 'up' | 'down'; untilMs: number }>();
  constructor(private readonly world: Surroundings) {}

  call<T extends CommandType>(
    node: string,
    credential: Credential,
    type: T,
    input: CommandMap[T]['in'],
    then?: (reply: Reply<CommandOutput<T>>) => void,
  ): void {
    const { world } = this;
    const { random, scheduler, faults } = world;
    const sentMs = scheduler.nowMs;
    const giveUp = () => {
      world.trace.add(scheduler.nowMs, 'no answer', node, () => type);
      then?.({ kind: 'lost' });
    };
    let answered = false;
    const answer = (reply: Reply<CommandOutput<T>>) => {
      if (answered) return;
      answered = true;
      then?.(reply);
    };
    const respond = (result: Result<unknown> | 'unavailable') => {
      if (!then || answered) return;
      const lost = random.chance(faults.drop) || this.isCut(node, 'down');
      const backMs = this.delay();
      if (lost || scheduler.nowMs + backMs > sentMs + patienceMs) {
        world.hit('reply lost');
        scheduler.at(sentMs + patienceMs, () => {
          if (answered) return;
          answered = true;
          giveUp();
        });
      } else if (result === 'unavailable') scheduler.after(backMs, () => answer({ kind: 'lost' }));
      else if (result.ok) scheduler.after(backMs, () => answer({ kind: 'ok', value: result.value as CommandOutput<T> }));
      else scheduler.after(backMs, () => answer({ kind: 'refused', error: result.error }));
    };
    const request: Request = { type, input, credential, respond };
    if (random.chance(faults.cut)) this.cut(node);
    if (random.chance(faults.drop) || this.isCut(node, 'up')) {
      world.hit('request lost');
      scheduler.after(patienceMs, () => answer({ kind: 'lost' }));
      return;
    }
    const thereMs = this.delay();
    if (thereMs > patienceMs) {
      world.hit('request overtaken');
      scheduler.after(patienceMs, () => answer({ kind: 'lost' }));
    }
    scheduler.after(thereMs, () => world.server.receive(node, request));
    if (random.chance(faults.duplicate)) {
      world.hit('request duplicated');
      scheduler.after(this.delay() + random.int(500), () => world.server.receive(node, { ...request, respond: () => undefined }));
    }
  }

  /** From half a millisecond's work to a stop at every hop; a slow one is later than its caller waits. */
  private delay(): number {
    const { random, faults } = this.world;
    return random.chance(faults.slow) ? random.between(200, 6_000) : random.between(1, 20);
  }
  private cut(node: string): void {
    const { random, scheduler } = this.world;
    this.cuts.set(node, { way: random.chance(0.5) ? 'up' : 'down', untilMs: scheduler.nowMs + random.between(1_000, 20_000) });
    this.world.hit('node cut off one way');
    this.world.trace.add(scheduler.nowMs, 'cut', node, () => JSON.stringify(this.cuts.get(node)));
  }
  private isCut(node: string, way: 'up' | 'down'): boolean {
    const cut = this.cuts.get(node);
    return cut !== undefined && cut.way === way && this.world.scheduler.nowMs < cut.untilMs;
  }
  heal(): void {
    this.cuts.clear();
  }
}
