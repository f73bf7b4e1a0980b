import type { ContainmentLevel, OnParentExit, ProcessEvidence } from '../api/inputs.ts';
import type { DomainError } from '../kernel/errors.ts';
import type { EventOf, NewEvent } from '../kernel/events.ts';
import { InvariantError } from '../kernel/invariant.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { type AgentState, agentTransitions, canMove, isFinalAgent } from '../kernel/transitions.ts';
import type { Limits } from './limits.ts';

/** One live execution in the tree. Immutable; `evolveAgent` makes the next one. */
export type Agent = {
  id: string;
  projectId: string;
  parentId: string | null;
  /** From the root to the agent itself. */
  path: string[];
  /** Budgets that go on to count it, root first: of ancestors that it was moved away from (I-ORPH-6). */
  chargedTo: string[];
  sessionId: string;
  name: string;
  kind: string;
  role: string | null;
  model: string | null;
  state: AgentState;
  epoch: number;
  version: number;
  budgetNanoUsd: bigint | null;
  onParentExit: OnParentExit | null;
  metadata: Record<string, unknown>;
  runnerId: string | null;
  containment: ContainmentLevel | null;
  pid: number | null;
  pidStartTime: string | null;
  /** The process a runner holds for it: it must be seen gone before the agent has ended. */
  process: 'none' | 'launching' | 'running' | 'ended';
  processEvidence: ProcessEvidence | null;
  /** `change`: held still while a change of its code is put to use; whoever put it to use lets it go. */
  pausedBy: 'operator' | 'agent' | 'budget' | 'change' | null;
  interruptReason: string | null;
  stopId: string | null;
  /** Acknowledged a stop before it may end (its children are still there). */
  acknowledged: boolean;
  orphanHandled: boolean;
  /** Until when an operator leaves it where it is, though its parent is gone. */
  orphanIgnoredUntilMs: number | null;
  /** Tighter bounds than the project's, for the session whose root this is. */
  limits: Partial<Limits> | null;
  leaseMs: number;
  createdAtMs: number;
  endedAtMs: number | null;
  result: unknown;
  error: string | null;
  /** The caller's key, unique in the project. */
  requestId: string | null;
};

/**
 * Every agent whose budget counts what this one spends: those of its path, and those that it was moved away from.
 *
 * Use it for budgets alone; rollups follow the path.
 *
 * @example
 * chargedOf({ path: ['lead', 'a'], chargedTo: ['old'] }); // → ['old', 'lead', 'a']
 */
export const chargedOf = (a: Pick<Agent, 'path' | 'chargedTo'>): string[] => (a.chargedTo.length ? [...a.chargedTo, ...a.path] : a.path);

/**
 * The stop under which `path` stands, if any: the first ancestor, root first, that carries one. A fence outlives its
 * stop: nothing is started again under an agent that was stopped (I-STOP-1, I-STOP-8).
 *
 * Use it before anything starts or restarts under an agent; whether a stop is still under way is the stop's own state.
 *
 * @example
 * const [root, child] = [agentOf({ id: 'a', projectId: 'p', stopId: 'stp_1' }), agentOf({ id: 'b', projectId: 'p' })];
 * fenceOf([root, child]); // → { stopId: 'stp_1' }
 * fenceOf([child]); // → undefined
 */
export function fenceOf(path: readonly Agent[]): { stopId: string } | undefined {
  for (const a of path) if (a.stopId) return { stopId: a.stopId };
  return undefined;
}

/**
 * Whether a child may be registered under `ancestors` (root first, parent last). Refuses with `fenced` below a stop,
 * for which it gives `fenceReason`, and with `illegal_transition` below a parent that has ended.
 *
 * Use it together with `decideSpawn`, which knows the limits; a root has no ancestors and is never refused here.
 *
 * @example
 * decideRegister([], ''); // → ok(null)
 * decideRegister([agentOf({ id: 'a', projectId: 'p', stopId: 'stp_1' })], 'too dear'); // → err({ code: 'fenced', stopId: 'stp_1', reason: 'too dear' })
 * decideRegister([agentOf({ id: 'a', projectId: 'p', state: 'failed' })], '').ok; // → false
 */
