import { err, type Result } from '../../src/kernel/result.ts';
import { isSuspect, isSuspectedOrphan, stallMs } from '../../src/orphans/orphan-detector.ts';
import { OrphanSweeper } from '../../src/orphans/orphan-sweeper.ts';
import { StopController } from '../../src/stop/stop-controller.ts';
import type { Actor, Command, CommandMap, CommandOutput, CommandType } from '../../src/supervisor/commands.ts';
import { createSupervisor, type Supervisor } from '../../src/supervisor/supervisor.ts';
import type { Credential, Request } from './messages.ts';
import type { Surroundings } from './surroundings.ts';

/** The process ended at a commit: nobody hears anything, and all that was in memory is gone. */
export class Crash extends Error {}
/** The database did not answer at a commit: callers hear `unavailable`, and the process goes on. */
export class StoreLost extends Error {}

const ticks = { leases: 2_000, stops: 250, tasks: 500, orphans: 5_000, changes: 30_000, coordination: 500, budgets: 1_000 } as const;
type Tick = keyof typeof ticks;

/**
 * One process of the server: the real supervisor behind an inbox that forms batches as the group writer does, and the
 * loops as the server runs them. It can stand still, and it can die and come back with nothing but the store.
 */
export class SimServer {
  private supervisor!: Supervisor;
  private sweeper!: OrphanSweeper;
  private stops!: StopController;
  private inbox: Request[] = [];
  /** Grows with every start: what an earlier process had planned does not happen any more. */
  private run = 0;
  private up = false;
  /** The last sweep was answered: what is left for a second one then is nothing. */
  private swept = false;
  private standsUntilMs = 0;
  private due: Record<Tick, number> = { leases: 0, stops: 0, tasks: 0, orphans: 0, changes: 0, coordination: 0, budgets: 0 };

  constructor(private readonly world: Surroundings) {}

  start(): void {
    const { world } = this;
    const now = world.nowMs;
    this.run += 1;
    this.up = true;
    this.stops = new StopController(async () => this.step());
    this.inbox = [];
    this.supervisor = createSupervisor({ store: world.store, ids: world.ids, secrets: world.secrets }, world.tuning);
    this.sweeper = new OrphanSweeper(
      {
        expired: async (beforeMs) => this.expired(beforeMs),
        orphans: async () => this.orphans(),
      },
      {
        expire: async (agentIds, extendedByMs) => void (await this.system('lease-loop', 'agents.expire', { agentIds, extendedByMs })),
        adopt: async (agentIds, haltTold) => this.adopt(agentIds, haltTold),
      },
      now,
    );
    world.model.supervisorStarted(now);
    for (const name in ticks) this.due[name as Tick] = now + ticks[name as Tick];
    this.loop(this.run);
  }

  /** A request arrives; one that finds nobody is lost. */
  receive(node: string, request: Request): void | Promise<void> {
    const { world } = this;
    world.trace.add(world.nowMs, request.type, node, () => JSON.stringify(request.input, plain));
    if (!this.up) return;
    if (world.nowMs < this.standsUntilMs) {
      const { run } = this;
      world.scheduler.at(this.standsUntilMs, () => (run === this.run ? this.receive(node, request) : undefined));
      return;
    }
    this.inbox.push(request);
    if (this.inbox.length > 1) return;
    if (!world.random.chance(world.batching)) return this.flush();
    const { run } = this;
    world.scheduler.after(world.random.between(1, 60), () => (run === this.run ? this.flush() : undefined));
  }

  private async flush(): Promise<void> {
    const requests = this.inbox;
    this.inbox = [];
    const batch: { request: Request; command: Command }[] = [];
    for (const request of requests) {
      const actor = this.actorOf(request.credential);
      if (!actor) {
        this.world.hit('revoked token refused');
        request.respond(err({ code: 'unauthenticated' }));
      } else batch.push({ request, command: { type: request.type, input: request.input, actor } as Command });
    }
    if (batch.length === 0) return;
    if (batch.length > 1) this.world.hit('several commands in one batch');
    const results = await this.execute(batch.map((b) => b.command));
    if (results === 'crashed') return;
    batch.forEach((b, i) => {
      b.request.respond(results === 'unavailable' ? 'unavailable' : (results[i] as Result<unknown>));
    });
  }

