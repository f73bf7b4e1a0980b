import type { z } from 'zod';
import type { Agent } from '../src/agents/agent.ts';
import type { ProcessEvidence, RunnerOrder, RunnerReport } from '../src/api/inputs.ts';
import * as inputs from '../src/api/inputs.ts';
import type { Barrier } from '../src/coordination/barrier.ts';
import type { Lock } from '../src/coordination/lock.ts';
import { type BudgetUse, emptyUse } from '../src/costs/budget.ts';
import type { Reservation } from '../src/costs/reservation.ts';
import type { DomainError } from '../src/kernel/errors.ts';
import type { EventType, LoggedEvent } from '../src/kernel/events.ts';
import { InvariantError } from '../src/kernel/invariant.ts';
import type { Result } from '../src/kernel/result.ts';
import { createCountedSecrets, createSequentialIds } from '../src/memory/memory-ids.ts';
import { createMemoryStore, type MemoryStoreOptions } from '../src/memory/memory-store.ts';
import type { StopMember } from '../src/stop/stop.ts';
import type { Actor, Command, CommandMap, CommandOutput, CommandType, PricedCostEntry } from '../src/supervisor/commands.ts';
import { createSupervisor } from '../src/supervisor/supervisor.ts';
import { defaultTuning, type Tuning } from '../src/supervisor/work.ts';
import type { Task } from '../src/tasks/task.ts';
import { FakeClock } from './clock.ts';

/** What fills in the defaults of a command, where its input has a schema. */
const schemas = {
  'agents.register': inputs.registerAgentInput,
  'agents.spawn': inputs.spawnAgentInput,
  'agents.heartbeat': inputs.heartbeatInput,
  'agents.finish': inputs.finishAgentInput,
  'agents.events': inputs.agentEventsInput,
  'agents.log': inputs.agentLogInput,
  'agents.pause': inputs.askAgentInput,
  'agents.resume': inputs.askAgentInput,
  'agents.interrupt': inputs.askAgentInput,
  'agents.stop': inputs.stopAgentInput,
  'project.stop': inputs.stopProjectInput,
  'project.reopen': inputs.reopenProjectInput,
  'project.configure': inputs.configureProjectInput,
  'agents.checkpoint': inputs.askCheckpointInput,
  'checkpoints.save': inputs.saveCheckpointInput,
  'checkpoints.restore': inputs.restoreCheckpointInput,
  'checkpoints.rehearse': inputs.rehearseCheckpointInput,
  'cuts.restore': inputs.restoreCutInput,
  'effects.begin': inputs.beginEffectInput,
  'effects.acknowledge': inputs.acknowledgeEffectInput,
  'costs.reserve': inputs.reserveCostInput,
  'costs.release': inputs.releaseReservationInput,
  'costs.adjust': inputs.adjustCostInput,
  'budgets.set': inputs.setBudgetInput,
  'budgets.make': inputs.makeBudgetInput,
  'budgets.edit': inputs.editBudgetInput,
  'budgets.remove': inputs.removeBudgetInput,
  'tasks.add': inputs.addTaskInput,
  'tasks.claim': inputs.claimTasksInput,
  'tasks.complete': inputs.completeTaskInput,
  'tasks.fail': inputs.failTaskInput,
  'tasks.release': inputs.releaseTaskInput,
  'tasks.renew': inputs.renewTaskInput,
  'tasks.cancel': inputs.operateTaskInput,
  'tasks.retry': inputs.operateTaskInput,
  'tasks.force-release': inputs.operateTaskInput,
  'tasks.depend': inputs.dependTaskInput,
  'tasks.prioritise': inputs.updateTaskInput,
  'tasks.edit': inputs.editTaskInput,
  'tasks.accept': inputs.acceptTaskInput,
  'tasks.reject': inputs.rejectTaskInput,
  'tasks.comment': inputs.commentTaskInput,
  'changes.comment': inputs.commentChangeInput,
  'tasks.attach': inputs.addArtefactInput,
  'locks.acquire': inputs.acquireLockInput.extend({ callId: inputs.id.optional() }),
  'locks.release': inputs.releaseLockInput,
  'locks.renew': inputs.renewLockInput,
  'locks.force-release': inputs.forceReleaseLockInput,
  'barriers.wait': inputs.waitBarrierInput.extend({ callId: inputs.id.optional() }),
  'agents.wait': inputs.awaitEndInput.extend({ callId: inputs.id.optional() }),
  'tasks.wait': inputs.awaitEndInput.extend({ callId: inputs.id.optional() }),
  'repositories.register': inputs.registerRepositoryInput,
  'changes.propose': inputs.proposeChangeInput,
  'runners.register': inputs.registerRunnerInput,
  'runners.report': inputs.reportRunnerInput,
} as const satisfies Partial<Record<CommandType, z.ZodType>>;
type Told<T extends CommandType> = T extends keyof typeof schemas ? z.input<(typeof schemas)[T]> : CommandMap[T]['in'];

