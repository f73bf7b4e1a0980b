import { describe, expect, it } from 'vitest';
import { agentOf, gone } from '../../testing/index.ts';
import type { NewEvent } from '../kernel/events.ts';
import { type AgentState, agentTransitions } from '../kernel/transitions.ts';
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
} from './agent.ts';

/** What the log, the screen and callers read: the facts and refusals word for word. */
const fresh = {
  pausedBy: null,
  interruptReason: null,
  process: 'none',
  processEvidence: null,
  orphanHandled: false,
  orphanIgnoredUntilMs: null,
} as const;
const a = (state: AgentState, over: Partial<Agent> = {}): Agent =>
  agentOf({ id: 'a', projectId: 'p', state, ...fresh, endedAtMs: null, result: null, error: null, ...over });
const facts = (...events: [type: NewEvent['type'], data: object][]) => events.map(([type, data]) => ({ type, subjectId: 'a', data }));
const told = (...events: [type: NewEvent['type'], data: object][]) => ({ ok: true, value: facts(...events) });
const refused = (from: AgentState, to: string, kind = 'agent') => ({
  ok: false,
  error: { code: 'illegal_transition', kind, id: 'a', from, to },
});
const nothing = told();

describe('what a heartbeat tells', () => {
  it.each<[AgentState, Agent['pausedBy'], 'running' | 'paused' | undefined, object]>([
    ['starting', null, undefined, told(['agent.running', { from: 'starting' }])],
    ['starting', null, 'paused', told(['agent.paused', { by: 'agent', reason: '' }])],
    ['starting', 'agent', undefined, told(['agent.paused', { by: 'agent', reason: '' }])],
    ['starting', 'agent', 'running', told(['agent.running', { from: 'starting' }])],
    ['starting', 'operator', 'running', told(['agent.paused', { by: 'operator', reason: '' }])],
    ['lost', null, undefined, told(['agent.running', { from: 'lost' }])],
    ['lost', 'agent', undefined, told(['agent.paused', { by: 'agent', reason: '' }])],
    ['running', null, undefined, nothing],
    ['running', null, 'running', nothing],
    ['running', null, 'paused', told(['agent.paused', { by: 'agent', reason: '' }])],
    ['paused', 'agent', undefined, nothing],
    ['paused', 'agent', 'paused', nothing],
    ['paused', 'agent', 'running', told(['agent.resumed', { reason: '' }])],
    ['paused', 'operator', 'running', nothing],
    ['completed', null, undefined, refused('completed', 'running')],
    ['failed', null, undefined, refused('failed', 'running')],
  ])('%s, paused by %s, that says %s', (state, pausedBy, says, expected) => {
    expect(decideHeartbeat(a(state, { pausedBy }), { state: says })).toEqual(expected);
  });
});

describe('what the verbs of an operator tell', () => {
  it('pause, resume and interrupt carry the reason', () => {
    expect(decidePause(a('running'), 'r')).toEqual(told(['agent.paused', { by: 'operator', reason: 'r' }]));
    expect(decidePause(a('paused', { pausedBy: 'agent' }), 'r')).toEqual(told(['agent.paused', { by: 'operator', reason: 'r' }]));
    expect(decidePause(a('paused', { pausedBy: 'agent' }), 'r', 'budget')).toEqual(told(['agent.paused', { by: 'budget', reason: 'r' }]));
    // whoever holds it for longer is not taken over by a budget, which looks again; a person takes over both
    for (const pausedBy of ['operator', 'budget', 'change'] as const)
      expect(decidePause(a('paused', { pausedBy }), 'r', 'budget')).toEqual(told());
    for (const pausedBy of ['budget', 'change'] as const)
      expect(decidePause(a('paused', { pausedBy }), 'r')).toEqual(told(['agent.paused', { by: 'operator', reason: 'r' }]));
    expect(decidePause(a('lost', { pausedBy: 'operator' }), 'r')).toEqual(told(['agent.paused', { by: 'operator', reason: 'r' }]));
    expect(decideResume(a('paused'), 'r')).toEqual(told(['agent.resumed', { reason: 'r' }]));
    expect(decideInterrupt(a('running'), 'r')).toEqual(told(['agent.interrupted', { reason: 'r' }]));
  });
  it('what goes on already needs no resume', () => {
    expect([decideResume(a('running'), ''), decideResume(a('starting'), '')]).toEqual([nothing, nothing]);
    expect(decideResume(a('lost'), '')).toEqual(refused('lost', 'running'));
  });
  it('a refusal names what was asked', () => {
    expect(decidePause(a('stopping'), '')).toEqual(refused('stopping', 'paused'));
    expect(decideResume(a('completed'), '')).toEqual(refused('completed', 'running'));
    expect(decideInterrupt(a('stopping'), '')).toEqual(refused('stopping', 'interrupted'));
  });
  it('an interruption without a reason is one all the same', () => {
    const told = decideInterrupt(a('running'), '');
    expect(evolveAgent(a('running'), (told.ok && told.value[0]) as NewEvent, 1).interruptReason).toBe('interrupted');
  });
});