  /** One batch through the supervisor; whatever is no failure of the world is a bug of the core. */
  private async execute(commands: Command[]): Promise<Result<unknown>[] | 'unavailable' | 'crashed'> {
    const { world } = this;
    try {
      world.watcher.before(commands);
      world.tookTear();
      const { results, commit } = await this.supervisor.executeBatch(world.projectId, commands);
      this.stops.committed(commit);
      world.watcher.answered(commands, results);
      return results;
    } catch (e) {
      if (e instanceof Crash) {
        this.crash();
        return 'crashed';
      }
      if (e instanceof StoreLost) return 'unavailable';
      if (world.tookTear()) {
        // read back and found wanting: none of it was committed
        world.hit('torn write refused');
        return 'unavailable';
      }
      world.fail('KERNEL', `${commands.map((c) => c.type).join(', ')} threw ${e instanceof Error ? (e.stack ?? e.message) : String(e)}`);
      return 'unavailable';
    }
  }

  crash(): void {
    const { world } = this;
    this.up = false;
    this.standsUntilMs = 0;
    this.run += 1;
    this.inbox = [];
    world.model.supervisorDied(world.nowMs);
    world.trace.add(world.nowMs, 'supervisor died');
    world.scheduler.after(world.random.between(50, 12_000), () => this.restart());
  }
  restart(): void {
    if (this.up) return;
    this.world.hit('supervisor restarted');
    this.world.trace.add(this.world.nowMs, 'supervisor started');
    this.start();
  }
  /** Ends a standstill and a death at once, for the world that heals. */
  heal(): void {
    if (this.up) this.world.model.supervisorGoesOn(this.world.nowMs);
    this.standsUntilMs = Math.min(this.standsUntilMs, this.world.nowMs);
    this.restart();
  }

  /** Looks at what is due, every quarter of a second; while it stands still nothing is looked at. */
  private loop(run: number): void {
    this.world.scheduler.after(this.world.quiet ? 1_000 : this.world.random.between(250, 1_000), async () => {
      if (run !== this.run) return;
      await this.tick();
      if (run === this.run) this.loop(run);
    });
  }
  private async tick(): Promise<void> {
    const { world } = this;
    const now = world.nowMs;
    if (now < this.standsUntilMs) return;
    if (world.random.chance(world.faults.stall / 5)) {
      this.standsUntilMs = now + world.random.between(1_000, 40_000);
      world.hit('supervisor stalled');
      world.model.supervisorStalls(now, this.standsUntilMs);
      world.trace.add(now, 'supervisor stalls', '', () => `${this.standsUntilMs - now} ms`);
      return;
    }
    const { run } = this;
    for (const name in ticks) {
      const tick = name as Tick;
      if (now < this.due[tick] || run !== this.run) continue;
      this.due[tick] = now + ticks[tick];
      await this[`${tick}Tick`]();
    }
  }
  private async leasesTick(): Promise<void> {
    const { lateMs, extendedByMs } = await this.sweeper.lookAtLeases(this.world.nowMs);
    if (lateMs > stallMs && extendedByMs) this.world.hit('lease extended after a stall');
  }
  private stopsTick(): Promise<void> {
    return this.stops.look(this.world.nowMs);
  }
  /** A step that failed leaves things as they were: something may be open. */
  private async step(): Promise<{ open: number; more: boolean }> {
    return (await this.system('stop-controller', 'stops.tick', {})) ?? { open: 1, more: false };
  }
  private async tasksTick(): Promise<void> {
    const now = this.world.nowMs;
    const taskIds: string[] = [];
    for (const t of this.world.state.tasks.values()) {
      if (t.state === 'claimed' && (t.claimExpiresAtMs ?? 0) <= now) taskIds.push(t.id);
      else if (t.state === 'scheduled' && (t.notBeforeMs ?? 0) <= now) taskIds.push(t.id);
    }
    if (taskIds.length) await this.system('task-loop', 'tasks.sweep', { taskIds });
  }
  private async orphansTick(): Promise<void> {
    const judged = await this.sweeper.sweep();
    if (!judged || !this.swept || !this.up || !this.world.random.chance(0.2)) return;
    // twice equals once: nothing may be left for a second look at the same moment (I-ORPH-4)
    this.world.hit('sweep repeated at once');
    this.world.watcher.expectNothing('I-ORPH-4');
    await this.sweeper.sweep();
    this.world.watcher.expectNothing(null);
  }
  private async coordinationTick(): Promise<void> {
    const { state, nowMs } = this.world;
    let due = false;
    for (const l of state.locks.values()) due ||= l.waiting > 0 || (l.dueAtMs !== null && l.dueAtMs <= nowMs);
    for (const b of state.barriers.values()) due ||= b.dueAtMs !== null;
    for (const w of state.endWatches.values()) due ||= w.waiting > 0;
    if (due) await this.system('coordination-loop', 'coordination.sweep', {});
  }
  private async budgetsTick(): Promise<void> {
    const { state, nowMs } = this.world;
    const reservationIds: string[] = [];
    for (const r of state.reservations.values()) if (r.state === 'open' && r.expiresAtMs <= nowMs) reservationIds.push(r.id);
    if (reservationIds.length) await this.system('budget-loop', 'costs.sweep', { reservationIds });
  }
  private async changesTick(): Promise<void> {
    const now = this.world.nowMs;
    const changeIds: string[] = [];
    for (const c of this.world.state.changes.values()) if (c.expiresAtMs !== null && c.expiresAtMs <= now) changeIds.push(c.id);
    if (changeIds.length) await this.system('change-loop', 'changes.expire', { changeIds });
    for (const c of this.world.state.changes.values())
      if (c.activation?.open) return void (await this.system('changes', 'changes.tick', {}));
  }

