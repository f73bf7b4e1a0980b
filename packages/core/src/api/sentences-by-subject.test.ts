import { describe, expect, it } from 'vitest';
import { gone } from '../../testing/index.ts';
import type { EventMap, EventType } from '../kernel/events.ts';
import { eventSentence } from './sentences.ts';

const said = <T extends EventType>(type: T, data: EventMap[T], sentence: string): [string, unknown, string] => [type, data, sentence];
const half = '500000000';
const wait = { agentId: 'a', name: 'deploy', requestId: 'r', callId: null, blocking: true, priority: 0, deadlineMs: 0, waitedMs: 0 };
const about = { reservationId: 'rsv_1', nanoUsd: half };

describe('of restarts, checkpoints and effects', () => {
  it.each([
    said('agent.restarted', { epoch: 2, from: 'failed', because: 'it failed', restarts: 1 }, 'was started again as epoch 2 (it failed)'),
    said(
      'agent.restarts-exhausted',
      { restarts: 4, periodMs: 60_000, intensity: 3, stopped: null } as never,
      'is not started again: 4 restarts within 60000 ms are enough (at most 3)',
    ),
    said(
      'agent.restarts-exhausted',
      { restarts: 4, periodMs: 60_000, intensity: 3, stopped: 'lead' } as never,
      'is not started again: 4 restarts within 60000 ms are enough (at most 3); lead gives up',
    ),
    said(
      'agent.restored',
      { sequence: 7, epoch: 2, claimsReleased: 0, inDoubt: 0 } as never,
      'was restored from checkpoint 7 as epoch 2: the epoch before is fenced',
    ),
    said(
      'agent.restored',
      { sequence: 7, epoch: 2, claimsReleased: 3, inDoubt: 1 } as never,
      'was restored from checkpoint 7 as epoch 2: the epoch before is fenced, 3 claims returned, 1 effects in doubt',
    ),
    said('agent.forked', { fromAgentId: 'coder' } as never, 'was forked from a checkpoint of coder'),
    said('checkpoint.saved', { sequence: 3, trigger: 'tools', sizeBytes: 1_234_567 } as never, 'saved checkpoint 3 (tools, 1,235 kB)'),
    said('checkpoint.saved', { sequence: 3, trigger: 'time', sizeBytes: 12 } as never, 'saved checkpoint 3 (time, 1 kB)'),
    said('checkpoint.discarded', { epoch: 1, sequence: 9 } as never, 'a late checkpoint (epoch 1, number 9) was discarded'),
    said('checkpoint.asked', { reason: '' }, 'was asked to save a checkpoint'),
    said('checkpoint.asked', { reason: 'before the upgrade' }, 'was asked to save a checkpoint: before the upgrade'),
    said('effect.begun', { key: 'mail:1', description: '', retried: false } as never, 'begins mail:1'),
    said('effect.begun', { key: 'mail:1', description: 'a mail', retried: true } as never, 'begins a mail, again'),
    said('effect.acknowledged', { key: 'mail:1' } as never, 'has done mail:1'),
  ])('%s %j', (type, data, sentence) => {
    expect(eventSentence({ type, data })).toBe(sentence);
  });
});

describe('of stops and orphans', () => {
  it.each([
    said('agent.fenced', { stopId: 's', reason: '' } as never, 'what it left behind is fenced'),
    said('agent.fenced', { stopId: 's', reason: 'over' } as never, 'what it left behind is fenced: over'),
    said(
      'agent.process-ended',
      { evidence: gone({ signal: 'SIGKILL', exitCode: null, survivors: 2 }) },
      'its process ended (SIGKILL), 2 left in its cgroup',
    ),
    said(
      'agent.orphan-ignored',
      { parentId: 'p', untilMs: 0, reason: '' },
      'is an orphan, and stays where it is until 1970-01-01T00:00:00.000Z',
    ),
    said(
      'agent.orphan-ignored',
      { parentId: 'p', untilMs: 0, reason: 'mine' },
      'is an orphan, and stays where it is until 1970-01-01T00:00:00.000Z: mine',
    ),
    said('agent.reparented', { to: 'lead' } as never, 'moved under lead'),
    said('agent.reparented', { to: null } as never, 'moved under no parent'),
    said(
      'stop.accepted',
      { agentId: null, mode: 'force', members: 9, waves: 2, reason: '' } as never,
      'emergency stop accepted (force): 9 agents in 2 waves',
    ),
    said(
      'stop.accepted',
      { agentId: 'a', mode: 'drain', members: 9, waves: 2, reason: 'enough' } as never,
      'stop accepted (drain): 9 agents in 2 waves, enough',
    ),
    said('stop.enlisted', { members: 400, more: true } as never, '400 agents stand under the stop; more follow'),
    said('stop.enlisted', { members: 12, more: false } as never, '12 agents stand under the stop'),
  ])('%s %j', (type, data, sentence) => {
    expect(eventSentence({ type, data })).toBe(sentence);
  });
});

