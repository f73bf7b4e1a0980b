import type { ContainmentLevel, RunnerOrder, RunnerReport } from '../../../src/api/inputs.ts';
import type { Credential } from '../messages.ts';
import type { Surroundings } from '../surroundings.ts';
import { AgentActor } from './agent.ts';
import { ChangeDesk } from './change-desk.ts';

type Held = {
  agentId: string;
  epoch: number;
  agent: AgentActor;
  gone: boolean;
  survivors: number;
  killed: boolean;
  exitCode: number | null;
};
type Of<K extends RunnerOrder['kind']> = Extract<RunnerOrder, { kind: K }>;

/**
 * A runner with the processes it holds: it polls, takes orders once however often they come, ends processes by TERM and
 * KILL, and reports at least once. A crash takes its memory and, as the next start sweeps, its processes.
 */
export class RunnerActor {
  runnerId = '';
  private token = '';
  private readonly node: string;
  private containment: ContainmentLevel = 'cgroup';
  private held = new Map<string, Held>();
  private seen = new Set<string>();
  private done: string[] = [];
  private outbox: RunnerReport[] = [];
  private sending = false;
  private run = 0;
  private leaseMs = 0;
  private readonly desk: ChangeDesk;

  constructor(
    private readonly world: Surroundings,
    readonly name: string,
  ) {
    this.node = `runner ${name}`;
    this.desk = new ChangeDesk(world, (r) => this.outbox.push(r));
    world.runners.push(this);
    this.begin();
  }
  private begin(): void {
    this.run += 1;
    this.containment = this.world.random.chance(0.7) ? 'cgroup' : 'process-group';
    this.register(this.run);
  }
  private register(run: number): void {
    const { world } = this;
    const input = {
      name: this.name,
      host: 'here',
      pid: 10,
      startTime: '1',
      containment: this.containment,
      ...(this.runnerId ? { runnerId: this.runnerId } : {}),
    };
    world.network.call(this.node, projectToken, 'runners.register', input, (reply) => {
      if (run !== this.run) return;
      if (reply.kind !== 'ok') {
        world.scheduler.after(world.random.between(200, 2_000), () => (run === this.run ? this.register(run) : undefined));
        return;
      }
      this.runnerId = reply.value.runnerId;
      this.token = reply.value.token;
      this.again(run, 0);
    });
  }
  private again(run: number, ms = this.world.quiet ? 1_000 : this.world.random.between(150, 1_500)): void {
    this.world.scheduler.after(ms, () => (run === this.run ? this.poll(run) : undefined));
  }
  private poll(run: number): void {
    const { world } = this;
    if (world.random.chance(world.faults.runnerCrash / 3)) {
      this.crash();
      return;
    }
    // the server holds a poll until there is an order: one that would find none is not sent, but for the lease
    if (!this.outbox.length && !this.done.length && world.nowMs < this.leaseMs && !this.waits()) {
      this.again(run);
      return;
    }
    this.leaseMs = world.nowMs + 10_000;
    this.flush();
    if (!this.done.length && !this.waits() && this.sending) {
      this.again(run);
      return;
    }
    const told = this.done;
    world.network.call(this.node, this.credential, 'runners.poll', { id: this.runnerId, done: told }, (reply) => {
      if (run !== this.run) return;
      if (reply.kind === 'ok') {
        this.done = this.done.filter((id) => !told.includes(id));
        for (const order of reply.value.orders) this.take(order);
      } else if (reply.kind === 'refused') return this.register(run);
      this.again(run);
    });
  }
  private waits(): boolean {
    for (const o of this.world.state.orders.values()) if (o.runnerId === this.runnerId) return true;
    return false;
  }
  private get credential(): Credential {
    return { token: this.token };
  }
  private flush(): void {
    if (this.sending || this.outbox.length === 0) return;
    const { run } = this;
    const reports = this.outbox.slice(0, 20);
    this.sending = true;
    this.world.network.call(this.node, this.credential, 'runners.report', { id: this.runnerId, reports }, (reply) => {
      if (run !== this.run) return;
      this.sending = false;
      if (reply.kind !== 'lost') this.outbox.splice(0, reports.length);
    });
  }