export function decideRegister(ancestors: readonly Agent[], fenceReason: string): Result<null> {
  const fence = fenceOf(ancestors);
  if (fence) return err({ code: 'fenced', stopId: fence.stopId, reason: fenceReason });
  const parent = ancestors.at(-1);
  if (parent && isFinalAgent(parent.state))
    return err({ code: 'illegal_transition', kind: 'parent', id: parent.id, from: parent.state, to: 'parent of a new agent' });
  return ok(null);
}

const illegal = (a: Agent, to: string): DomainError => ({ code: 'illegal_transition', kind: 'agent', id: a.id, from: a.state, to });
const about = <T extends NewEvent['type']>(type: T, a: Agent, data: EventOf<T>['data']): NewEvent =>
  ({ type, subjectId: a.id, data }) as unknown as NewEvent;

/**
 * Refuses a caller that speaks for another run of this agent, with `version_conflict`; one that names no epoch passes.
 *
 * Use it where a call is taken from an agent or of its process: what an older run says late must not count for the new
 * one.
 *
 * @example
 * const agent = agentOf({ id: 'a', projectId: 'p', epoch: 2 });
 * checkEpoch(agent, 2).ok; // → true
 * checkEpoch(agent, 1); // → err({ code: 'version_conflict', kind: 'agent', id: 'a', expected: 1, actual: 2 })
 */
export function checkEpoch(agent: Agent, epoch: number | undefined): Result<null> {
  if (epoch !== undefined && epoch !== agent.epoch)
    return err({ code: 'version_conflict', kind: 'agent', id: agent.id, expected: epoch, actual: agent.epoch });
  return ok(null);
}

/**
 * A heartbeat: starting and lost agents run again unless they are fenced; a pause by an operator is not undone by the
 * agent. Agents that ended by their own word are refused; stopped ones are told to stop once more by the caller.
 *
 * Use it for the state alone: the lease is renewed by every accepted beat, whatever this answers.
 *
 * @example
 * const lost = agentOf({ id: 'a', projectId: 'p', state: 'lost', pausedBy: null });
 * decideHeartbeat(lost, {}); // → ok([{ type: 'agent.running', subjectId: 'a', data: { from: 'lost' } }])
 * decideHeartbeat({ ...lost, state: 'running' }, {}); // → ok([])
 * decideHeartbeat({ ...lost, state: 'failed' }, {}).ok; // → false
 */
export function decideHeartbeat(agent: Agent, beat: { state?: 'running' | 'paused' | undefined }): Result<NewEvent[]> {
  switch (agent.state) {
    case 'starting':
    case 'lost':
      if (isHeldPaused(agent) || (beat.state ?? (agent.pausedBy ? 'paused' : 'running')) === 'paused')
        return ok([about('agent.paused', agent, { by: agent.pausedBy ?? 'agent', reason: '' })]);
      return ok([about('agent.running', agent, { from: agent.state })]);
    case 'running':
      return ok(beat.state === 'paused' ? [about('agent.paused', agent, { by: 'agent', reason: '' })] : []);
    case 'paused':
      return ok(beat.state === 'running' && agent.pausedBy === 'agent' ? [about('agent.resumed', agent, { reason: '' })] : []);
    case 'stopping':
    case 'unconfirmed':
    case 'stopped':
    case 'killed':
      return ok([]);
    case 'completed':
    case 'failed':
      return err(illegal(agent, 'running'));
  }
}

/**
 * Whether it waits by another's word than its own: no heartbeat of its own ends that.
 *
 * Use it for the directive of its heartbeat reply.
 *
 * @example
 * isHeldPaused({ pausedBy: 'operator' }); // → true
 * isHeldPaused({ pausedBy: 'agent' }); // → false
 */
export const isHeldPaused = (agent: Pick<Agent, 'pausedBy'>): boolean => agent.pausedBy !== null && agent.pausedBy !== 'agent';