describe('of money', () => {
  it.each([
    said('cost.adjusted', { eventId: 'e', refersTo: 'f', nanoUsd: half, reason: '' }, 'cost of f corrected by $0.5000'),
    said('cost.adjusted', { eventId: 'e', refersTo: 'f', nanoUsd: half, reason: 'invoice' }, 'cost of f corrected by $0.5000: invoice'),
    said('budget.set', { beforeNanoUsd: null, afterNanoUsd: half, reason: '' }, 'budget set to $0.5000 (before: none)'),
    said('budget.set', { beforeNanoUsd: half, afterNanoUsd: null, reason: 'free' }, 'budget taken away (before: $0.5000): free'),
    said('budget.reserved', { ...about, expiresAtMs: 0 }, 'reserved $0.5000'),
    said('budget.settled', { ...about, costNanoUsd: '250000000' }, 'settled a reservation of $0.5000 with $0.2500'),
    said('budget.overshot', { ...about, aboveNanoUsd: '250000000' }, 'spent $0.2500 above its reservation of $0.5000'),
    said('budget.released', about as never, 'gave a reservation of $0.5000 back'),
    said(
      'budget.unknown',
      { ...about, why: 'holder-ended' },
      'what its reservation of $0.5000 cost is unknown (holder ended); it stays counted',
    ),
    said(
      'cost.mismatch',
      { field: 'ownNanoUsd', stored: '1', ledger: '2' },
      'has a sum that is not its ledger: ownNanoUsd is 1, the entries say 2',
    ),
    said('budget.near', { spentUsd: '4', budgetUsd: '5' }, 'is near the end of its budget: 4 of 5 USD'),
    said('budget.exceeded', { spentUsd: '6', budgetUsd: '5' }, 'is over its budget: 6 of 5 USD'),
  ])('%s %j', (type, data, sentence) => {
    expect(eventSentence({ type, data })).toBe(sentence);
  });
});

describe('of tasks', () => {
  it.each([
    said('task.submitted', { agentId: 'a', missing: [] } as never, 'said to be done by a; waits for a person'),
    said('task.submitted', { agentId: 'a', missing: ['diff', 'log'] } as never, 'said to be done by a; missing: diff, log'),
    said('task.submitted', { agentId: 'a', missing: ['x'.repeat(200)] } as never, `said to be done by a; missing: ${'x'.repeat(160)}`),
    said('task.accepted', { reason: '', overrode: [] } as never, 'accepted'),
    said(
      'task.accepted',
      { reason: 'fine', overrode: ['diff', 'x'.repeat(200)] } as never,
      `accepted: fine (overrode what is missing: diff, ${'x'.repeat(154)})`,
    ),
    said('task.rejected', { reason: 'x'.repeat(200), next: 'ready' } as never, `sent back: ${'x'.repeat(160)}; now ready`),
    said('task.edited', { changed: { title: 't', labels: [] } } as never, 'changed: title, labels'),
    said('task.subtask-added', { subtaskId: 'tsk_2' }, 'the sub-task tsk_2 was added'),
    said('task.artefact-added', { artefactId: 'i', kind: 'diff', name: 'the fix', attempt: 1 }, 'diff “the fix” was added'),
    said('task.commented', { commentId: 'c' }, 'commented on'),
    said('task.attempt-failed', { agentId: 'a', error: 'boom', attempt: 1, next: 'scheduled' }, 'attempt 1 failed: boom; now scheduled'),
    said('task.depends', { added: ['a', 'b'], removed: ['c'] } as never, 'waits for 2 more, for 1 fewer'),
    said('task.depends', { added: [], removed: ['c'] } as never, 'for 1 fewer'),
    said('task.depends', { added: ['a'], removed: [] } as never, 'waits for 1 more'),
    said('task.stuck', { on: null }, 'can go on again once what it waits for is done'),
    said('task.stuck', { on: 'tsk_1' }, 'is stuck: tsk_1 will not finish as things stand'),
  ])('%s %j', (type, data, sentence) => {
    expect(eventSentence({ type, data })).toBe(sentence);
  });
});