  private take(order: RunnerOrder): void {
    if (this.seen.has(order.orderId)) {
      if (!this.done.includes(order.orderId)) this.done.push(order.orderId);
      return;
    }
    this.seen.add(order.orderId);
    this.done.push(order.orderId);
    if (order.kind === 'launch') this.launch(order);
    else if (order.kind === 'stop') this.stop(order);
    else this.desk.take(order);
  }
  private launch({ agentId, epoch, token, restore }: Of<'launch'>): void {
    const { world } = this;
    const before = this.held.get(agentId);
    if (before && before.epoch >= epoch) return;
    // what is left of the old epoch ends first
    if (before && !before.gone) this.kill(before);
    if (world.random.chance(world.quiet ? 0 : 0.08)) {
      this.outbox.push({ kind: 'launch-failed', agentId, epoch, error: 'no such command' });
      return;
    }
    const held: Held = { agentId, epoch, gone: false, survivors: 0, killed: false, exitCode: null } as unknown as Held;
    held.agent = new AgentActor(world, {
      id: agentId,
      token,
      epoch,
      parent: null,
      onExit: (code) => this.gone(held, code, null),
      ...(restore !== undefined && { restore }),
    });
    this.held.set(agentId, held);
    this.outbox.push({ kind: 'started', agentId, epoch, pid: 100, startTime: '7', containment: this.containment });
  }
  private stop({ agentId, epoch, termAtMs, killAtMs }: Of<'stop'>): void {
    const { world, run } = this;
    const held = this.held.get(agentId);
    if (held?.epoch !== epoch) {
      const evidence = {
        containment: this.containment,
        exitCode: null,
        signal: null,
        survivors: 0,
        killed: false,
        detail: 'this runner holds no process of it',
      };
      this.outbox.push({ kind: 'exited', agentId, epoch, evidence });
      return;
    }
    if (held.gone) {
      this.tell(held, null);
      return;
    }
    world.scheduler.at(termAtMs, () => {
      if (run === this.run && !held.gone && !held.agent.term()) world.hit('process ignored TERM');
    });
    world.scheduler.at(killAtMs, () => {
      if (run !== this.run || held.gone) return;
      this.kill(held);
    });
  }
  private kill(held: Held): void {
    held.killed = true;
    held.agent.kill();
    this.gone(held, null, 'SIGKILL');
  }
  /** The main process ended. A process group may leave others behind; they go a little later. */
  private gone(held: Held, exitCode: number | null, signal: string | null): void {
    const { world, run } = this;
    if (held.gone || this.held.get(held.agentId) !== held) return;
    held.gone = true;
    held.exitCode = exitCode;
    held.survivors = this.containment === 'process-group' && world.random.chance(0.4) ? world.random.between(1, 2) : 0;
    this.tell(held, signal);
    const swept = () => {
      if (run !== this.run || held.survivors === 0) return;
      held.survivors -= 1;
      this.tell(held, signal);
      world.scheduler.after(world.random.between(500, 4_000), swept);
    };
    if (held.survivors) world.scheduler.after(world.random.between(500, 4_000), swept);
  }
  private tell({ agentId, epoch, exitCode, survivors, killed }: Held, signal: string | null): void {
    this.outbox.push({ kind: 'exited', agentId, epoch, evidence: { containment: this.containment, exitCode, signal, survivors, killed } });
  }

  /** Everything in memory is gone; the next start sweeps what ran, and is another runner to the server. */
  private crash(): void {
    const { world } = this;
    world.hit('runner restarted');
    world.trace.add(world.nowMs, 'runner dies', this.node);
    for (const h of this.held.values()) h.agent.kill();
    this.held = new Map();
    this.seen = new Set();
    this.done = [];
    this.outbox = [];
    this.sending = false;
    this.desk.forget();
    if (world.random.chance(0.5)) this.runnerId = '';
    this.run += 1;
    const { run } = this;
    world.scheduler.after(world.random.between(200, 8_000), () => (run === this.run ? this.begin() : undefined));
  }
}
/** The server's own runner registers with the project's token. */
const projectToken: Credential = { actor: { kind: 'project', id: 'tok_project' } };
