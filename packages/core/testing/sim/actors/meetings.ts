import type { Doer } from './doer.ts';

const locks = { mutex: 1, pair: 2, other: 1 } as const;
const barriers = { all: 'break', some: 'shrink' } as const;

/** An agent at locks, barriers and ends: it waits by asking again, forgets some of what it holds, and releases some of it twice. */
export class Meetings {
  private held: { name: string; token: string }[] = [];
  private let: { name: string; token: string }[] = [];
  constructor(private readonly doer: Doer) {}

  acquire(): void {
    const { doer } = this;
    const { random, scheduler } = doer.world;
    const name = random.pick(Object.keys(locks) as (keyof typeof locks)[]);
    const input = {
      name,
      agentId: doer.id,
      permits: locks[name],
      leaseMs: random.between(1, 8) * 1_000,
      waitMs: random.between(0, 6) * 1_000,
      priority: random.between(-1, 1),
      blocking: random.chance(0.8),
      requestId: doer.requestId(),
    };
    const ask = (tries: number): void =>
      doer.call('locks.acquire', input, (reply) => {
        if (reply.kind === 'ok' && reply.value.state === 'granted') this.held.push({ name, token: reply.value.token });
        else if (reply.kind !== 'refused' && tries > 0) {
          scheduler.after(random.between(200, 2_000), () => {
            if (doer.alive) ask(tries - 1);
          });
        } else if (reply.kind === 'ok' && random.chance(0.5))
          doer.call('locks.withdraw', { name, agentId: doer.id, requestId: input.requestId });
      });
    ask(4);
  }
  release(): void {
    const { doer } = this;
    const again = doer.world.random.chance(0.25);
    const mine = again ? doer.world.random.maybe(this.let) : this.held.shift();
    if (!mine) return;
    this.let.push(mine);
    doer.call('locks.release', { name: mine.name, agentId: doer.id, token: mine.token }, (reply) => {
      if (again && reply.kind === 'ok' && !reply.value.released) doer.world.hit('lock released twice');
    });
  }
  renew(): void {
    const { doer } = this;
    const mine = doer.world.random.maybe(this.held);
    const leaseMs = doer.world.random.between(1, 8) * 1_000;
    if (mine) doer.call('locks.renew', { name: mine.name, agentId: doer.id, token: mine.token, leaseMs });
  }
  meet(): void {
    const { doer } = this;
    const { random, scheduler } = doer.world;
    const name = random.pick(Object.keys(barriers) as (keyof typeof barriers)[]);
    const input = {
      name,
      agentId: doer.id,
      parties: 2,
      waitMs: random.between(2, 10) * 1_000,
      onPartyDeath: barriers[name],
      partyIds: [],
      blocking: random.chance(0.8),
      requestId: doer.requestId(),
    };
    const wait = (tries: number): void =>
      doer.call('barriers.wait', input, (reply) => {
        const waits = reply.kind === 'lost' || (reply.kind === 'ok' && reply.value.state === 'waiting');
        if (!waits || tries === 0) return;
        scheduler.after(random.between(500, 3_000), () => {
          if (doer.alive) wait(tries - 1);
        });
      });
    wait(4);
  }
  /** For another agent, its parent or itself among them, or for a task that others may have to do first. */
  awaitEnd(): void {
    const { doer } = this;
    const { world } = doer;
    const { random, scheduler } = world;
    const type = random.chance(0.65) ? 'agents.wait' : 'tasks.wait';
    const id = type === 'agents.wait' ? random.maybe(world.agents)?.id : random.maybe(world.taskIds);
    if (!id) return;
    const input = {
      id,
      agentId: doer.id,
      waitMs: random.between(0, 10) * 1_000,
      blocking: random.chance(0.8),
      requestId: doer.requestId(),
    };
    const wait = (tries: number): void =>
      doer.call(type, input, (reply) => {
        const waits = reply.kind === 'lost' || (reply.kind === 'ok' && reply.value.state === 'waiting');
        if (!waits) return;
        if (tries > 0)
          scheduler.after(random.between(500, 3_000), () => {
            if (doer.alive) wait(tries - 1);
          });
        else if (random.chance(0.5)) doer.call('waits.withdraw', { id, agentId: doer.id, requestId: input.requestId });
      });
    wait(4);
  }
}
