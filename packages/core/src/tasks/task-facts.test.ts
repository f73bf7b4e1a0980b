import { describe, expect, it } from 'vitest';
import { taskOf } from '../../testing/index.ts';
import type { NewEvent } from '../kernel/events.ts';
import type { TaskState } from '../kernel/transitions.ts';
import { findCycle } from './dependencies.ts';
import {
  decideCancel,
  decideClaim,
  decideComplete,
  decideFail,
  decideRelease,
  decideRenew,
  decideRetry,
  decideSweep,
  decideTakeBack,
  decideUnblock,
  evolveTask,
  type Task,
} from './task.ts';

/** The facts and refusals word for word, and what each makes of the record. */
const t = (state: TaskState, over: Partial<Task> = {}): Task =>
  taskOf({ id: 't', projectId: 'p', state, claimToken: 4n, failures: [], updatedAtMs: 0, ...over });
const claimed = (over: Partial<Task> = {}) => t('claimed', { agentId: 'a', claimExpiresAtMs: 100, claimLeaseMs: 50, attempts: 2, ...over });
const fact = (type: NewEvent['type'], data: object) => ({ type, subjectId: 't', data });
const illegal = (from: TaskState, to: string) => ({ ok: false, error: { code: 'illegal_transition', kind: 'task', id: 't', from, to } });
const states: TaskState[] = ['blocked', 'scheduled', 'ready', 'claimed', 'done', 'failed', 'dead-letter', 'cancelled'];

describe('a claim', () => {
  it('gets the next token, a lease from now, and counts an attempt', () => {
    expect(decideClaim(t('ready', { attempts: 1 }), 'a', 30, 10)).toEqual({
      ok: true,
      value: [fact('task.claimed', { agentId: 'a', token: '5', expiresAtMs: 40, attempt: 2 })],
    });
    expect(decideClaim(claimed(), 'b', 30, 10)).toEqual({ ok: false, error: { code: 'already_claimed', taskId: 't' } });
    for (const state of states.filter((s) => s !== 'ready' && s !== 'claimed'))
      expect(decideClaim(t(state), 'a', 30, 10), state).toEqual(illegal(state, 'claimed'));
  });
});

describe('a write by the holder', () => {
  const late = (verb: string, token: string, agentId: string | null) => ({
    ok: false,
    error: { code: 'stale_token', kind: 'task', id: 't' },
    events: [fact('task.superseded', { agentId, token, verb })],
  });
  const ok = (type: NewEvent['type'], data: object) => ({ ok: true, events: [fact(type, data)] });
  it('with its token it counts', () => {
    expect(decideComplete(claimed(), '4')).toEqual(ok('task.completed', { agentId: 'a' }));
    expect(decideFail(claimed(), '4', 'e', true)).toEqual(
      ok('task.attempt-failed', { agentId: 'a', error: 'e', attempt: 2, next: 'scheduled' }),
    );
    expect(decideFail(claimed(), '4', 'e', false)).toEqual(
      ok('task.attempt-failed', { agentId: 'a', error: 'e', attempt: 2, next: 'failed' }),
    );
    expect(decideFail(claimed({ attempts: 3 }), '4', 'e', true)).toEqual(
      ok('task.attempt-failed', { agentId: 'a', error: 'e', attempt: 3, next: 'dead-letter' }),
    );
    expect(decideRelease(claimed(), '4')).toEqual(ok('task.released', { agentId: 'a', why: 'released' }));
    expect(decideRenew(claimed(), '4', 30, 10)).toEqual(ok('task.renewed', { agentId: 'a', expiresAtMs: 40 }));
  });
  it('I-TASK-2: with another it is refused, and told with its verb', () => {
    expect(decideComplete(claimed(), '3')).toEqual(late('complete', '3', 'a'));
    expect(decideFail(claimed(), '3', 'e', true)).toEqual(late('fail', '3', 'a'));
    expect(decideRelease(claimed(), '3')).toEqual(late('release', '3', 'a'));
    expect(decideRenew(claimed(), '3', 30, 10)).toEqual(late('renew', '3', 'a'));
    expect(decideComplete(t('ready'), '4')).toEqual(late('complete', '4', null));
  });
  it('I-TASK-3: only a completion of what is done is told twice, and only with its own token', () => {
    expect(decideComplete(t('done'), '4')).toEqual({ ok: true, events: [] });
    expect(decideComplete(t('done'), '3')).toEqual(late('complete', '3', null));
    expect(decideComplete(t('failed'), '4')).toEqual(late('complete', '4', null));
  });
});