describe('of locks, barriers and waits', () => {
  it.each([
    said('lock.defined', { name: 'deploy', permits: 1 } as never, 'lock deploy has 1 permit'),
    said('lock.defined', { name: 'pool', permits: 3 } as never, 'lock pool has 3 permits'),
    said('lock.granted', { ...wait, token: '4', expiresAtMs: 0 } as never, 'lock deploy granted to a (token 4)'),
    said(
      'lock.granted',
      { ...wait, token: '4', expiresAtMs: 0, waitedMs: 1_234 } as never,
      'lock deploy granted to a (token 4 after 1.2 s)',
    ),
    said('lock.waiting', wait as never, 'a waits for the lock deploy'),
    said('lock.resumed', wait as never, 'a asked again for the same'),
    said('lock.renewed', wait as never, 'a renewed its lease'),
    said('lock.freed', { ...wait, why: 'lease-expired', reason: '' } as never, 'lock deploy freed from a (lease expired)'),
    said('lock.freed', { ...wait, why: 'operator', reason: 'stuck' } as never, 'lock deploy freed from a (operator: stuck)'),
    said('lock.wait-ended', { ...wait, why: 'timed-out' } as never, 'a no longer waits for the lock deploy (timed out)'),
    said(
      'lock.wait-ended',
      { ...wait, why: 'deadlock', cycle: ['a', 'lock:x', 'a'] } as never,
      'a no longer waits for the lock deploy (deadlock: a → lock:x → a)',
    ),
    said('barrier.opened', { name: 'meet', parties: 3, generation: 1 } as never, 'barrier meet waits for 3 parties (generation 1)'),
    said('barrier.arrived', { agentId: 'a', name: 'meet', index: 0 } as never, 'a came to the barrier meet as number 1'),
    said('barrier.resumed', { agentId: 'a', name: 'meet' } as never, 'a asked again for the same'),
    said('barrier.left', { agentId: 'a', name: 'meet', why: 'timed-out' } as never, 'a left the barrier meet (timed out)'),
    said(
      'barrier.left',
      { agentId: 'a', name: 'meet', why: 'deadlock', cycle: ['a', 'b'] } as never,
      'a left the barrier meet (deadlock: a → b)',
    ),
    said('barrier.released', { name: 'meet', parties: [1, 2], generation: 4 } as never, 'barrier meet let 2 parties go (generation 4)'),
    said(
      'barrier.broken',
      { name: 'meet', agentId: 'a', why: 'timed-out', parties: [1] } as never,
      'barrier meet broke: a left (timed out), 1 were waiting',
    ),
    said('agent.waiting', { at: 'agent:b' } as never, 'waits for the end of agent b'),
    said('agent.wait-resumed', { at: 'task:t' } as never, 'asked again for the end of task t'),
    said('agent.wait-ended', { at: 'task:t', why: 'served', state: 'done' } as never, 'waited for the end of task t: done'),
    said('agent.wait-ended', { at: 'task:t', why: 'timed-out' } as never, 'no longer waits for the end of task t (timed out)'),
    said(
      'agent.wait-ended',
      { at: 'task:t', why: 'deadlock', cycle: ['a', 'b'] } as never,
      'no longer waits for the end of task t (deadlock: a → b)',
    ),
  ])('%s %j', (type, data, sentence) => {
    expect(eventSentence({ type, data })).toBe(sentence);
  });
});