/**
 * An operator's pause, which no heartbeat ends. Refuses with `illegal_transition` what is ending or has ended; asked
 * twice it is one fact.
 *
 * Use it for what an operator asks; a pause that the agent makes by itself comes with its heartbeat.
 *
 * @example
 * const agent = agentOf({ id: 'a', projectId: 'p', state: 'running' });
 * decidePause(agent, 'looking'); // → ok([{ type: 'agent.paused', subjectId: 'a', data: { by: 'operator', reason: 'looking' } }])
 * decidePause({ ...agent, state: 'paused', pausedBy: 'operator' }, 'looking'); // → ok([])
 */
export function decidePause(agent: Agent, reason: string, by: 'operator' | 'budget' = 'operator'): Result<NewEvent[]> {
  // a pause that the agent made by itself becomes the operator's: the agent cannot end it any more; a budget takes over none of
  // somebody else, and looks again once that is over
  const isHeld = agent.pausedBy === 'operator' || agent.pausedBy === by || (by === 'budget' && agent.pausedBy === 'change');
  if (agent.state === 'paused' && isHeld) return ok([]);
  if (agent.state !== 'paused' && !canMove(agentTransitions, agent.state, 'paused')) return err(illegal(agent, 'paused'));
  return ok([about('agent.paused', agent, { by, reason })]);
}

/**
 * Ends a pause, whoever made it. Refuses with `illegal_transition` what is neither paused nor at work already.
 *
 * Use it for what an operator asks: it is the only way out of an operator's pause.
 *
 * @example
 * const agent = agentOf({ id: 'a', projectId: 'p', state: 'paused' });
 * decideResume(agent, 'go on'); // → ok([{ type: 'agent.resumed', subjectId: 'a', data: { reason: 'go on' } }])
 * decideResume({ ...agent, state: 'running' }, ''); // → ok([])
 * decideResume({ ...agent, state: 'lost' }, '').ok; // → false
 */
export function decideResume(agent: Agent, reason: string): Result<NewEvent[]> {
  if (agent.state === 'running' || agent.state === 'starting') return ok([]);
  if (agent.state !== 'paused') return err(illegal(agent, 'running'));
  return ok([about('agent.resumed', agent, { reason })]);
}

/**
 * Asks an agent to drop what it does and to look up, without a change of its state. Refuses with `illegal_transition`
 * what is ending or has ended; the same reason, before the agent heard of it, is one interruption.
 *
 * Use it to say something to an agent that should go on; to end it there is the stop.
 *
 * @example
 * const agent = agentOf({ id: 'a', projectId: 'p', interruptReason: null });
 * decideInterrupt(agent, 'new plan'); // → ok([{ type: 'agent.interrupted', subjectId: 'a', data: { reason: 'new plan' } }])
 * decideInterrupt({ ...agent, interruptReason: 'new plan' }, 'new plan'); // → ok([])
 */
export function decideInterrupt(agent: Agent, reason: string): Result<NewEvent[]> {
  if (isFinalAgent(agent.state) || agent.state === 'stopping' || agent.state === 'unconfirmed') return err(illegal(agent, 'interrupted'));
  // asked again before the agent heard of it: one interruption, not two
  if (agent.interruptReason === (reason || 'interrupted')) return ok([]);
  return ok([about('agent.interrupted', agent, { reason })]);
}

/**
 * Lease over: suspicion, never an end (I-ORPH-2). Says nothing of an agent that is lost already, is ending or has
 * ended.
 *
 * Use it once `isExpired` was read again inside the transaction.
 *
 * @example
 * const agent = agentOf({ id: 'a', projectId: 'p', state: 'running' });
 * decideLost(agent, 5_000); // → [{ type: 'agent.lost', subjectId: 'a', data: { leaseExpiredAtMs: 5_000 } }]
 * decideLost({ ...agent, state: 'stopping' }, 5_000); // → []
 */