describe('what others do to a claim', () => {
  it('it goes back with its reason; after the last attempt an expiry is the dead letter', () => {
    const back = (why: string) => ({ ok: true, value: [fact('task.released', { agentId: 'a', why })] });
    const last = claimed({ attempts: 3 });
    expect(decideTakeBack(claimed(), 'lease-expired')).toEqual(back('lease-expired'));
    expect(decideTakeBack(last, 'operator')).toEqual(back('operator'));
    expect(decideTakeBack(last, 'holder-stopped')).toEqual(back('holder-stopped'));
    expect(decideTakeBack(last, 'lease-expired')).toEqual({
      ok: true,
      value: [fact('task.attempt-failed', { agentId: 'a', error: 'the lease of the claim expired', attempt: 3, next: 'dead-letter' })],
    });
    expect(decideTakeBack(t('ready'), 'operator')).toEqual(illegal('ready', 'ready'));
  });
  it('the sweep takes what is due, and nothing before', () => {
    expect(decideSweep(claimed(), 99)).toEqual([]);
    expect(decideSweep(claimed(), 100)).toEqual([fact('task.released', { agentId: 'a', why: 'lease-expired' })]);
    expect(decideSweep(claimed({ claimExpiresAtMs: null }), 100)).toEqual([]);
    const due = [fact('task.ready', { why: 'time-came' })];
    expect(decideSweep(t('scheduled', { notBeforeMs: 100 }), 99)).toEqual([]);
    expect(decideSweep(t('scheduled', { notBeforeMs: 100 }), 100)).toEqual(due);
    expect(decideSweep(t('scheduled', { notBeforeMs: null }), 0)).toEqual(due);
    for (const state of states.filter((s) => s !== 'claimed' && s !== 'scheduled'))
      expect(decideSweep(t(state, { notBeforeMs: 0, claimExpiresAtMs: 0 }), 9e15), state).toEqual([]);
  });
});

describe('dependencies and operators', () => {
  const done = { id: 'd', state: 'done' as const };
  const open = { id: 'o', state: 'ready' as const };
  it('I-TASK-4: the last dependency makes it ready, or scheduled where its time has not come', () => {
    const ready = [fact('task.ready', { why: 'dependencies-done' })];
    expect(decideUnblock(t('blocked'), [done, open], 10)).toEqual([]);
    expect(decideUnblock(t('ready'), [done], 10)).toEqual([]);
    expect(decideUnblock(t('blocked'), [done], 10)).toEqual(ready);
    expect(decideUnblock(t('blocked', { notBeforeMs: 10 }), [done], 10)).toEqual(ready);
    expect(decideUnblock(t('blocked', { notBeforeMs: 11 }), [done], 10)).toEqual([fact('task.scheduled', { notBeforeMs: 11 })]);
  });
  it('cancel and retry', () => {
    expect(decideCancel(t('ready'), 'r')).toEqual({ ok: true, value: [fact('task.cancelled', { reason: 'r' })] });
    expect(decideCancel(t('cancelled'), 'r')).toEqual({ ok: true, value: [] });
    expect(decideCancel(t('done'), 'r')).toEqual(illegal('done', 'cancelled'));
    for (const state of ['failed', 'dead-letter', 'cancelled'] as const) {
      expect(decideRetry(t(state), [done])).toEqual({ ok: true, value: [fact('task.ready', { why: 'retried' })] });
      expect(decideRetry(t(state), [done, open])).toEqual({ ok: true, value: [fact('task.blocked', { waitingFor: ['o'] })] });
    }
    for (const state of ['ready', 'claimed', 'done', 'blocked', 'scheduled'] as const)
      expect(decideRetry(t(state), []), state).toEqual(illegal(state, 'ready'));
  });
  it('I-TASK-7: a circle is named from the task to itself, also behind a diamond', () => {
    const graph: Record<string, string[]> = { a: ['b', 'c'], b: ['d'], c: ['d'], d: [] };
    expect(findCycle('t', ['a'], (id) => graph[id] ?? [])).toBeUndefined();
    expect(findCycle('t', ['a'], (id) => ({ ...graph, d: ['t'] })[id] ?? [])).toEqual(['t', 'a', 'c', 'd', 't']);
    const asked: string[] = [];
    findCycle('t', ['a'], (id) => {
      asked.push(id);
      return graph[id] ?? [];
    });
    expect(asked.sort()).toEqual(['a', 'b', 'c', 'd']);
  });
});

