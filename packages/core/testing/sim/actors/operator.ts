import type { Change } from '../../../src/changes/change.ts';
import type { CommandMap, CommandOutput, CommandType } from '../../../src/supervisor/commands.ts';
import type { Task } from '../../../src/tasks/task.ts';
import type { Credential, Reply } from '../messages.ts';
import type { Surroundings } from '../surroundings.ts';
import { AgentActor, draw, drawRestart } from './agent.ts';
import { drawReview } from './planner.ts';
import { drawStop } from './stop-input.ts';

const ann: Credential = { actor: { kind: 'person', id: 'ann', name: 'Ann' } };
const deeds = {
  stop: 12,
  repeatStop: 7,
  dryRun: 2,
  pause: 4,
  resume: 4,
  interrupt: 2,
  root: 4,
  launch: 8,
  addTask: 10,
  forceRelease: 3,
  retry: 4,
  cancel: 2,
  prioritise: 2,
  decide: 8,
  rollback: 1,
  withdraw: 1,
  restore: 7,
  askToSave: 3,
  review: 8,
  freeLock: 1,
  halt: 1,
} as const;

/** People at the screen: they start fleets and end them, in any order, twice, and while others do the same. */
export class Operator {
  private requests = 0;
  constructor(private readonly world: Surroundings) {}

  begin(): void {
    this.again();
  }
  private again(): void {
    const { world } = this;
    world.scheduler.after(world.random.between(200, 5_000), () => {
      if (world.quiet) return;
      if (this.halted && world.random.chance(0.35)) this.reopen();
      else if (world.random.chance(0.4) && this.waiting().length) this.decide();
      else if (world.about === 'loops' && world.random.chance(0.5)) this[world.random.weighted({ restore: 4, askToSave: 3, launch: 3 })]();
      else if (world.random.chance(0.5) && this.inReview().length) this.review();
      else this[world.random.weighted(deeds)]();
      this.again();
    });
  }
  private call<T extends CommandType>(type: T, input: CommandMap[T]['in'], then?: (reply: Reply<CommandOutput<T>>) => void): void {
    this.world.network.call('operator', ann, type, input, then);
  }
  private requestId(): string {
    this.requests += 1;
    return `operator/${this.requests}`;
  }
  private anAgent(): string | undefined {
    return this.world.random.maybe(this.world.agents)?.id;
  }

