import { type OnParentExit, type RestartType, restartStrategies, restartTypes, type Supervision } from '../../../src/api/inputs.ts';
import { isLiveAgent } from '../../../src/kernel/transitions.ts';
import type { CommandMap, CommandOutput, CommandType, DirectiveReply } from '../../../src/supervisor/commands.ts';
import type { Handed } from '../loop-book.ts';
import type { Reply } from '../messages.ts';
import type { Surroundings } from '../surroundings.ts';
import type { Doer } from './doer.ts';
import { Effects } from './effects.ts';
import { Loop } from './loop.ts';
import { Meetings } from './meetings.ts';
import { fixPatch, testPatch } from './patches.ts';
import { drawReview, Planner } from './planner.ts';
import { Purse } from './purse.ts';
import { drawStop } from './stop-input.ts';

/** How an agent behaves. Most do their work; the others are why there is a supervisor. */
export type Temper = 'diligent' | 'hangs' | 'zombie' | 'deaf' | 'liar' | 'throws';
const tempers = { diligent: 66, hangs: 7, zombie: 8, deaf: 7, liar: 7, throws: 5 } as const;
const work = {
  spawn: 16,
  launch: 6,
  claim: 16,
  complete: 10,
  failTask: 4,
  release: 3,
  renew: 4,
  addTask: 7,
  spend: 12,
  tell: 5,
  rest: 6,
  finish: 4,
  stopBelow: 2,
  propose: 4,
  endorse: 6,
  acquireLock: 9,
  releaseLock: 7,
  renewLock: 2,
  meet: 4,
  step: 22,
  saveOld: 2,
  crash: 1,
  effect: 3,
  split: 3,
  importTasks: 2,
  attach: 3,
  reserve: 6,
  awaitEnd: 5,
} as const;
type Work = keyof typeof work;
const none = Object.fromEntries(Object.keys(work).map((w) => [w, 0])) as Record<Work, number>;
/** Where a world is about one thing. */
const mostly = {
  loops: { ...none, step: 97, crash: 3 },
  tasks: { ...none, claim: 30, attach: 12, complete: 25, addTask: 15, split: 8, importTasks: 2, failTask: 3, renew: 5 },
} as const;

type Start = {
  id: string;
  token: string;
  epoch: number;
  parent: AgentActor | null;
  onExit?: (exitCode: number) => void;
  from?: Handed;
  restore?: string;
};
const beatEveryMs = 4_500;
const exits = ['stop', 'reparent', 'ignore'] as const;

/** One agent as the server sees it: its process with its client, or what is left of them. */
export class AgentActor implements Doer {
  readonly id: string;
  readonly epoch: number;
  readonly temper: Temper;
  token: string;
  /** Its loop runs; a process that ended, or an agent that saw its stop through, does nothing any more. */
  alive = true;
  private readonly onExit: ((exitCode: number) => void) | undefined;
  private readonly node: string;
  private held: { id: string; token: string }[] = [];
  private dropped: { id: string; token: string }[] = [];
  private paused = false;
  private stopping = false;
  private silentUntilMs = 0;
  private nextBeatMs = 0;
  private requests = 0;
  private readonly meetings = new Meetings(this);
  private readonly effects = new Effects(this);
  private readonly planner = new Planner(this);
  private readonly loop: Loop;
  private readonly purse = new Purse(this);
  private lastClaim: CommandMap['tasks.claim']['in'] | undefined;

  constructor(
    readonly world: Surroundings,
    start: Start,
  ) {
    this.id = start.id;
    this.epoch = start.epoch;
    this.token = start.token;
    this.onExit = start.onExit;
    this.node = start.id;
    this.temper = world.random.weighted(tempers);
    world.agents.push(this);
    world.trace.add(world.nowMs, 'agent starts', start.id, () => this.temper);
    this.loop = new Loop(this);
    if (start.restore !== undefined) this.loop.resume(start.restore, () => this.exit(1));
    else this.loop.begin(start.from);
    this.again(world.random.between(0, 200));
  }