describe('the record after a fact', () => {
  const free = { agentId: null, claimExpiresAtMs: null, claimLeaseMs: null };
  const failed = (next: string, attempt = 2) => ['task.attempt-failed', { agentId: 'a', error: 'e', attempt, next }] as const;
  const failures = [{ atMs: 60, agentId: 'a', error: 'e', attempt: 2 }];
  it.each<[string, readonly [NewEvent['type'], object], Task, Partial<Task>]>([
    [
      'claimed',
      ['task.claimed', { agentId: 'b', token: '5', expiresAtMs: 90, attempt: 3 }],
      t('ready'),
      { state: 'claimed', agentId: 'b', claimToken: 5n, claimExpiresAtMs: 90, claimLeaseMs: 30, attempts: 3 },
    ],
    ['renewed', ['task.renewed', { agentId: 'a', expiresAtMs: 90 }], claimed(), { claimExpiresAtMs: 90 }],
    ['done', ['task.completed', { agentId: 'a' }], claimed(), { ...free, state: 'done', finishedAtMs: 60 }],
    ['tried again later', failed('scheduled'), claimed(), { ...free, state: 'scheduled', failures, notBeforeMs: 2060, finishedAtMs: null }],
    ['failed', failed('failed'), claimed({ notBeforeMs: 1 }), { ...free, state: 'failed', failures, notBeforeMs: null, finishedAtMs: 60 }],
    ['dead', failed('dead-letter'), claimed(), { ...free, state: 'dead-letter', failures, notBeforeMs: null, finishedAtMs: 60 }],
    ['released', ['task.released', { agentId: 'a', why: 'released' }], claimed(), { ...free, state: 'ready', attempts: 1 }],
    [
      'released at zero',
      ['task.released', { agentId: 'a', why: 'operator' }],
      claimed({ attempts: 0 }),
      { ...free, state: 'ready', attempts: 0 },
    ],
    ['expired', ['task.released', { agentId: 'a', why: 'lease-expired' }], claimed(), { ...free, state: 'ready', attempts: 2 }],
    ['due', ['task.ready', { why: 'time-came' }], t('scheduled', { notBeforeMs: 1, attempts: 2 }), { state: 'ready', notBeforeMs: null }],
    ['retried', ['task.ready', { why: 'retried' }], t('failed', { finishedAtMs: 5 }), { state: 'ready', finishedAtMs: null, attempts: 0 }],
    ['scheduled', ['task.scheduled', { notBeforeMs: 70 }], t('blocked'), { state: 'scheduled', notBeforeMs: 70 }],
    [
      'blocked again',
      ['task.blocked', { waitingFor: ['o'] }],
      t('cancelled', { attempts: 2, finishedAtMs: 5 }),
      { state: 'blocked', attempts: 0, finishedAtMs: null },
    ],
    ['cancelled', ['task.cancelled', { reason: '' }], claimed(), { ...free, state: 'cancelled', finishedAtMs: 60 }],
    ['prioritised', ['task.prioritised', { priority: 7 }], t('ready'), { priority: 7 }],
  ])('%s', (_, [type, data], before, change) => {
    expect(evolveTask(before, fact(type, data) as NewEvent, 60)).toEqual({ ...before, ...change, updatedAtMs: 60 });
  });
  it('keeps the last twenty failures', () => {
    const many = Array.from({ length: 20 }, (_, i) => ({ atMs: i, agentId: null, error: '', attempt: i }));
    const next = evolveTask(claimed({ failures: many }), fact(...failed('scheduled', 9)) as NewEvent, 60).failures;
    expect([next.length, next[0]?.attempt, next.at(-1)?.attempt]).toEqual([20, 1, 9]);
  });
  it('a fact about something else changes nothing', () => {
    const before = t('ready');
    expect(evolveTask(before, { type: 'stop.done', subjectId: 's', data: { members: 1, unconfirmed: 0 } }, 60)).toBe(before);
    expect(() => evolveTask(t('done'), fact('task.cancelled', { reason: '' }) as NewEvent, 1)).toThrow(
      'task t: done → cancelled by task.cancelled',
    );
  });
});
