import { type Agent, evolveAgent, fenceOf } from '../agents/agent.ts';
import type { DomainError } from '../kernel/errors.ts';
import type { NewEvent } from '../kernel/events.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { isFinalAgent } from '../kernel/transitions.ts';
import { defaultSettings, type ProjectSettings } from '../project/project-settings.ts';
import { evolveTask, type Task } from '../tasks/task.ts';
import type { Actor } from './commands.ts';
import type { Ports, Tx } from './ports.ts';

/** What every handler works with: the transaction, the plugs, and the shared steps of reading and recording. */
export type Work = { tx: Tx; ports: Ports; tuning: Tuning };

/** How much is done in one transaction; what is promised does not depend on it. */
export type Tuning = {
  /** A stop of more members is enlisted and stepped by its loop alone, so that its fence and each acknowledgement stay cheap. */
  stopAtOnceUpTo: number;
  /** As many members are enlisted, or stepped, in one turn of that loop: others are to get theirs. */
  stopInOneTurn: number;
};
export const defaultTuning: Tuning = { stopAtOnceUpTo: 500, stopInOneTurn: 400 };

/** A part of the supervisor that acts by itself. */
export const system = (id: string): Actor => ({ kind: 'system', id });
export const actorName = (a: Actor): string => (a.kind === 'person' ? `person:${a.name}` : `${a.kind}:${a.id}`);

const absent = (kind: string, id: string): Result<never> => err<DomainError>({ code: 'not_found', kind, id });

export { absent };

/** Whether the actor's word counts for this agent. Ids are compared whole: `/a2/` is no prefix of `/a22/`. */
export function covers(actor: Actor, agent: Agent): boolean {
  switch (actor.kind) {
    case 'person':
    case 'project':
    case 'system':
      return true;
    case 'agent':
      return agent.path.includes(actor.id);
    case 'runner':
      return agent.runnerId === actor.id;
  }
}

/**
 * A request id belongs to whoever chose it: another caller's equal one is another request. `scope` narrows it further,
 * to the parent of an agent or the proposer of a change.
 */
export const requestKey = (actor: Actor, requestId: string, scope = ''): string => `${actor.kind}:${actor.id}/${scope}/${requestId}`;

/** The agent, if it exists and the actor may touch it; otherwise it is as good as absent. */
export async function agentFor({ tx }: Work, actor: Actor, id: string): Promise<Result<Agent>> {
  const agent = await tx.agents.get(id);
  return agent && covers(actor, agent) ? ok(agent) : absent('agent', id);
}

/** The same for many at once: all are read in one go, and each is then looked up without waiting. */
export async function agentsFor({ tx }: Work, ids: readonly string[]): Promise<(actor: Actor, id: string) => Result<Agent>> {
  const agents = byId(await tx.agents.many(ids));
  return (actor, id) => {
    const agent = agents.get(id);
    return agent && covers(actor, agent) ? ok(agent) : absent('agent', id);
  };
}
export function byId<T extends { id: string }>(rows: readonly T[]): Map<string, T> {
  const map = new Map<string, T>();
  for (const row of rows) map.set(row.id, row);
  return map;
}

/** Refuses what a fenced agent may not do: spawn, claim, acquire, spend, change code (I-STOP-1). */
export async function unfenced(work: Work, agent: Agent): Promise<Result<null>> {
  const { tx } = work;
  const around = byId(await tx.agents.withAncestors([agent.id]));
  const path = agent.path.map((id) => around.get(id)).filter((a) => a !== undefined);
  const fence = await fenceOver(work, path);
  if (fence) return fence;
  if (isFinalAgent(agent.state)) return err({ code: 'illegal_transition', kind: 'agent', id: agent.id, from: agent.state, to: 'working' });
  return ok(null);
}
/** The same for many at once: all that stands above them is read in one go, and each is then judged without waiting. */
export async function fencesOver(work: Work, agentIds: readonly string[]): Promise<(agent: Agent) => Result<null>> {
  const { tx } = work;
  const around = byId(await tx.agents.withAncestors(agentIds));
  const { haltedBy } = await settingsOf(work);
  const stopOf = (agent: Agent): string | null => {
    for (const id of agent.path) {
      const stopId = around.get(id)?.stopId;
      if (stopId) return stopId;
    }
    return haltedBy;
  };
  const stopIds = new Set<string>();
  for (const a of around.values()) {
    const stopId = stopOf(a);
    if (stopId) stopIds.add(stopId);
  }
  const reasons = new Map(stopIds.size ? (await tx.stops.many([...stopIds])).map((s) => [s.id, s.reason]) : []);
  return (agent) => {
    const stopId = stopOf(agent);
    if (stopId) return err({ code: 'fenced', stopId, reason: reasons.get(stopId) ?? '' });
    if (isFinalAgent(agent.state))
      return err({ code: 'illegal_transition', kind: 'agent', id: agent.id, from: agent.state, to: 'working' });
    return free;
  };
}
const free = ok(null);
/** The refusal by the stop under which this path stands, or under which the whole project does; undefined where none. */
export async function fenceOver(work: Work, path: readonly Agent[]): Promise<Result<never> | undefined> {
  const stopId = fenceOf(path)?.stopId ?? (await settingsOf(work)).haltedBy;
  return stopId ? err({ code: 'fenced', stopId, reason: await reasonOf(work.tx, stopId) }) : undefined;
}
/** People, project tokens and the server itself: who may correct and decide for the whole project. */
export const isOperator = (actor: Actor): boolean => actor.kind === 'person' || actor.kind === 'project' || actor.kind === 'system';
export const reasonOf = async (tx: Tx, stopId: string): Promise<string> => (await tx.stops.get(stopId))?.reason ?? '';

/** What an operator decided for the project, or the defaults. */
export const settingsOf = async ({ tx }: Work): Promise<ProjectSettings> =>
  (await tx.settings.get(tx.projectId)) ?? defaultSettings(tx.projectId);

/** Records facts about one agent and its new state. */
export function applyToAgent({ tx }: Work, agent: Agent, events: readonly NewEvent[], actor: Actor): Agent {
  let next = agent;
  for (const e of events) {
    if (e.subjectId === agent.id) next = evolveAgent(next, e, tx.nowMs);
    tx.append(e, actorName(actor));
  }
  if (next !== agent) tx.agents.put(next);
  return next;
}

/** Records facts about one task and its new state. */
export function applyToTask({ tx }: Work, task: Task, events: readonly NewEvent[], actor: Actor): Task {
  let next = task;
  for (const e of events) {
    if (e.subjectId === task.id) next = evolveTask(next, e, tx.nowMs);
    tx.append(e, actorName(actor));
  }
  if (next !== task) tx.tasks.put(next);
  return next;
}

/** Handles the commands of one kind that came in one batch, in order; answers one result each. */
export type Handler<C, O> = (work: Work, commands: readonly C[]) => Promise<Result<O>[]>;
/** A handler for one command at a time. */
export const each =
  <C, O>(one: (work: Work, command: C) => Promise<Result<O>>): Handler<C, O> =>
  async (work, commands) => {
    const out: Result<O>[] = [];
    for (const c of commands) out.push(await one(work, c));
    return out;
  };
