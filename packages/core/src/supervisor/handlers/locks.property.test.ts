import fc from 'fast-check';
import { expect, it } from 'vitest';
import { runsOf, sometimes, system, TestFleet } from '../../../testing/index.ts';
import type { LoggedEvent } from '../../kernel/events.ts';

const permitsOf: Record<string, number> = { one: 1, two: 2, other: 1 };
const lock = fc.constantFrom('one', 'two', 'other');
const ms = fc.integer({ min: 1, max: 12_000 });
/** What may happen to locks, in any order; numbers pick an agent, or one of its grants or waits. */
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('acquire' as const),
      at: fc.nat(),
      lock,
      waitMs: fc.constantFrom(0, 5_000, 120_000, 120_000),
      leaseMs: fc.constantFrom(1_000, 5_000, 60_000, 600_000),
      priority: fc.integer({ min: -1, max: 1 }),
      blocking: fc.constantFrom(true, true, true, false),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('release' as const), at: fc.nat(), again: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('renew' as const), at: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('withdraw' as const), at: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stop' as const), at: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('finish' as const), at: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('force' as const), lock }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('pass' as const), ms, swept: fc.boolean() }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

const counters = () => ({
  fromQueue: 0,
  expired: 0,
  timedOut: 0,
  stoppedHolders: 0,
  stoppedWaiters: 0,
  withdrawn: 0,
  deadlocks: 0,
  overtaken: 0,
  fullSemaphore: 0,
});
type Seen = ReturnType<typeof counters>;

type Grant = { agentId: string; token: string; expiresAtMs: number };
type Waiter = { agentId: string; requestId: string; priority: number; sinceMs: number; deadlineMs: number };
/**
 * The same history read by somebody else: from the facts alone, without the code that decided them. Throws at the first
 * fact that breaks a promise.
 */
class Witness {
  private readonly grants = new Map<string, Grant[]>();
  private readonly queues = new Map<string, Waiter[]>();
  private readonly tokens = new Map<string, bigint>();
  private readonly over = new Set<string>();
  private readonly nameOf = new Map<string, string>();
  private seq = 0;
  constructor(private readonly seen: Seen) {}

  look(events: readonly LoggedEvent[]): void {
    for (const e of events.slice(this.seq)) this.fact(e);
    this.seq = events.length;
  }
  private at<T>(map: Map<string, T[]>, name: string): T[] {
    const list = map.get(name) ?? [];
    map.set(name, list);
    return list;
  }
  private fact(e: LoggedEvent): void {
    const { seen } = this;
    if (e.type === 'lock.waiting') {
      const { agentId, requestId, priority, deadlineMs } = e.data;
      this.at(this.queues, e.data.name).push({ agentId, requestId, priority, sinceMs: e.atMs, deadlineMs });
    } else if (e.type === 'lock.wait-ended') {
      const { name, requestId, why, cycle } = e.data;
      const queue = this.at(this.queues, name);
      if (cycle) this.circle(cycle);
      if (why === 'timed-out') seen.timedOut += 1;
      if (why === 'deadlock') seen.deadlocks += 1;
      if (why === 'stopped' || why === 'ended') seen.stoppedWaiters += 1;
      if (why === 'withdrawn') seen.withdrawn += 1;
      this.over.add(requestId);
      this.queues.set(
        name,
        queue.filter((w) => w.requestId !== requestId),
      );
    } else if (e.type === 'lock.freed') {
      const { name, token, why } = e.data;
      const held = this.at(this.grants, name);
      const grant = held.find((g) => g.token === token);
      if (!grant) throw new Error(`I-SYNC-2: ${token} of ${name} was freed twice`);
      if (why === 'lease-expired' && grant.expiresAtMs > e.atMs) throw new Error(`I-SYNC-5: ${token} of ${name} expired early`);
      if (why === 'lease-expired') seen.expired += 1;
      if (why === 'holder-stopped' || why === 'holder-ended') seen.stoppedHolders += 1;
      held.splice(held.indexOf(grant), 1);
    } else if (e.type === 'lock.renewed') {
      const grant = this.at(this.grants, this.nameOf.get(e.subjectId) ?? '').find((g) => g.token === e.data.token);
      if (grant) grant.expiresAtMs = e.data.expiresAtMs;
    } else if (e.type === 'lock.granted') this.granted(e.subjectId, e.atMs, e.data);
  }
  private granted(id: string, atMs: number, d: Extract<LoggedEvent, { type: 'lock.granted' }>['data']): void {
    const { seen } = this;
    this.nameOf.set(id, d.name);
    const held = this.at(this.grants, d.name);
    const live = held.filter((g) => g.expiresAtMs > atMs).length;
    const permits = permitsOf[d.name] as number;
    if (live >= permits) throw new Error(`I-SYNC-1: ${d.name} was granted while ${live} of ${permits} were held`);
    if (permits > 1 && live + 1 === permits) seen.fullSemaphore += 1;
    if (BigInt(d.token) <= (this.tokens.get(d.name) ?? 0n)) throw new Error(`I-SYNC-2: token ${d.token} of ${d.name} is not higher`);
    this.tokens.set(d.name, BigInt(d.token));
    if (this.over.has(d.requestId)) throw new Error(`I-SYNC-3: ${d.requestId} was granted after its wait had ended`);
    const queue = this.at(this.queues, d.name);
    const aged = (w: Waiter) => w.priority + Math.floor((atMs - w.sinceMs) / 2_000);
    const [first] = [...queue].sort((x, y) => aged(y) - aged(x) || queue.indexOf(x) - queue.indexOf(y));
    const waiter = queue.find((w) => w.requestId === d.requestId);
    if (first && first !== waiter) throw new Error(`I-SYNC-4: ${d.requestId} went before ${first.requestId}`);
    if (waiter) {
      seen.fromQueue += 1;
      if (waiter.deadlineMs <= atMs) throw new Error(`I-SYNC-3: ${d.requestId} was granted after its time`);
      if (queue.some((w) => w.priority > waiter.priority)) seen.overtaken += 1;
      queue.splice(queue.indexOf(waiter), 1);
    }
    held.push({ agentId: d.agentId, token: d.token, expiresAtMs: d.expiresAtMs });
  }
  /** Each of the circle waits where the next one holds: nobody is told of a deadlock that is none. */
  private circle(cycle: readonly string[]): void {
    for (let i = 0; i + 2 < cycle.length; i += 2) {
      const [who, at, next] = [cycle[i], cycle[i + 1]?.replace('lock:', '') ?? '', cycle[i + 2]];
      const waits = this.at(this.queues, at).some((w) => w.agentId === who);
      const holds = this.at(this.grants, at).some((g) => g.agentId === next);
      if (!waits || !holds) throw new Error(`I-SYNC-7: ${cycle.join(' → ')} is no circle at ${at}`);
    }
  }
}

