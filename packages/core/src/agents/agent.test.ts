import { describe, expect, it } from 'vitest';
import { gone } from '../../testing/index.ts';
import type { NewEvent } from '../kernel/events.ts';
import { InvariantError } from '../kernel/invariant.ts';
import type { Result } from '../kernel/result.ts';
import { type AgentState, agentTransitions, canMove, finalAgentStates, isFinalAgent, liveAgentStates } from '../kernel/transitions.ts';
import {
  type Agent,
  checkEpoch,
  decideFinish,
  decideHeartbeat,
  decideInterrupt,
  decideLost,
  decidePause,
  decideProcessEnded,
  decideRegister,
  decideResume,
  evolveAgent,
  fenceOf,
} from './agent.ts';

const states = Object.keys(agentTransitions) as AgentState[];
const agent = (over: Partial<Agent> = {}): Agent => ({
  id: 'a',
  projectId: 'p',
  parentId: null,
  path: ['a'],
  chargedTo: [],
  sessionId: 'a',
  name: 'a',
  kind: 'agent',
  role: null,
  model: null,
  state: 'running',
  epoch: 1,
  version: 1,
  budgetNanoUsd: null,
  onParentExit: null,
  metadata: {},
  runnerId: null,
  containment: null,
  pid: null,
  pidStartTime: null,
  process: 'none',
  processEvidence: null,
  pausedBy: null,
  interruptReason: null,
  stopId: null,
  acknowledged: false,
  orphanHandled: false,
  orphanIgnoredUntilMs: null,
  limits: null,
  leaseMs: 15_000,
  createdAtMs: 0,
  endedAtMs: null,
  result: null,
  error: null,
  requestId: null,
  ...over,
});
/** The agent after what was decided; throws when it was refused. */
const evolved = (a: Agent, decided: Result<NewEvent[]> | NewEvent[]): Agent => {
  const events = Array.isArray(decided) ? decided : decided.ok ? decided.value : undefined;
  if (!events) throw new Error(`refused: ${JSON.stringify(decided)}`);
  return events.reduce((now, e) => evolveAgent(now, e, 5), a);
};
const code = (r: Result<unknown>): string => (r.ok ? 'ok' : r.error.code);
/** An event that leads to each state. */
const eventTo: Record<Exclude<AgentState, 'starting'>, NewEvent> = {
  running: { type: 'agent.running', subjectId: 'a', data: { from: 'starting' } },
  paused: { type: 'agent.paused', subjectId: 'a', data: { by: 'operator', reason: '' } },
  lost: { type: 'agent.lost', subjectId: 'a', data: { leaseExpiredAtMs: 0 } },
  stopping: { type: 'agent.stopping', subjectId: 'a', data: { stopId: 's', reason: '' } },
  unconfirmed: { type: 'agent.unconfirmed', subjectId: 'a', data: { detail: '' } },
  stopped: { type: 'agent.ended', subjectId: 'a', data: { state: 'stopped', detail: '' } },
  killed: { type: 'agent.ended', subjectId: 'a', data: { state: 'killed', detail: '' } },
  completed: { type: 'agent.ended', subjectId: 'a', data: { state: 'completed', detail: '' } },
  failed: { type: 'agent.ended', subjectId: 'a', data: { state: 'failed', detail: '' } },
};

describe('the state table of agents', () => {
  it('every move that the table does not have is a bug, and throws', () => {
    for (const from of states)
      for (const [to, event] of Object.entries(eventTo) as [AgentState, NewEvent][]) {
        const move = () => evolveAgent(agent({ state: from }), event, 1);
        if (from === to || canMove(agentTransitions, from, to)) expect(move().state, `${from} → ${to}`).toBe(to);
        else expect(move, `${from} → ${to}`).toThrow(InvariantError);
      }
  });
  it('nothing leads out of a final state, and every state is final, live or unconfirmed', () => {
    for (const s of states) {
      expect(isFinalAgent(s), s).toBe(agentTransitions[s].length === 0);
      expect((finalAgentStates as string[]).includes(s) || (liveAgentStates as string[]).includes(s) || s === 'unconfirmed', s).toBe(true);
    }
  });
  it('I-STOP-9: `stopped` and `killed` are reached through `stopping` or `unconfirmed` alone', () => {
    for (const s of states)
      if (canMove(agentTransitions, s, 'stopped') || canMove(agentTransitions, s, 'killed'))
        expect(['stopping', 'unconfirmed']).toContain(s);
  });
  it('every move makes a new version, and leaves the old record as it was', () => {
    const before = Object.freeze(agent());
    const next = evolved(before, decidePause(before, ''));
    expect([before.version, next.version]).toEqual([1, 2]);
  });
});