  private again(ms: number): void {
    this.world.scheduler.after(ms, () => this.turn());
  }
  private turn(): void {
    const { world } = this;
    const { random } = world;
    if (!this.alive) return;
    if (world.nowMs < this.silentUntilMs) {
      this.again(this.silentUntilMs - world.nowMs);
      return;
    }
    if (this.temper === 'hangs' && !world.quiet && random.chance(0.12)) {
      world.trace.add(world.nowMs, 'agent hangs', this.id);
      return;
    }
    if (this.temper === 'zombie' && !world.quiet && random.chance(0.15)) {
      this.silentUntilMs = world.nowMs + random.between(12_000, 45_000);
      world.trace.add(world.nowMs, 'agent goes silent', this.id);
      this.again(this.silentUntilMs - world.nowMs);
      return;
    }
    if (world.nowMs >= this.nextBeatMs) this.beat();
    else if (!world.quiet && !this.paused && !this.stopping) this.act();
    else if (world.quiet) this.windDown();
    this.again(world.quiet ? beatEveryMs : random.between(150, 2_500));
  }

  call<T extends CommandType>(type: T, input: CommandMap[T]['in'], then?: (reply: Reply<CommandOutput<T>>) => void): void {
    this.world.network.call(this.node, { token: this.token }, type, input, (reply) => {
      if (!this.alive) return;
      if (reply.kind === 'refused' && reply.error.code === 'fenced' && !this.stopping) this.asked();
      if (reply.kind === 'refused' && this.epoch < (this.world.state.agents.get(this.id)?.epoch ?? 1)) {
        this.world.hit('agent of an old epoch refused');
        if (this.temper !== 'liar') this.exit(1);
      } else if (reply.kind === 'refused' && reply.error.code === 'unauthenticated') this.refused();
      then?.(reply);
    });
  }
  requestId(): string {
    this.requests += 1;
    return `${this.id}/${this.epoch}/${this.requests}`;
  }
  /** A token that no longer counts: the client ends its agent. Nothing that comes late may take it from a live one. */
  private refused(): void {
    const { world } = this;
    const stored = world.state.agents.get(this.id);
    if (
      stored &&
      !stored.stopId &&
      isLiveAgent(stored.state) &&
      world.state.leases.get(this.id)?.lastHeartbeatMs != null &&
      this.epoch === stored.epoch
    )
      world.fail('LAUNCH-1', `${this.id} is ${stored.state}, and the token it was started with does not count any more`);
    this.exit(1);
  }

  private beat(): void {
    const { random } = this.world;
    this.nextBeatMs = this.world.nowMs + beatEveryMs - random.int(500);
    const lies = this.temper === 'liar' && random.chance(0.2);
    const state = this.paused ? 'paused' : random.chance(0.03) ? 'paused' : 'running';
    const metrics = { toolsExecuted: this.loop.tools };
    const input = { id: this.id, epoch: lies ? this.epoch + 1 : this.epoch, state, metrics } as const;
    this.call('agents.heartbeat', input, (reply) => {
      if (reply.kind === 'refused' && reply.error.code === 'version_conflict') this.world.hit('agent refused for a wrong epoch');
      if (reply.kind === 'ok') this.obey(reply.value);
    });
  }
  private obey(reply: DirectiveReply): void {
    if (reply.interrupt) this.world.hit('interrupt delivered');
    this.paused = reply.directive === 'pause';
    if (reply.checkpoint) this.loop.asked();
    if (reply.directive === 'stop' && !this.stopping) this.asked();
  }
  /** Asked to end: flush what is left, then say so. The deaf go on; some spawn while they are being stopped. */
  private asked(): void {
    const { world } = this;
    if (this.temper === 'deaf' || this.temper === 'hangs') {
      if (!world.quiet) this.spawn();
      return;
    }
    this.stopping = true;
    if (world.random.chance(0.3)) this.spawn();
    if (world.random.chance(0.4)) this.spend();
    if (world.random.chance(0.3)) this.tell();
    for (const t of this.held.splice(0)) this.dropped.push(t);
    world.scheduler.after(world.random.between(10, 1_500), () => this.acknowledge());
  }
  private acknowledge(): void {
    if (!this.alive) return;
    const outcome = this.temper === 'liar' ? this.world.random.pick(['completed', 'failed', 'stopped'] as const) : 'stopped';
    this.call('agents.finish', { id: this.id, epoch: this.epoch, outcome }, (reply) => {
      if (reply.kind === 'lost') this.world.scheduler.after(this.world.random.between(200, 1_500), () => this.acknowledge());
      else if (reply.kind === 'ok' && reply.value.state === 'stopping' && this.onExit) this.exit(0);
      else this.exit(0);
    });
  }