export function decideLost(agent: Agent, leaseExpiredAtMs: number): NewEvent[] {
  return canMove(agentTransitions, agent.state, 'lost') ? [about('agent.lost', agent, { leaseExpiredAtMs })] : [];
}

/**
 * The agent's own word that it ends. Without a stop it is final at once. Under a stop it is an acknowledgement: the end
 * is the stop's to state, once every descendant has ended (I-STOP-4) and a process that we hold is seen gone. The same
 * end told twice is fine; another one is refused with `illegal_transition`.
 *
 * Use it for the agent's own word; what a runner saw of its process goes to `decideProcessEnded`.
 *
 * @example
 * const agent = agentOf({ id: 'a', projectId: 'p', state: 'running' });
 * const told = decideFinish(agent, { outcome: 'completed', result: 42 });
 * told.ok && told.value.events[0].data.state; // → 'completed'
 * decideFinish({ ...agent, state: 'stopping' }, { outcome: 'completed' }); // → ok({ events: [], acknowledged: true })
 * decideFinish({ ...agent, state: 'completed' }, { outcome: 'failed' }).ok; // → false
 */
export function decideFinish(
  agent: Agent,
  cmd: { outcome: 'completed' | 'failed' | 'stopped'; result?: unknown; error?: string | undefined },
): Result<{ events: NewEvent[]; acknowledged: boolean }> {
  if (agent.state === 'stopping' || agent.state === 'unconfirmed') return ok({ events: [], acknowledged: true });
  if (isFinalAgent(agent.state)) {
    // the same end told twice (a lost reply) is fine, another one is not
    const same = agent.state === cmd.outcome || (agent.state === 'killed' && cmd.outcome === 'stopped');
    return same ? ok({ events: [], acknowledged: false }) : err(illegal(agent, cmd.outcome));
  }
  const ended = about('agent.ended', agent, {
    state: cmd.outcome,
    detail: cmd.outcome === 'stopped' ? 'it ended by itself' : '',
    result: cmd.result,
    error: cmd.error ?? null,
  });
  if (cmd.outcome !== 'stopped') return ok({ events: [ended], acknowledged: false });
  return ok({ events: [about('agent.stopping', agent, { stopId: null, reason: 'by itself' }), ended], acknowledged: false });
}

/**
 * A runner saw the process of the agent end; or, of what had survived that end, that fewer are left now. Under a stop
 * the process's end is evidence alone: the stop states the end of the agent.
 *
 * Use it for what a runner reports; nobody may refuse what was seen, so there are no errors.
 *
 * @example
 * const agent = agentOf({ id: 'a', projectId: 'p', state: 'running', process: 'running' });
 * decideProcessEnded(agent, gone({ exitCode: 1 })).map((e) => e.type); // → ['agent.process-ended', 'agent.ended']
 * decideProcessEnded({ ...agent, state: 'stopping' }, gone()).map((e) => e.type); // → ['agent.process-ended']
 */
export function decideProcessEnded(agent: Agent, evidence: ProcessEvidence): NewEvent[] {
  if (agent.process === 'ended' && evidence.survivors >= (agent.processEvidence?.survivors ?? 0)) return [];
  const events = [about('agent.process-ended', agent, { evidence })];
  if (isFinalAgent(agent.state) || agent.state === 'stopping' || agent.state === 'unconfirmed') return events;
  const good = evidence.exitCode === 0;
  const how = evidence.signal ? `ended by ${evidence.signal}` : `exit code ${evidence.exitCode ?? 'unknown'}`;
  events.push(about('agent.ended', agent, { state: good ? 'completed' : 'failed', detail: how, error: good ? null : how }));
  return events;
}

/** The agent at the first moment of its new epoch: nothing of the old one's process, pause or end is left. */
const inNewEpoch = (agent: Agent, epoch: number): Agent => ({
  ...agent,
  state: 'starting',
  epoch,
  version: agent.version + 1,
  runnerId: null,
  containment: null,
  pid: null,
  pidStartTime: null,
  process: 'none',
  processEvidence: null,
  pausedBy: null,
  interruptReason: null,
  acknowledged: false,
  orphanHandled: false,
  orphanIgnoredUntilMs: null,
  endedAtMs: null,
  result: null,
  error: null,
});