describe('a heartbeat', () => {
  it('brings a starting agent to life', () => {
    const a = agent({ state: 'starting' });
    expect(evolved(a, decideHeartbeat(a, {})).state).toBe('running');
  });
  it('I-ORPH-2: refutes that the agent is lost', () => {
    const a = agent({ state: 'lost' });
    expect(evolved(a, decideHeartbeat(a, {})).state).toBe('running');
  });
  it.each(['stopping', 'unconfirmed', 'stopped', 'killed'] as const)('I-STOP-8: changes nothing about an agent that is %s', (state) => {
    expect(decideHeartbeat(agent({ state, stopId: 's' }), {})).toEqual({ ok: true, value: [] });
  });
  it.each(['completed', 'failed'] as const)('is refused from an agent that said it had %s', (state) => {
    expect(code(decideHeartbeat(agent({ state }), {}))).toBe('illegal_transition');
  });
  it('pauses and resumes by the agent’s own word', () => {
    const running = agent();
    const paused = evolved(running, decideHeartbeat(running, { state: 'paused' }));
    expect([paused.state, paused.pausedBy]).toEqual(['paused', 'agent']);
    const on = evolved(paused, decideHeartbeat(paused, { state: 'running' }));
    expect([on.state, on.pausedBy]).toEqual(['running', null]);
  });
  it('does not undo the pause of an operator, not even after the agent was lost', () => {
    const running = agent();
    const paused = evolved(running, decidePause(running, 'wait'));
    expect(evolved(paused, decideHeartbeat(paused, { state: 'running' })).state).toBe('paused');
    const lost = evolved(paused, decideLost(paused, 0));
    const back = evolved(lost, decideHeartbeat(lost, { state: 'running' }));
    expect([back.state, back.pausedBy]).toEqual(['paused', 'operator']);
  });
  it('an agent that paused itself and was lost runs when it says so', () => {
    const running = agent();
    const paused = evolved(running, decideHeartbeat(running, { state: 'paused' }));
    const lost = evolved(paused, decideLost(paused, 0));
    const back = evolved(lost, decideHeartbeat(lost, { state: 'running' }));
    expect([back.state, back.pausedBy]).toEqual(['running', null]);
  });
  it('speaks for its own epoch alone', () => {
    const a = agent({ epoch: 2 });
    expect([code(checkEpoch(a, 1)), code(checkEpoch(a, 2)), code(checkEpoch(a, 3)), code(checkEpoch(a, undefined))]).toEqual([
      'version_conflict',
      'ok',
      'version_conflict',
      'ok',
    ]);
  });
});

describe('pause, resume and interrupt', () => {
  it('an operator takes over the pause that an agent made by itself', () => {
    const self = agent({ state: 'paused', pausedBy: 'agent' });
    const taken = evolved(self, decidePause(self, 'mine'));
    expect(taken.pausedBy).toBe('operator');
    expect(decidePause(taken, 'again')).toEqual({ ok: true, value: [] });
  });
  it('resume lets a paused agent go on, and leaves a running one', () => {
    const paused = agent({ state: 'paused', pausedBy: 'operator' });
    const on = evolved(paused, decideResume(paused, ''));
    expect([on.state, on.pausedBy]).toEqual(['running', null]);
    expect(decideResume(agent(), '')).toEqual({ ok: true, value: [] });
  });
  it.each(['stopping', 'unconfirmed', 'stopped', 'killed', 'completed', 'failed'] as const)(
    'none of them reaches an agent that is %s',
    (state) => {
      const a = agent({ state });
      for (const decide of [decidePause, decideResume, decideInterrupt])
        expect(code(decide(a, '')), decide.name).toBe('illegal_transition');
    },
  );
  it('an interrupt leaves the agent alive', () => {
    const a = agent();
    const told = evolved(a, decideInterrupt(a, 'enough'));
    expect([told.state, told.interruptReason]).toEqual(['running', 'enough']);
  });
});