describe('what ends and suspicions tell', () => {
  it('a lease that ran out says when', () => {
    expect(decideLost(a('running'), 7)).toEqual(facts(['agent.lost', { leaseExpiredAtMs: 7 }]));
  });
  it.each(['completed', 'failed'] as const)('an agent that %s says so, with its result', (outcome) => {
    expect(decideFinish(a('running'), { outcome, result: 1 })).toEqual({
      ok: true,
      value: { acknowledged: false, events: facts(['agent.ended', { state: outcome, detail: '', result: 1, error: null }]) },
    });
  });
  it('one that stops by itself goes through stopping, under no stop', () => {
    expect(decideFinish(a('running'), { outcome: 'stopped', error: 'e' })).toEqual({
      ok: true,
      value: {
        acknowledged: false,
        events: facts(
          ['agent.stopping', { stopId: null, reason: 'by itself' }],
          ['agent.ended', { state: 'stopped', detail: 'it ended by itself', result: undefined, error: 'e' }],
        ),
      },
    });
  });
  it('of an end that was stated, the same word again is fine and another is refused', () => {
    const again = { ok: true, value: { events: [], acknowledged: false } };
    expect(decideFinish(a('stopped'), { outcome: 'stopped' })).toEqual(again);
    expect(decideFinish(a('killed'), { outcome: 'stopped' })).toEqual(again);
    expect(decideFinish(a('failed'), { outcome: 'failed' })).toEqual(again);
    expect(decideFinish(a('completed'), { outcome: 'stopped' })).toEqual(refused('completed', 'stopped'));
    expect(decideFinish(a('failed'), { outcome: 'stopped' })).toEqual(refused('failed', 'stopped'));
    expect(decideFinish(a('stopped'), { outcome: 'completed' })).toEqual(refused('stopped', 'completed'));
  });
  it('the end of a process says how, also where nothing is known', () => {
    const ended = (over: Parameters<typeof gone>[0]) => decideProcessEnded(a('running', { process: 'running' }), gone(over))[1]?.data;
    expect(ended({ exitCode: 0 })).toEqual({ state: 'completed', detail: 'exit code 0', error: null });
    expect(ended({ exitCode: 3 })).toEqual({ state: 'failed', detail: 'exit code 3', error: 'exit code 3' });
    expect(ended({ exitCode: null, signal: 'SIGTERM' })).toEqual({
      state: 'failed',
      detail: 'ended by SIGTERM',
      error: 'ended by SIGTERM',
    });
    expect(ended({ exitCode: null })).toEqual({ state: 'failed', detail: 'exit code unknown', error: 'exit code unknown' });
    // ended before anybody had seen how: the first evidence is no news, whatever it finds
    expect(decideProcessEnded(a('stopping', { process: 'ended', processEvidence: null }), gone())).toEqual([]);
  });
});