export const operator: Actor = { kind: 'person', id: 'ann', name: 'Ann' };
export const system: Actor = { kind: 'system', id: 'test' };

/** The command with its defaults filled in. */
export function commandOf<T extends CommandType>(type: T, told: Told<T>, actor: Actor): Command {
  const schema = (schemas as Partial<Record<CommandType, z.ZodType>>)[type];
  return { type, input: schema ? schema.parse(told) : told, actor } as Command;
}
/** A model call that cost one cent, unless told otherwise. */
export const callOf = (agentId: string, eventId: string, over: Partial<PricedCostEntry> = {}): PricedCostEntry => ({
  eventId,
  agentId,
  model: 'model-a',
  provider: null,
  inputTokens: 100,
  outputTokens: 10,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  costNanoUsd: 10_000_000n,
  pricedBy: 'table',
  priceVersion: 'test@1',
  atMs: 0,
  ...over,
});
export const gone = (over: Partial<ProcessEvidence> = {}): ProcessEvidence => ({
  containment: 'cgroup',
  exitCode: 0,
  signal: null,
  survivors: 0,
  killed: false,
  ...over,
});

/** A supervisor on the store in memory with a clock that stands still: what most specs begin with. */
export class TestFleet {
  readonly clock = new FakeClock();
  readonly secrets = createCountedSecrets();
  readonly projectId = 'prj_test';
  readonly store;
  readonly supervisor;

  constructor(crash: Omit<MemoryStoreOptions, 'nowMs'> = {}, tuning: Partial<Tuning> = {}) {
    this.store = createMemoryStore({ nowMs: this.clock.nowMs, ...crash });
    const ports = { store: this.store, ids: createSequentialIds(), secrets: this.secrets };
    this.supervisor = createSupervisor(ports, { ...defaultTuning, ...tuning });
  }
  get state() {
    return this.store.state(this.projectId);
  }

  /** One command; answers its result. */
  async ask<T extends CommandType>(type: T, told: Told<T>, actor: Actor = operator): Promise<Result<CommandOutput<T>>> {
    const { results } = await this.supervisor.executeBatch(this.projectId, [commandOf(type, told, actor)]);
    return results[0] as Result<CommandOutput<T>>;
  }
  /** One command that must succeed; answers its value. */
  async do<T extends CommandType>(type: T, told: Told<T>, actor: Actor = operator): Promise<CommandOutput<T>> {
    const r = await this.ask(type, told, actor);
    if (!r.ok) throw new Error(`${type} was refused: ${JSON.stringify(r.error)}`);
    return r.value;
  }
  /** One command that must be refused; answers why. */
  async refused<T extends CommandType>(type: T, told: Told<T>, actor: Actor = operator): Promise<DomainError> {
    const r = await this.ask(type, told, actor);
    if (r.ok) throw new Error(`${type} was not refused: ${JSON.stringify(r.value)}`);
    return r.error;
  }
  /** Several commands in one transaction. */
  async batch(commands: Command[]): Promise<Result<unknown>[]> {
    return (await this.supervisor.executeBatch(this.projectId, commands)).results;
  }