  private act(): void {
    const { world } = this;
    if (this.temper === 'liar' && world.random.chance(0.35)) {
      this.lie();
      return;
    }
    // a fleet first of all grows
    if (world.agents.length < world.mostAgents / 2 && world.random.chance(0.5)) {
      this.onExit && world.random.chance(0.6) ? this.launch() : this.spawn();
      return;
    }
    const what: Work = world.random.weighted(world.about !== 'anything' && world.random.chance(0.85) ? mostly[world.about] : work);
    this[what]();
  }
  private rest(): void {}
  private acquireLock(): void {
    this.meetings.acquire();
  }
  private releaseLock(): void {
    this.meetings.release();
  }
  private renewLock(): void {
    this.meetings.renew();
  }
  private meet(): void {
    this.meetings.meet();
  }
  private step(): void {
    this.loop.step();
  }
  private saveOld(): void {
    this.loop.saveOld();
  }
  private effect(): void {
    this.effects.effect();
  }
  private split(): void {
    this.planner.split();
  }
  private importTasks(): void {
    this.planner.importTasks();
  }
  private attach(): void {
    const t = this.world.random.maybe(this.held);
    if (t) this.planner.attach(t);
  }
  /** The process is gone in the middle of what it did; only what is stored is left of it. */
  private crash(): void {
    if (this.world.random.chance(0.5)) this.exit(139);
  }