/**
 * Applies one fact, at `atMs`; each that concerns the agent makes its `version` one more. Throws `InvariantError` on a
 * move that the table of transitions does not have.
 *
 * Use it to fold facts into the record that the same transaction stores.
 *
 * @example
 * const agent = agentOf({ id: 'a', projectId: 'p', state: 'running', version: 7 });
 * const lost = evolveAgent(agent, decideLost(agent, 5_000)[0], 6_000);
 * [lost.state, lost.version]; // → ['lost', 8]
 * evolveAgent({ ...agent, state: 'killed' }, decideLost(agent, 5_000)[0], 6_000); // → throws
 */
export function evolveAgent(agent: Agent, event: NewEvent, atMs: number): Agent {
  const to = (state: AgentState, more: Partial<Agent> = {}): Agent => {
    if (agent.state !== state && !canMove(agentTransitions, agent.state, state))
      throw new InvariantError(`agent ${agent.id}: ${agent.state} → ${state} by ${event.type}`);
    return { ...agent, ...more, state, version: agent.version + 1 };
  };
  switch (event.type) {
    case 'agent.running':
      return to('running', { pausedBy: null });
    case 'agent.attached': {
      const { runnerId, pid, pidStartTime, containment } = event.data;
      return { ...agent, runnerId, pid, pidStartTime, containment, process: 'running', version: agent.version + 1 };
    }
    case 'agent.paused':
      return to('paused', { pausedBy: event.data.by });
    case 'agent.resumed':
      return to('running', { pausedBy: null });
    case 'agent.let-go':
      return to(agent.state, { pausedBy: null });
    case 'agent.interrupted':
      return { ...agent, interruptReason: event.data.reason || 'interrupted', version: agent.version + 1 };
    case 'agent.lost':
      return to('lost');
    case 'agent.stopping':
      return to('stopping', { stopId: event.data.stopId ?? agent.stopId });
    case 'agent.fenced':
      return { ...agent, stopId: event.data.stopId, version: agent.version + 1 };
    case 'agent.process-ended':
      return { ...agent, process: 'ended', processEvidence: event.data.evidence, version: agent.version + 1 };
    case 'agent.ended':
      return to(event.data.state, { endedAtMs: atMs, result: event.data.result ?? agent.result, error: event.data.error ?? agent.error });
    case 'agent.unconfirmed':
      return to('unconfirmed');
    case 'agent.reparented': {
      const { to: parentId, path, sessionId, chargedTo = agent.chargedTo } = event.data;
      // a new parent, a new question: should this one end too, the policy applies again
      return {
        ...agent,
        parentId,
        path,
        chargedTo,
        sessionId,
        orphanHandled: parentId === agent.parentId && agent.orphanHandled,
        orphanIgnoredUntilMs: parentId === agent.parentId ? agent.orphanIgnoredUntilMs : null,
        version: agent.version + 1,
      };
    }
    case 'agent.restarted':
      return { ...inNewEpoch(agent, event.data.epoch), runnerId: agent.runnerId, process: 'launching' };
    case 'agent.restored':
      // not a move of the table: another epoch begins
      return event.data.launched
        ? { ...inNewEpoch(agent, event.data.epoch), runnerId: agent.runnerId, process: 'launching' }
        : inNewEpoch(agent, event.data.epoch);
    case 'budget.set': {
      const { afterNanoUsd } = event.data;
      return { ...agent, budgetNanoUsd: afterNanoUsd === null ? null : BigInt(afterNanoUsd), version: agent.version + 1 };
    }
    case 'agent.orphan-ignored':
      return { ...agent, orphanIgnoredUntilMs: event.data.untilMs, version: agent.version + 1 };
    case 'agent.orphan-handled':
      return { ...agent, orphanHandled: true, version: agent.version + 1 };
    default:
      return agent;
  }
}