async function play(steps: Step[], seen: Seen): Promise<void> {
  const fleet = new TestFleet();
  const ids: string[] = [];
  for (const name of ['a', 'b', 'c']) {
    const id = await fleet.agent(name);
    ids.push(id, await fleet.agent(`${name}'s child`, id));
  }
  const witness = new Witness(seen);
  const pick = <T>(list: readonly T[], at: number): T | undefined => list[at % Math.max(1, list.length)];
  const all = () => [...fleet.state.locks.values()];
  const past: { agentId: string; name: string; token: string }[] = [];
  /** Rather one that holds or waits. */
  const busy = (at: number) =>
    pick(
      all().flatMap((l) => l.agentIds),
      at,
    ) ?? (pick(ids, at) as string);
  let n = 0;
  for (const s of steps) {
    const grants = all().flatMap((l) => l.holders.map((h) => ({ ...h, name: l.name })));
    switch (s.do) {
      case 'acquire': {
        const agentId = pick(ids, s.at) as string;
        const { lock: name, waitMs, leaseMs, priority, blocking } = s;
        const fenced = fleet.agentOf(agentId).stopId !== null;
        const r = await fleet.ask('locks.acquire', {
          name,
          agentId,
          permits: permitsOf[name],
          waitMs,
          leaseMs,
          priority,
          blocking,
          requestId: `r${n++}`,
        });
        if (fenced && r.ok) throw new Error(`I-STOP-1: ${agentId} acquired under a stop`);
        break;
      }
      case 'release': {
        const grant = pick(s.again ? past : grants, s.at);
        if (!grant) break;
        past.push({ agentId: grant.agentId, name: grant.name, token: grant.token });
        await fleet.ask('locks.release', { name: grant.name, agentId: grant.agentId, token: grant.token });
        break;
      }
      case 'renew': {
        const grant = pick(grants, s.at);
        if (grant) await fleet.ask('locks.renew', { name: grant.name, agentId: grant.agentId, token: grant.token, leaseMs: 5_000 });
        break;
      }
      case 'withdraw': {
        const wait = pick(
          all().flatMap((l) => l.waiters.map((w) => ({ ...w, name: l.name }))),
          s.at,
        );
        if (wait) await fleet.do('locks.withdraw', { name: wait.name, agentId: wait.agentId, requestId: wait.requestId });
        break;
      }
      case 'stop':
        if (n > 12) await fleet.ask('agents.stop', { id: busy(s.at), mode: 'force', reason: 'x' });
        break;
      case 'finish':
        if (n > 10) await fleet.ask('agents.finish', { id: pick(ids, s.at) as string, outcome: 'completed' });
        break;
      case 'force':
        await fleet.ask('locks.force-release', { name: s.lock, reason: 'x' });
        break;
      case 'pass':
        fleet.clock.pass(s.ms);
        if (s.swept) await swept(fleet);
        break;
    }
    witness.look(fleet.state.events);
    for (const l of all())
      for (const x of [...l.holders, ...l.waiters]) {
        const agent = fleet.agentOf(x.agentId);
        if (agent.stopId || agent.endedAtMs) throw new Error(`I-SYNC-8: ${x.agentId} is gone and still at ${l.name}`);
      }
  }
  // let go of everything: whoever still waits gets it, one after the other, and nobody is left
  await swept(fleet);
  for (let round = 0; all().some((l) => l.holders.length); round++) {
    if (round > 200) throw new Error('it never ends');
    for (const l of all()) for (const h of l.holders) await fleet.do('locks.release', { name: l.name, agentId: h.agentId, token: h.token });
    witness.look(fleet.state.events);
  }
  const left = all().filter((l) => l.waiters.length);
  if (left.length) throw new Error(`I-SYNC-1: ${left[0]?.name} is free and waited for`);
}
async function swept(fleet: TestFleet): Promise<void> {
  await fleet.sweepCoordination();
  const { seq } = fleet.state;
  await fleet.ask('coordination.sweep', {}, system);
  if (fleet.state.seq !== seq) throw new Error('a second sweep at the same time changed something');
  for (const l of fleet.state.locks.values())
    if (l.waiters.length && l.holders.length < l.permits) throw new Error(`I-SYNC-1: a permit of ${l.name} is lost`);
}

it('I-SYNC-1, 2, 3, 4, 7, 8: whatever happens to locks in whatever order', async () => {
  const runs = runsOf('property', 150);
  const seen = counters();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 15, maxLength: 70 }), (steps) => play(steps, seen)),
    { numRuns: runs },
  );
  // a workload that never does what the promise is about would pass against any bug
  for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThanOrEqual(sometimes(2, runs, 150));
});