  private spawn(): void {
    const { world } = this;
    if (world.agents.length >= world.mostAgents) return;
    const input = { parentId: this.id, requestId: this.requestId(), name: 'child', ...draw(world) };
    const register = (tries: number) =>
      this.call('agents.register', input, (reply) => {
        if (reply.kind === 'lost' && tries > 0) world.scheduler.after(world.random.between(100, 1_000), () => register(tries - 1));
        if (reply.kind === 'ok' && !world.agents.some((a) => a.id === reply.value.agentId))
          new AgentActor(world, { id: reply.value.agentId, token: reply.value.token, epoch: reply.value.epoch, parent: this });
        else if (reply.kind === 'ok') for (const a of world.agents) if (a.id === reply.value.agentId) a.token = reply.value.token;
        if (reply.kind === 'refused' && reply.error.code === 'fenced') world.hit('spawn refused under a stop');
      });
    register(3);
  }
  private launch(): void {
    const { world } = this;
    if (world.agents.length >= world.mostAgents) return;
    this.call(
      'agents.spawn',
      { id: this.id, name: 'child', command: 'work', args: [], requestId: this.requestId(), ...draw(world), ...drawRestart(world) },
      (reply) => {
        if (reply.kind === 'refused' && reply.error.code === 'fenced') world.hit('spawn refused under a stop');
      },
    );
  }
  private claim(): void {
    const { world } = this;
    const { random } = world;
    const fresh = {
      agentId: this.id,
      labels: random.chance(0.15) ? ['code'] : [],
      leaseMs: random.between(2, 20) * 1_000,
      limit: random.between(1, 2),
      waitMs: 0,
      requestId: this.requestId(),
    };
    const input = this.lastClaim && random.chance(0.15) ? this.lastClaim : fresh;
    const repeated = input === this.lastClaim;
    this.lastClaim = input;
    const ask = (tries: number) =>
      this.call('tasks.claim', input, (reply) => {
        if (reply.kind === 'lost' && tries > 0) return ask(tries - 1);
        if (reply.kind === 'refused' && reply.error.code === 'fenced') world.hit('claim refused under a stop');
        if (reply.kind !== 'ok') return;
        if ((repeated || tries < 2) && reply.value.taskIds.length) world.hit('claim repeated after a lost reply');
        for (const id of reply.value.taskIds) {
          const token = world.state.tasks.get(id)?.claimToken.toString() ?? '0';
          if (!this.held.some((t) => t.id === id && t.token === token)) this.held.push({ id, token });
        }
      });
    ask(2);
  }
  /** One of its claims; the zombie and the liar also try those they had once. */
  private one(): { id: string; token: string } | undefined {
    const { random } = this.world;
    if (this.dropped.length && random.chance(this.temper === 'zombie' || this.temper === 'liar' ? 0.6 : 0.15))
      return random.pick(this.dropped);
    const mine = random.maybe(this.held);
    if (mine && random.chance(0.6)) {
      this.held = this.held.filter((t) => t !== mine);
      this.dropped.push(mine);
    }
    return mine;
  }
  private complete(): void {
    const t = this.one();
    if (!t) return;
    const again = this.world.random.chance(0.1);
    const done = (first: boolean) =>
      this.call('tasks.complete', { ...t }, (reply) => {
        if (!first && reply.kind === 'ok') this.world.hit('completion told twice');
        if (first && (reply.kind === 'lost' || again)) done(false);
      });
    done(true);
  }
  private failTask(): void {
    const t = this.one();
    if (t) this.call('tasks.fail', { ...t, error: 'it did not work', retryable: this.world.random.chance(0.8) });
  }
  private release(): void {
    const t = this.one();
    if (t) this.call('tasks.release', { ...t });
  }
  private renew(): void {
    const t = this.world.random.maybe(this.held);
    if (t) this.call('tasks.renew', { ...t, leaseMs: this.world.random.between(2, 20) * 1_000 });
  }
  private addTask(): void {
    const { world } = this;
    const { random } = world;
    const dependsOn = random.chance(0.4) && world.taskIds.length ? [random.pick(world.taskIds)] : [];
    const input = {
      title: 'a task',
      priority: random.int(3),
      dependsOn,
      maxAttempts: random.between(1, 3),
      labels: random.chance(0.3) ? ['code'] : [],
      requestId: this.requestId(),
      ...(random.chance(0.2) ? { notBefore: new Date(world.nowMs + random.int(15_000)).toISOString() } : {}),
      ...drawReview(random),
    };
    this.call('tasks.add', input, (reply) => {
      if (reply.kind === 'ok') world.taskIds.push(reply.value.taskId);
      if (reply.kind === 'refused' && reply.error.code === 'fenced') world.hit('task added under a stop refused');
    });
  }
  private spend(): void {
    this.purse.spend();
  }
  private reserve(): void {
    this.purse.reserve();
  }
  private awaitEnd(): void {
    this.meetings.awaitEnd();
  }
  private tell(): void {
    this.call('agents.events', { id: this.id, events: [{ eventId: this.requestId(), type: 'note', data: null }] });
  }
  private finish(): void {
    const { world } = this;
    if (world.random.chance(0.5)) return;
    const outcome = this.temper === 'throws' ? 'failed' : world.random.pick(['completed', 'completed', 'failed', 'stopped'] as const);
    this.call('agents.finish', { id: this.id, epoch: this.epoch, outcome }, (reply) => {
      if (reply.kind === 'ok') this.exit(outcome === 'failed' ? 1 : 0);
    });
  }
  private stopBelow(): void {
    const { world } = this;
    const below = [...world.state.agents.values()].filter((a) => a.path.includes(this.id));
    const target = world.random.maybe(below);
    if (target) this.call('agents.stop', drawStop(world.random, target.id));
  }
  private propose(): void {
    const repository = this.world.state.repositories.values().next().value;
    if (!repository) return;
    const input = {
      repositoryId: repository.id,
      agentId: this.id,
      title: 'Better',
      reason: 'It is',
      testPatch,
      fixPatch,
      requestId: this.requestId(),
    };
    this.call('changes.propose', input, (reply) => {
      if (reply.kind === 'refused' && reply.error.code === 'fenced') this.world.hit('change refused under a stop');
    });
  }

  /** A parent decides on a change below it: its word alone is not enough. */
  private endorse(): void {
    const { world } = this;
    const waiting = [...world.state.changes.values()].filter((c) => c.state === 'awaiting-approval' && c.agentPath.includes(this.id));
    const change = world.random.maybe(waiting);
    if (!change) return;
    this.call('changes.approve', { id: change.id, diffHash: change.diffHash ?? '', comment: '' }, (reply) => {
      if (reply.kind === 'refused' && reply.error.code === 'self_approval') world.hit('self approval refused');
    });
  }