describe('finish', () => {
  const decided = (a: Agent, outcome: 'completed' | 'failed' | 'stopped') => {
    const r = decideFinish(a, { outcome, result: 42, error: 'why' });
    return r.ok ? r.value : r.error.code;
  };
  it.each(['starting', 'running', 'paused', 'lost'] as const)('is final at once for an agent that is %s', (state) => {
    for (const outcome of ['completed', 'failed', 'stopped'] as const) {
      const r = decided(agent({ state }), outcome);
      if (typeof r === 'string') throw new Error(r);
      const ended = evolved(agent({ state }), r.events);
      expect([ended.state, ended.endedAtMs, ended.result, ended.error]).toEqual([outcome, 5, 42, 'why']);
    }
  });
  it.each(['stopping', 'unconfirmed'] as const)('I-STOP-4: acknowledges while the agent is %s; the end is the stop’s to state', (state) => {
    expect(decided(agent({ state, stopId: 's' }), 'completed')).toEqual({ events: [], acknowledged: true });
  });
  it('told twice, as after a lost reply, it is fine; another end is refused', () => {
    expect(decided(agent({ state: 'completed' }), 'completed')).toEqual({ events: [], acknowledged: false });
    expect(decided(agent({ state: 'completed' }), 'failed')).toBe('illegal_transition');
    expect(decided(agent({ state: 'killed' }), 'stopped')).toEqual({ events: [], acknowledged: false });
    expect(decided(agent({ state: 'killed' }), 'completed')).toBe('illegal_transition');
  });
});

describe('the end of a process', () => {
  const held = agent({ process: 'running' });
  it('ends the agent by its exit code', () => {
    expect(evolved(held, decideProcessEnded(held, gone({ exitCode: 0 }))).state).toBe('completed');
    expect(evolved(held, decideProcessEnded(held, gone({ exitCode: 3 })))).toMatchObject({ state: 'failed', error: 'exit code 3' });
    expect(evolved(held, decideProcessEnded(held, gone({ exitCode: null, signal: 'SIGKILL' }))).error).toBe('ended by SIGKILL');
  });
  it('I-STOP-9: is evidence alone for an agent under a stop', () => {
    const stopping = agent({ process: 'running', state: 'stopping', stopId: 's' });
    expect(evolved(stopping, decideProcessEnded(stopping, gone()))).toMatchObject({ state: 'stopping', process: 'ended' });
  });
  it('told again changes nothing; better evidence of the same end counts', () => {
    const ended = evolved(held, decideProcessEnded(held, gone({ survivors: 0 })));
    expect(decideProcessEnded(ended, gone({ exitCode: 1 }))).toEqual([]);
    const stopping = agent({ process: 'running', state: 'stopping', stopId: 's' });
    const partly = evolved(stopping, decideProcessEnded(stopping, gone({ survivors: 2 })));
    expect(decideProcessEnded(partly, gone({ survivors: 2 }))).toEqual([]);
    expect(evolved(partly, decideProcessEnded(partly, gone({ survivors: 0 }))).processEvidence?.survivors).toBe(0);
  });
});

describe('registering', () => {
  const child = (of: Agent, over: Partial<Agent> = {}) =>
    agent({ id: `${of.id}x`, parentId: of.id, path: [...of.path, `${of.id}x`], ...over });
  it('I-STOP-1: any fence above refuses, the one nearest to the root is named; it outlives its stop', () => {
    const root = agent({ stopId: 'outer', state: 'stopped' });
    const mid = child(root, { stopId: 'inner', state: 'running' });
    expect(fenceOf([root, mid])).toEqual({ stopId: 'outer' });
    expect(decideRegister([root, mid], 'because')).toEqual({ ok: false, error: { code: 'fenced', stopId: 'outer', reason: 'because' } });
  });
  it.each(finalAgentStates)('a parent that has %s takes no more children', (state) => {
    expect(code(decideRegister([agent({ state })], ''))).toBe('illegal_transition');
  });
});

describe('lost', () => {
  it('I-ORPH-2: is a suspicion that live agents alone can be under', () => {
    for (const state of states) {
      const can = ['starting', 'running', 'paused'].includes(state);
      expect(decideLost(agent({ state }), 7).length, state).toBe(can ? 1 : 0);
    }
  });
});