  private expired(beforeMs: number): string[] {
    const { agents, leases } = this.world.state;
    const ids: string[] = [];
    for (const a of agents.values()) {
      const lease = leases.get(a.id);
      if (lease && isSuspect(a, lease, beforeMs, 0)) ids.push(a.id);
    }
    return ids;
  }
  private orphans(): string[] {
    const { agents } = this.world.state;
    const ids: string[] = [];
    for (const a of agents.values()) {
      const parent = a.parentId ? agents.get(a.parentId) : undefined;
      if (parent && isSuspectedOrphan(a, parent)) ids.push(a.id);
    }
    return ids;
  }
  private async adopt(agentIds: string[], haltTold: number): Promise<{ halted: number }> {
    const answer = await this.system('orphan-sweeper', 'agents.adopt-orphans', { agentIds, haltTold });
    this.swept = answer !== undefined;
    if (answer?.halted) this.world.hit('orphan sweep halted');
    else if (answer && !answer.stopped && !answer.reparented) this.world.hit('orphan left alone');
    return { halted: answer?.halted ?? haltTold };
  }

  /** A command of a loop; undefined when the store failed, which the next look makes up for (I-ORPH-8). */
  private async system<T extends CommandType>(id: string, type: T, input: CommandMap[T]['in']): Promise<CommandOutput<T> | undefined> {
    if (!this.up) return undefined;
    const actor: Actor = { kind: 'system', id };
    this.world.trace.add(this.world.nowMs, type, id, () => JSON.stringify(input, plain));
    const results = await this.execute([{ type, input, actor } as Command]);
    const result = Array.isArray(results) ? (results[0] as Result<CommandOutput<T>>) : undefined;
    return result?.ok ? result.value : undefined;
  }

  /** As the server's `principals` do: the token names the subject, the subject's row says the rest, at every call. */
  private actorOf(credential: Credential): Actor | undefined {
    if ('actor' in credential) return credential.actor;
    const { state, secrets } = this.world;
    const token = state.tokens.get(secrets.hashOf(credential.token));
    if (!token) return undefined;
    if (token.kind === 'runner') {
      const runner = state.runners.get(token.subjectId);
      return runner && { kind: 'runner', id: runner.id, scope: runner.scope };
    }
    const agent = state.agents.get(token.subjectId);
    if (!agent || agent.epoch !== token.epoch) return undefined;
    return { kind: 'agent', id: agent.id, epoch: agent.epoch, path: agent.path };
  }
}

/** For traces: money as text. */
export const plain = (_: string, v: unknown): unknown => (typeof v === 'bigint' ? v.toString() : v);
