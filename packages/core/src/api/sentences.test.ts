import { describe, expect, it } from 'vitest';
import { gone } from '../../testing/index.ts';
import { radius } from '../changes/testing-changes.ts';
import { type EventMap, type EventType, subjectKindOf } from '../kernel/events.ts';
import { eventSentence } from './sentences.ts';

const said = <T extends EventType>(type: T, data: EventMap[T], sentence: string): [string, unknown, string] => [type, data, sentence];
const approval = {
  id: 'apr_1',
  by: 'ann',
  byKind: 'person',
  decision: 'approved',
  diffHash: 'h',
  baseSha: 'b',
  candidateSha: 'c',
  gates: '',
  comment: '',
  atMs: 0,
} as const;
const activation = { healthCheck: 'x', healthCheckMs: 1_000, quiesce: 'proposer', quiesceMs: 1_000 } as const;
const comment = { id: 'com_1', by: 'ann', byKind: 'person', body: 'why?', path: 'a.ts', line: null, atMs: 0 } as const;
const gate = { name: 'red-1', on: 'base', exitCode: 1, ms: 12, passed: true, excerpt: '' } as const;

describe('what the Activity page says of a fact', () => {
  it.each([
    said('agent.registered', { name: 'coder', parentId: 'a', role: null }, 'coder was registered'),
    said('agent.registered', { name: 'coder', parentId: 'a', role: 'tester' }, 'coder was registered as tester'),
    said('agent.registered', { name: 'lead', parentId: null, role: 'boss' }, 'lead was registered as a root'),
    said('agent.attached', { runnerId: 'r', pid: 7, pidStartTime: '1', containment: 'cgroup' }, 'runs as process 7 (held by cgroup)'),
    said('agent.running', { from: 'starting' }, 'is running'),
    said('agent.running', { from: 'lost' }, 'is back: its heartbeat arrived'),
    said('agent.paused', { by: 'agent', reason: '' }, 'was paused by itself'),
    said('agent.paused', { by: 'operator', reason: 'lunch' }, 'was paused: lunch'),
    said('agent.resumed', { reason: '' }, 'goes on'),
    said('agent.resumed', { reason: 'back' }, 'goes on: back'),
    said('agent.interrupted', { reason: '' }, 'was asked to end its turn'),
    said('agent.interrupted', { reason: 'wrong way' }, 'was asked to end its turn: wrong way'),
    said('agent.lost', { leaseExpiredAtMs: 0 }, 'is lost: its lease expired without a heartbeat'),
    said('agent.activity', { activity: 'reads' }, 'reads'),
    said('agent.reported', { count: 1, types: ['tool'] }, 'reported 1 event (tool)'),
    said('agent.reported', { count: 4, types: ['a', 'b', 'c', 'd'] }, 'reported 4 events (a, b, c)'),
    said('agent.stopping', { stopId: 's', reason: '' }, 'is fenced and stopping'),
    said('agent.stopping', { stopId: 's', reason: 'enough' }, 'is fenced and stopping: enough'),
    said('agent.process-ended', { evidence: gone({ exitCode: 3 }) }, 'its process ended (exit 3), 0 left in its cgroup'),
    said('agent.process-ended', { evidence: gone({ exitCode: null }) }, 'its process ended (exit ?), 0 left in its cgroup'),
    said(
      'agent.process-ended',
      { evidence: gone({ signal: 'SIGKILL', survivors: 2, containment: 'none' }) },
      'its process ended (SIGKILL), 2 left in its none',
    ),
    said('agent.ended', { state: 'completed', detail: '' }, 'completed'),
    said('agent.ended', { state: 'failed', detail: 'exit code 1' }, 'failed: exit code 1'),
    said('agent.unconfirmed', { detail: 'no word' }, 'could only be fenced: no word'),
    said(
      'agent.orphan-handled',
      { parentId: 'p', action: 'stop', because: 'its parent is failed' },
      'was an orphan (its parent is failed): stop',
    ),
    said(
      'agent.orphan-ignored',
      { parentId: 'p', untilMs: 60_000, reason: 'it ends by itself' },
      'is an orphan, and stays where it is until 1970-01-01T00:01:00.000Z: it ends by itself',
    ),
    said('agent.reparented', { from: 'p', to: 'q', path: [], sessionId: 'q' }, 'moved under q'),
    said('agent.reparented', { from: 'p', to: null, path: [], sessionId: 'a' }, 'moved under no parent'),
    said(
      'stop.accepted',
      { agentId: 'a', mode: 'force', reason: '', graceMs: 0, members: 3, waves: 2 },
      'stop accepted (force): 3 agents in 2 waves',
    ),
    said(
      'stop.accepted',
      { agentId: null, mode: 'drain', reason: 'enough', graceMs: 0, members: 3, waves: 2 },
      'emergency stop accepted (drain): 3 agents in 2 waves, enough',
    ),
    said('stop.strengthened', { mode: 'force', deadlineMs: 0 }, 'stop strengthened to force'),
    said('stop.asked', { agentId: 'a', wave: 1 }, 'asked a to end (wave 1)'),
    said('stop.acknowledged', { agentId: 'a' }, 'a acknowledged the stop'),
    said('stop.escalated', { agentId: 'a' }, 'escalated to KILL for a'),
    said(
      'stop.member-ended',
      {
        agentId: 'a',
        outcome: 'killed',
        evidence: { how: 'process-ended', detail: 'gone', claimsReleased: 0, locksFreed: 0, ordersCancelled: 0 },
      },
      'a: killed (gone)',
    ),
    said('stop.done', { members: 3, unconfirmed: 0 }, 'stop done: 3 agents, every end proved'),
    said('stop.done', { members: 3, unconfirmed: 1 }, 'stop done: 3 agents, 1 unconfirmed'),
    said(
      'orphans.halted',
      { wouldStop: 30, live: 100 },
      'orphan handling halted: 30 of 100 live agents would be orphans; nothing was changed',
    ),
    said('cost.recorded', { entries: 1, nanoUsd: '12345678', unpriced: 0, late: false }, 'spent $0.0123 in 1 call'),
    said(
      'cost.recorded',
      {
        entries: 3,
        nanoUsd: '2000000000',
        unpriced: 0,
        late: false,
        agents: [
          ['a', 2, '1', 0],
          ['b', 1, '2', 0],
        ],
      },
      'and its session (2 agents) spent $2.0000 in 3 calls',
    ),
    said('cost.recorded', { entries: 2, nanoUsd: '2000000000', unpriced: 1, late: true }, 'spent $2.0000 in 2 calls, 1 unpriced (late)'),
    said('cost.conflict', { eventId: 'e' }, 'sent the cost event e again with other content; refused'),
    said('task.added', { title: 'Fix it', state: 'blocked' }, '“Fix it” was added (blocked)'),
    said('task.claimed', { agentId: 'a', token: '1', expiresAtMs: 0, attempt: 2 }, 'claimed by a (attempt 2)'),
    said('task.renewed', { agentId: 'a', expiresAtMs: 0 }, 'lease renewed by a'),
    said('task.completed', { agentId: 'a' }, 'done by a'),
    said('task.attempt-failed', { agentId: 'a', error: '', attempt: 1, next: 'scheduled' }, 'attempt 1 failed; now scheduled'),
    said(
      'task.attempt-failed',
      { agentId: 'a', error: 'x'.repeat(200), attempt: 3, next: 'dead-letter' },
      `attempt 3 failed: ${'x'.repeat(160)}; now dead-letter`,
    ),
    said('task.released', { agentId: 'a', why: 'lease-expired' }, 'returned (lease expired)'),
    said('task.ready', { why: 'dependencies-done' }, 'ready (dependencies done)'),
    said('task.scheduled', { notBeforeMs: 0 }, 'waits until 1970-01-01T00:00:00.000Z'),
    said('task.blocked', { waitingFor: ['t'] }, 'waits for 1 task again'),
    said('task.blocked', { waitingFor: ['t', 'u'] }, 'waits for 2 tasks again'),
    said('task.cancelled', { reason: '' }, 'cancelled'),
    said('task.cancelled', { reason: 'no use' }, 'cancelled: no use'),
    said('task.prioritised', { priority: -3 }, 'priority set to -3'),
    said('task.superseded', { agentId: 'a', token: '4', verb: 'complete' }, 'a late complete with the old token 4 was refused'),
    said('repository.registered', { name: 'demo', path: '/srv/demo' }, 'repository demo registered (/srv/demo)'),
    said('runner.registered', { name: 'local', host: 'here', containment: 'cgroup' }, 'runner local on here (cgroup)'),
    said('project.halted', { stopId: 's', reason: '' }, 'everything is stopped and nothing new starts'),
    said('project.halted', { stopId: 's', reason: 'fire' }, 'everything is stopped and nothing new starts: fire'),
    said('project.reopened', { stopId: 's', reason: '' }, 'open again: agents may start'),
    said('project.reopened', { stopId: 's', reason: 'out' }, 'open again: agents may start: out'),
    said(
      'change.proposed',
      {
        id: 'c',
        projectId: 'p',
        repositoryId: 'r',
        agentId: 'coder',
        agentPath: [],
        title: '',
        reason: '',
        testPatch: '',
        fixPatch: '',
        requestId: null,
        expiresAtMs: 0,
      },
      'Proposed by agent coder',
    ),
    said('change.restarted', { why: 'it crashed' }, 'Verification started anew: it crashed'),
    said('change.assessed', { baseSha: '0123456789abcdef', blastRadius: radius('low') }, 'Assessed on base 0123456789: low, score 20'),
    said('change.isolated', { candidateSha: 'fedcba9876543210', diffHash: 'h', diff: '', branch: 'b' }, 'Isolated as fedcba9876 on b'),
    said('change.gate', { gate }, 'Gate red-1 on the base passed after 12 ms'),
    said('change.gate', { gate: { ...gate, passed: false } }, 'Gate red-1 on the base did not pass after 12 ms'),
    said('change.test-verified', {}, 'The new test fails on the base by assertion and passes on the candidate, twice each'),
    said('change.validated', {}, 'All gates passed'),
    said('change.awaiting-approval', { expiresAtMs: 0 }, 'Waits for a decision'),
    said('change.approved', { approval }, 'Approved by person ann'),
    said('change.approved', { approval: { ...approval, comment: 'y'.repeat(400) } }, `Approved by person ann: ${'y'.repeat(300)}`),
    said('change.endorsed', { approval: { ...approval, by: 'lead', comment: 'good' } }, 'Endorsed by agent lead: good'),
    said('change.rejected', { approval: { ...approval, byKind: 'token', comment: 'no' } }, 'Rejected by token ann: no'),
    said('change.withdrawn', { by: 'coder', reason: '' }, 'Withdrawn by coder'),
    said('change.expired', {}, 'Expired without a decision'),
    said('change.refused', { rule: 'symlink', detail: '' }, 'Refused by the rule symlink'),
    said('change.failed', { error: 'x' }, 'Failed through a fault of the supervisor, not of the change'),
    said('change.merging', {}, 'Merging'),
    said('change.merge-failed', { error: 'x', expiresAtMs: 0 }, 'Not merged; nothing was changed. Approvals are void, decide again'),
    said(
      'change.base-moved',
      { baseSha: '0123456789abcdef', expiresAtMs: 0 },
      'The branch moved to 0123456789: approvals are void, all gates run again',
    ),
    said('change.merged', { mergedSha: '0123456789abcdef' }, 'Merged as 0123456789'),
    said('change.rollback-asked', { by: 'ann', comment: 'broken' }, 'Rollback asked by ann: broken'),
    said('change.rolled-back', { revertSha: '0123456789abcdef' }, 'Rolled back by 0123456789'),
    said('change.rollback-failed', { error: 'x' }, 'The rollback did not happen; the branch is as it was'),
    said('change.activating', { rules: activation, dueAtMs: 1 }, 'Is put to use: waits for the lease of the repository'),
    said('change.leased', { lease: { name: 'repository:r', token: '7' }, dueAtMs: 1 }, 'Holds repository:r with the token 7'),
    said('change.held', { agentIds: ['a', 'b'] }, 'Holds still a, b'),
    said('change.held', { agentIds: Array.from({ length: 21 }, () => 'a') }, `Holds still ${'a, '.repeat(19)}a and others`),
    said('change.quiet', { dueAtMs: 1 }, 'The agents that run this code are at rest'),
    said('change.overdue', { waitingFor: 'the runner' }, 'Took too long, so the agents go on: the runner'),
    said('change.healthy', {}, 'Healthy: the check passed on the merged commit, the agents go on'),
    said('change.unhealthy', { detail: 'exit code 1' }, 'Not healthy, rolls itself back: exit code 1'),
    said('change.thawed', { by: 'chg_2' }, 'The branch is mended: chg_2 was found healthy on it'),
    said('change.commented', { comment }, 'Comment by person ann on a.ts: why?'),
    said('change.commented', { comment: { ...comment, path: null } }, 'Comment by person ann: why?'),
    said('change.rollback-asked', { by: 'system', comment: 'c' }, 'Rollback asked by Reeve itself: c'),
    said('agent.paused', { by: 'change', reason: 'T' }, 'was paused for a change of its code: T'),
    said('agent.let-go', { reason: 'T' }, 'may go on when it comes back: T'),
  ])('%s %j', (type, data, sentence) => {
    expect(eventSentence({ type, data })).toBe(sentence);
  });
  it('a setting that was changed stands with what it was', () => {
    const limits = { depth: 5, children: 3 } as EventMap['project.configured']['before']['limits'];
    const before = { limits, onParentExit: null };
    const say = (after: Partial<typeof before> & object) =>
      eventSentence({ type: 'project.configured', data: { before, after: { ...before, ...after } } });
    expect(say({ limits: { ...limits, depth: 6 } })).toBe('settings changed: depth 5 → 6');
    expect(say({ onParentExit: { lost: 'stop' } as never })).toBe('settings changed: the policy for orphans');
    expect(say({ limits: { ...limits, children: 1 }, onParentExit: {} as never })).toBe(
      'settings changed: children 3 → 1, the policy for orphans',
    );
  });
  it('of a fact of a later version it says at least the name', () => {
    expect(eventSentence({ type: 'weather.changed', data: {} })).toBe('weather.changed');
  });
  it.each([
    ['cost.recorded', 'agent'],
    ['budget.exceeded', 'agent'],
    ['checkpoint.saved', 'agent'],
    ['effect.begun', 'agent'],
    ['lock.granted', 'lock'],
    ['agent.running', 'agent'],
    ['orphans.halted', 'project'],
    ['stop.done', 'stop'],
    ['task.added', 'task'],
    ['change.merged', 'change'],
    ['repository.registered', 'repository'],
    ['runner.registered', 'runner'],
  ] as const)('%s is about the %s', (type, kind) => {
    expect(subjectKindOf(type)).toBe(kind);
  });
});