  /** Registers an agent and lets it report once, so that it runs. */
  async agent(name: string, parentId: string | null = null, more: Partial<Told<'agents.register'>> = {}): Promise<string> {
    const { agentId } = await this.do('agents.register', { name, parentId, ...more });
    await this.beat(agentId);
    return agentId;
  }
  /** `{ lead: { coder: {}, tester: {} } }` → running agents; answers their ids by name. */
  async tree<N extends string = string>(shape: Shape, parentId: string | null = null): Promise<Record<N, string>> {
    const ids: Record<string, string> = {};
    for (const [name, below] of Object.entries(shape)) {
      const id = await this.agent(name, parentId);
      Object.assign(ids, { [name]: id }, await this.tree(below, id));
    }
    return ids as Record<N, string>;
  }
  beat(id: string, more: Partial<Told<'agents.heartbeat'>> = {}) {
    return this.do('agents.heartbeat', { id, ...more });
  }
  /** The agent itself, as an actor. */
  as(id: string): Actor {
    const { epoch, path } = this.agentOf(id);
    return { kind: 'agent', id, epoch, path };
  }

  private runnersStarted = 0;
  /** A runner, a process of its own each time, and an agent whose process it holds. */
  async runner(name = 'local'): Promise<string> {
    const startTime = String(++this.runnersStarted);
    const { runnerId } = await this.do('runners.register', { name, host: 'here', pid: 1, startTime, containment: 'cgroup' });
    return runnerId;
  }
  async launched(name: string, runnerId: string, parentId: string | null = null): Promise<string> {
    const command = { name, command: 'sleep', args: ['600'] };
    const { agentId } = parentId
      ? await this.do('agents.spawn', { id: parentId, ...command })
      : await this.do('agents.launch', { ...command, runnerId });
    const { orders } = await this.poll(runnerId);
    const done = orders.filter((o) => o.kind === 'launch').map((o) => o.orderId);
    await this.report(runnerId, { kind: 'started', agentId, epoch: 1, pid: 100, startTime: '7', containment: 'cgroup' });
    await this.poll(runnerId, done);
    await this.beat(agentId);
    return agentId;
  }
  poll(runnerId: string, done: string[] = []) {
    return this.do('runners.poll', { id: runnerId, done }, { kind: 'runner', id: runnerId, scope: null });
  }
  /** The stop orders that wait for the runner, and are done by being read. */
  async stopOrders(runnerId: string): Promise<Extract<RunnerOrder, { kind: 'stop' }>[]> {
    const { orders } = await this.poll(runnerId);
    const found = orders.filter((o) => o.kind === 'stop');
    await this.poll(
      runnerId,
      found.map((o) => o.orderId),
    );
    return found;
  }
  report(runnerId: string, ...reports: RunnerReport[]) {
    return this.do('runners.report', { id: runnerId, reports }, { kind: 'runner', id: runnerId, scope: null });
  }
  exited(runnerId: string, agentId: string, over: Partial<ProcessEvidence> = {}) {
    return this.report(runnerId, { kind: 'exited', agentId, epoch: 1, evidence: gone(over) });
  }

  /** Lets time pass in steps as the server's stop loop sees it. */
  async pass(ms: number, stepMs = ms): Promise<void> {
    for (let left = ms; left > 0; left -= stepMs) {
      this.clock.pass(Math.min(stepMs, left));
      await this.do('stops.tick', {}, system);
    }
  }
  expire(...agentIds: string[]) {
    return this.do('agents.expire', { agentIds, extendedByMs: 0 }, system);
  }
  sweepOrphans(...agentIds: string[]) {
    return this.do('agents.adopt-orphans', { agentIds, haltTold: 0 }, system);
  }
  spend(...entries: PricedCostEntry[]) {
    return this.do('costs.report', { entries });
  }