  /** What a faulty or hostile agent tries: other agents' ids, guessed tokens and epochs, a false end. */
  private lie(): void {
    const { world } = this;
    const other = world.random.pick(world.agents);
    const reached = (reply: Reply<unknown>) => {
      if (reply.kind === 'refused' && reply.error.code === 'not_found') world.hit('another agent out of reach');
    };
    switch (world.random.int(7)) {
      case 0: {
        this.call('agents.finish', { id: other.id, outcome: 'completed' }, reached);
        return;
      }
      case 1: {
        this.call('agents.heartbeat', { id: other.id, state: 'running' }, reached);
        return;
      }
      case 2: {
        const id = world.random.maybe(world.taskIds);
        const token = world.state.tasks.get(id ?? '')?.claimToken.toString() ?? '1';
        id ? this.call('tasks.complete', { id, token }) : undefined;
        return;
      }
      case 3: {
        this.call('tasks.claim', { agentId: other.id, labels: [], leaseMs: 5_000, limit: 2, waitMs: 0 }, reached);
        return;
      }
      case 4:
        this.call('agents.stop', { id: other.id, mode: 'force', graceMs: 0, killConfirmMs: 0, reason: 'a lie', dryRun: false }, reached);
        return;
      case 5: {
        this.call('agents.register', { name: 'stowaway', parentId: other.id }, reached);
        return;
      }
      default: {
        const change = world.random.maybe([...world.state.changes.values()]);
        if (!change) return;
        this.call('changes.approve', { id: change.id, diffHash: change.diffHash ?? 'none', comment: '' }, (reply) => {
          if (reply.kind === 'refused' && reply.error.code === 'self_approval') world.hit('self approval refused');
        });
      }
    }
  }

  /** In the healed world: what is held is given back, and about half the fleet goes home. */
  private windDown(): void {
    if (this.stopping) return;
    const t = this.held.pop();
    if (t) {
      this.call('tasks.complete', { ...t });
      return;
    }
    if (this.paused || !this.world.random.chance(0.3)) return;
    this.call('agents.finish', { id: this.id, epoch: this.epoch, outcome: 'completed' }, (reply) => {
      if (reply.kind === 'ok') this.exit(0);
    });
  }

  /** Ends by itself, whatever it was at. */
  leave(): void {
    if (!this.alive) return;
    this.call('agents.finish', { id: this.id, epoch: this.epoch, outcome: 'completed' }, (reply) => {
      if (reply.kind === 'ok') this.exit(0);
    });
  }

  /** TERM reaches the process: the deaf and those that hang do not answer to it. Answers whether it will end. */
  term(): boolean {
    if (!this.alive) return true;
    if (this.temper === 'deaf' || this.temper === 'hangs') return false;
    this.world.scheduler.after(this.world.random.between(10, 800), () => this.exit(0));
    return true;
  }
  /** The process is gone, from inside or outside. */
  exit(exitCode: number): void {
    if (!this.alive) return;
    this.alive = false;
    this.world.trace.add(this.world.nowMs, 'agent gone', this.id, () => `exit code ${exitCode}`);
    this.onExit?.(exitCode);
  }
  /** KILL: no exit code, no last word. */
  kill(): void {
    this.alive = false;
  }
}

/** Whether a runner starts it again when it ends, and how it keeps what is started for it. */
export function drawRestart({ random }: Surroundings): { restart?: RestartType; supervision?: Supervision } {
  const supervision = (): Supervision => ({
    strategy: random.pick(restartStrategies),
    intensity: random.int(3),
    periodMs: random.between(1, 30) * 1_000,
  });
  return {
    ...(random.chance(0.5) ? { restart: random.pick(restartTypes) } : {}),
    ...(random.chance(0.3) ? { supervision: supervision() } : {}),
  };
}
/** What a new agent is given: sometimes a policy for its parent's end, sometimes a budget. */
export function draw({ random }: Surroundings): { onParentExit?: OnParentExit; budgetUsd?: number } {
  const policy = (): OnParentExit => ({
    completed: random.pick(exits),
    failed: random.pick(exits),
    lost: random.pick(exits),
    stopped: random.pick(exits),
  });
  return {
    ...(random.chance(0.45) ? { onParentExit: policy() } : {}),
    ...(random.chance(0.25) ? { budgetUsd: random.between(1, 20) / 10 } : {}),
  };
}