describe('who may register and speak', () => {
  it('says which parent has ended', () => {
    expect(decideRegister([a('completed')], '')).toEqual(refused('completed', 'parent of a new agent', 'parent'));
    expect(decideRegister([a('running')], '')).toEqual({ ok: true, value: null });
  });
  it('says which epoch there is', () => {
    const error = { code: 'version_conflict', kind: 'agent', id: 'a', expected: 1, actual: 2 };
    expect(checkEpoch(a('running', { epoch: 2 }), 1)).toEqual({ ok: false, error });
  });
});

describe('the record after a fact', () => {
  const evolve = (type: NewEvent['type'], data: object, over: Partial<Agent> = {}) =>
    evolveAgent(a('running', { version: 4, ...over }), { type, subjectId: 'a', data } as NewEvent, 9);
  it.each<[NewEvent['type'], object, object]>([
    ['agent.running', { from: 'starting' }, { state: 'running', pausedBy: null }],
    ['agent.paused', { by: 'agent', reason: '' }, { state: 'paused', pausedBy: 'agent' }],
    ['agent.resumed', { reason: '' }, { state: 'running', pausedBy: null }],
    ['agent.interrupted', { reason: 'r' }, { interruptReason: 'r' }],
    ['agent.lost', { leaseExpiredAtMs: 1 }, { state: 'lost' }],
    ['agent.stopping', { stopId: 's', reason: '' }, { state: 'stopping', stopId: 's' }],
    ['agent.process-ended', { evidence: gone() }, { process: 'ended', processEvidence: gone() }],
    ['agent.ended', { state: 'completed', detail: '' }, { state: 'completed', endedAtMs: 9 }],
    ['agent.orphan-ignored', { parentId: 'p', untilMs: 9_000, reason: '' }, { orphanIgnoredUntilMs: 9_000 }],
    ['agent.orphan-handled', { parentId: 'p', action: 'ignore', because: '' }, { orphanHandled: true }],
    ['agent.reparented', { from: 'p', to: 'q', path: ['q', 'a'], sessionId: 'q' }, { parentId: 'q', path: ['q', 'a'], sessionId: 'q' }],
    [
      'agent.attached',
      { runnerId: 'r', pid: 1, pidStartTime: '2', containment: 'cgroup' },
      { runnerId: 'r', pid: 1, pidStartTime: '2', containment: 'cgroup', process: 'running' },
    ],
  ])('%s changes what it says, and the version by one', (type, data, change) => {
    expect(evolve(type, data, { pausedBy: 'operator' })).toEqual({
      ...a('running', { version: 4, pausedBy: 'operator' }),
      ...change,
      version: 5,
    });
  });
  it('I-ORPH-5: a new parent is a new question, the same one is not', () => {
    const moved = (to: string) =>
      evolve('agent.reparented', { from: 'p', to, path: [to, 'a'], sessionId: to }, { parentId: 'p', orphanHandled: true }).orphanHandled;
    expect([moved('p'), moved('q')]).toEqual([true, false]);
  });
  it('an end without a result keeps the one that was told before', () => {
    expect(evolve('agent.ended', { state: 'failed', detail: '' }, { result: 1, error: 'e' })).toMatchObject({ result: 1, error: 'e' });
  });
  it('a stop without a name leaves the fence as it is', () => {
    expect(evolve('agent.stopping', { stopId: null, reason: '' }, { stopId: 's' }).stopId).toBe('s');
  });
  it('a fact about something else changes nothing, not even the version', () => {
    const before = a('running');
    expect(evolveAgent(before, { type: 'stop.done', subjectId: 's', data: { members: 1, unconfirmed: 0 } }, 9)).toBe(before);
  });
  it('a move that the table does not have says which', () => {
    expect(Object.keys(agentTransitions)).toContain('completed');
    expect(() => evolve('agent.running', { from: 'lost' }, { state: 'completed' })).toThrow(
      'agent a: completed → running by agent.running',
    );
  });
});