  /** Asks for a lock as the agent itself; granted, waiting, or refused. */
  acquire(agentId: string, name: string, more: Partial<Told<'locks.acquire'>> = {}) {
    return this.ask('locks.acquire', { name, agentId, ...more }, this.as(agentId));
  }
  /** The same, granted at once; answers the token. */
  async held(agentId: string, name: string, more: Partial<Told<'locks.acquire'>> = {}): Promise<string> {
    const answer = await this.do('locks.acquire', { name, agentId, ...more }, this.as(agentId));
    if (answer.state !== 'granted') throw new Error(`${agentId} has to wait for ${name}`);
    return answer.token;
  }
  release(agentId: string, name: string, token: string) {
    return this.ask('locks.release', { name, agentId, token }, this.as(agentId));
  }
  arrive(agentId: string, name: string, parties: number, more: Partial<Told<'barriers.wait'>> = {}) {
    return this.ask('barriers.wait', { name, agentId, parties, ...more }, this.as(agentId));
  }
  /** Waits for the end of another agent, or of a task, as the agent itself. */
  waitForAgent(agentId: string, id: string, more: Partial<Told<'agents.wait'>> = {}) {
    return this.ask('agents.wait', { id, agentId, ...more }, this.as(agentId));
  }
  waitForTask(agentId: string, id: string, more: Partial<Told<'tasks.wait'>> = {}) {
    return this.ask('tasks.wait', { id, agentId, ...more }, this.as(agentId));
  }
  sweepCoordination() {
    return this.do('coordination.sweep', {}, system);
  }

  lockOf(name: string): Lock {
    return found(
      [...this.state.locks.values()].find((l) => l.name === name),
      name,
    );
  }
  /** Who holds, in order of token, and who waits, in order of arrival. */
  standing(name: string): { holders: string[]; waiters: string[] } {
    const { holders, waiters } = this.lockOf(name);
    return { holders: holders.map((h) => h.agentId), waiters: waiters.map((w) => w.agentId) };
  }
  barrierOf(name: string): Barrier {
    return found(
      [...this.state.barriers.values()].find((b) => b.name === name),
      name,
    );
  }

  /** Sets money aside; answers the reservation's id. */
  async reserve(agentId: string, amountUsd: string, more: Partial<Told<'costs.reserve'>> = {}): Promise<string> {
    return (await this.do('costs.reserve', { agentId, amountUsd, ...more })).reservationId;
  }
  /** The clock of reservations, as the server's loop is: those whose deadline has come. */
  sweepReservations() {
    const due = [...this.state.reservations.values()].filter((r) => r.state === 'open' && r.expiresAtMs <= this.clock.nowMs());
    return this.do('costs.sweep', { reservationIds: due.map((r) => r.id) }, system);
  }
  reservationOf(id: string): Reservation {
    return found(this.state.reservations.get(id), id);
  }
  useOf(id: string): BudgetUse {
    return this.state.budgetUses.get(id) ?? emptyUse(this.projectId, id);
  }

  agentOf(id: string): Agent {
    return found(this.state.agents.get(id), id);
  }
  taskOf(id: string): Task {
    return found(this.state.tasks.get(id), id);
  }
  tokenOf(taskId: string): string {
    return this.taskOf(taskId).claimToken.toString();
  }
  member(stopId: string, agentId: string): StopMember {
    return found(this.state.stopMembers.get(`${stopId}/${agentId}`), agentId);
  }
  /** Outcome of each member by its name. */
  receipt(stopId: string): Record<string, string | null> {
    const members = [...this.state.stopMembers.values()].filter((m) => m.stopId === stopId);
    return Object.fromEntries(members.map((m) => [m.name, m.outcome]));
  }
  /** The facts of one type, in order. */
  events<T extends EventType>(type: T, subjectId?: string): Extract<LoggedEvent, { type: T }>[] {
    return this.state.events.filter((e) => e.type === type && (!subjectId || e.subjectId === subjectId)) as never;
  }
}
export type Shape = { [name: string]: Shape };

function found<T>(row: T | undefined, id: string): T {
  if (!row) throw new InvariantError(`nothing is stored under ${id}`);
  return row;
}