  stop(): void {
    const id = this.anAgent();
    if (id) this.call('agents.stop', drawStop(this.world.random, id));
  }
  repeatStop(): void {
    const { world } = this;
    const open = [...world.state.stops.values()].filter((s) => s.state === 'stopping');
    const stop = world.random.maybe(open);
    if (!stop?.agentId) return;
    const { agentId } = stop;
    const inside = world.agents.filter((a) => world.state.agents.get(a.id)?.path.includes(agentId));
    const target = world.random.chance(0.6) ? agentId : (world.random.maybe(inside)?.id ?? agentId);
    this.call('agents.stop', drawStop(world.random, target), (reply) => {
      if (reply.kind === 'ok') world.hit('stop repeated');
    });
  }
  dryRun(): void {
    const id = this.anAgent();
    if (id)
      this.call('agents.stop', { id, mode: 'graceful', graceMs: 5_000, killConfirmMs: 500, reason: '', dryRun: true }, (reply) => {
        if (reply.kind === 'ok' && reply.value.preview) this.world.hit('stop dry run');
      });
  }
  pause(): void {
    this.ask('agents.pause');
  }
  resume(): void {
    this.ask('agents.resume');
  }
  interrupt(): void {
    this.ask('agents.interrupt');
  }
  private ask(type: 'agents.pause' | 'agents.resume' | 'agents.interrupt'): void {
    const id = this.anAgent();
    if (id) this.call(type, { id, reason: '', subtree: this.world.random.chance(0.5) });
  }
  /** A fleet that nobody's runner started: it registers and connects by itself. */
  root(): void {
    const { world } = this;
    if (world.agents.length >= world.mostAgents) return;
    const input = { name: 'root', requestId: this.requestId(), ...draw(world) };
    const register = (tries: number) =>
      this.call('agents.register', input, (reply) => {
        if (reply.kind === 'lost' && tries > 0) register(tries - 1);
        if (reply.kind === 'ok' && !world.agents.some((a) => a.id === reply.value.agentId))
          new AgentActor(world, { id: reply.value.agentId, token: reply.value.token, epoch: reply.value.epoch, parent: null });
      });
    register(3);
  }
  /** One parent with many children that leaves before them: more orphans at once than a sweep may take. */
  fan(): void {
    const { world } = this;
    this.call('agents.register', { name: 'fan', requestId: this.requestId() }, (reply) => {
      if (reply.kind !== 'ok') return;
      const parent = new AgentActor(world, { id: reply.value.agentId, token: reply.value.token, epoch: 1, parent: null });
      for (let n = world.random.between(9, 13); n > 0; n--)
        this.call('agents.register', { name: 'child', parentId: parent.id, requestId: this.requestId(), ...draw(world) }, (child) => {
          if (child.kind === 'ok') new AgentActor(world, { id: child.value.agentId, token: child.value.token, epoch: 1, parent });
        });
      world.scheduler.after(world.random.between(300, 3_000), () => parent.leave());
    });
  }
  launch(): void {
    const { world } = this;
    const runner = world.random.maybe(world.runners.filter((r) => r.runnerId));
    if (runner && world.agents.length < world.mostAgents)
      this.call('agents.launch', {
        name: 'launched',
        command: 'work',
        args: [],
        runnerId: runner.runnerId,
        requestId: this.requestId(),
        ...draw(world),
        ...drawRestart(world),
      });
  }
  addTask(): void {
    const { world } = this;
    const { random } = world;
    const dependsOn = random.chance(0.3) && world.taskIds.length ? [random.pick(world.taskIds)] : [];
    const input = {
      title: 'a task',
      priority: random.int(3),
      dependsOn,
      maxAttempts: random.between(1, 2),
      labels: random.chance(0.3) ? ['code'] : [],
      requestId: this.requestId(),
      ...drawReview(random),
    };
    this.call('tasks.add', input, (reply) => {
      if (reply.kind === 'ok' && !world.taskIds.includes(reply.value.taskId)) world.taskIds.push(reply.value.taskId);
    });
  }
  forceRelease(): void {
    const held = [...this.world.state.tasks.values()].filter((t) => t.state === 'claimed');
    this.operate('tasks.force-release', this.world.random.maybe(held)?.id);
  }
  retry(): void {
    const dead = [...this.world.state.tasks.values()].filter(
      (t) => t.state === 'dead-letter' || t.state === 'failed' || t.state === 'cancelled',
    );
    this.operate('tasks.retry', this.world.random.maybe(dead)?.id);
  }
  cancel(): void {
    this.operate('tasks.cancel', this.world.random.maybe(this.world.taskIds));
  }
  private operate(type: 'tasks.force-release' | 'tasks.retry' | 'tasks.cancel', id: string | undefined): void {
    if (id) this.call(type, { id, reason: '' });
  }
  prioritise(): void {
    const id = this.world.random.maybe(this.world.taskIds);
    if (id) this.call('tasks.prioritise', { id, priority: this.world.random.int(4) });
  }
  private waiting(): Change[] {
    const { changes } = this.world.state;
    return changes.size ? [...changes.values()].filter((c) => c.state === 'awaiting-approval') : [];
  }
  /** Approves or rejects what waits, sometimes on a hash that it saw some time ago. */
  decide(): void {
    const { world } = this;
    const change = world.random.maybe(this.waiting());
    if (!change) return;
    const diffHash = world.random.chance(0.85) ? (change.diffHash ?? '') : 'h0';
    const type = world.random.chance(0.85) ? 'changes.approve' : 'changes.reject';
    this.call(type, { id: change.id, diffHash, comment: '' }, (reply) => {
      if (reply.kind === 'refused' && reply.error.code === 'approval_stale') world.hit('approval stale');
    });
  }
  rollback(): void {
    const change = this.world.random.maybe([...this.world.state.changes.values()].filter((c) => c.state === 'merged'));
    if (change) this.call('changes.rollback', { id: change.id, diffHash: change.diffHash ?? '', comment: '' });
  }
  withdraw(): void {
    const change = this.world.random.maybe([...this.world.state.changes.values()]);
    if (change) this.call('changes.withdraw', { id: change.id, reason: '' });
  }
  /** An agent again from what it saved, in a new epoch, or another one beside it; the old process may live on. */
  restore(): void {
    const { world } = this;
    const row = world.random.maybe([...world.state.checkpoints.values()]);
    if (!row || world.agents.length >= 2 * world.mostAgents) return;
    if (world.random.chance(world.faults.rot)) world.rot(row.checkpoint.id);
    const mode = world.random.chance(0.75) ? 'restore' : 'fork';
    const relaunch = world.state.launches.has(row.checkpoint.agentId) && world.random.chance(0.6);
    this.call('checkpoints.restore', { id: row.checkpoint.id, mode, relaunch, requestId: this.requestId() }, (reply) => {
      if (reply.kind === 'refused' && reply.error.code === 'corrupt') world.hit('corrupt checkpoint refused');
      if (reply.kind !== 'ok' || reply.value.launched) return;
      const { agentId, epoch, token } = reply.value;
      new AgentActor(world, { id: agentId, token, epoch, parent: null, from: reply.value });
    });
  }
  askToSave(): void {
    const id = this.anAgent();
    if (id) this.call('agents.checkpoint', { id, reason: 'before the upgrade', subtree: this.world.random.chance(0.5) });
  }
  private inReview(): Task[] {
    return [...this.world.state.tasks.values()].filter((t) => t.state === 'in-review');
  }
  /** Shows what is missing, takes work or sends it back; some take it although something is missing. */
  review(): void {
    const { random } = this.world;
    const task = random.maybe(this.inReview());
    if (!task) return;
    const shown = { kind: 'diff', name: 'a.patch', content: '+1', requestId: this.requestId() };
    if (!task.review && random.chance(0.6)) this.call('tasks.attach', { id: task.id, ...shown });
    else if (random.chance(0.3)) this.call('tasks.reject', { id: task.id, reason: 'no tests' });
    else {
      const override = random.chance(0.3);
      this.call('tasks.accept', { id: task.id, override, reason: override ? 'seen it run' : '' });
    }
  }
  /** The emergency stop, and the same once more, by somebody who did not hear of the first. */
  halt(): void {
    const { world } = this;
    const { id: _, dryRun: __, expectEpoch: ___, ...input } = { expectEpoch: 0, ...drawStop(world.random, '') };
    const before = this.halted;
    this.call('project.stop', input, (reply) => {
      if (reply.kind !== 'ok') return;
      if (before && reply.value.stopId === before) world.hit('emergency stop repeated');
      if (world.random.chance(0.5)) this.call('project.stop', input);
      this.call('agents.register', { name: 'too late', requestId: this.requestId() }, (late) => {
        if (late.kind === 'refused' && late.error.code === 'fenced') world.hit('start refused by an emergency stop');
      });
    });
  }
  private reopen(): void {
    this.call('project.reopen', { reason: 'all clear' });
  }
  private get halted(): string | null {
    return this.world.state.settings.get(this.world.projectId)?.haltedBy ?? null;
  }
  freeLock(): void {
    const lock = this.world.random.maybe([...this.world.state.locks.values()].filter((l) => l.holders.length));
    if (lock) this.call('locks.force-release', { name: lock.name, reason: 'it is needed' });
  }
  repository(): void {
    const activation = this.world.random.chance(0.5) ? { healthCheck: 'smoke', healthCheckMs: 5_000, quiesceMs: 20_000 } : null;
    const quiesce = this.world.random.pick(['proposer', 'subtree', 'session', 'none'] as const);
    const rules = { activation: activation && { ...activation, quiesce } };
    this.call('repositories.register', { name: 'code', path: '/code', branch: 'main', gates: { test: 'test' }, rules } as never);
  }
}
