import { describe, expect, it } from 'vitest';
import { agentOf, leaseOf } from '../../testing/records.ts';
import { activationRules } from '../api/repository-rules.ts';
import type { Actor } from '../supervisor/commands.ts';
import { activationLimits, isAtRest, isFrozenBy, isHolding } from './activation.ts';
import type { Change, ChangeCommand } from './change.ts';
import { decideChange } from './decide-change.ts';
import { advance, approve, awaiting, errorOf, person, run } from './testing-changes.ts';

const rules = activationRules.parse({ healthCheck: 'npm run smoke', quiesceMs: 10_000, healthCheckMs: 5_000 });
const asks = { fourEyes: 'off', parentFirst: false, activation: rules } as const;
const approveUnder = (activation: typeof rules | null = rules): ChangeCommand =>
  ({ ...approve(person), rules: { ...asks, activation } }) as ChangeCommand;
const lease = { name: 'repository:rep_1', token: '7' };
const health = (exitCode: number | null): ChangeCommand => ({
  type: 'activated',
  gate: { name: 'health', on: 'candidate', exitCode, ms: 40, passed: exitCode === 0, excerpt: 'log' },
});
const overdue: ChangeCommand = { type: 'overdue', waitingFor: 'coder did not come to rest' };
const merged: ChangeCommand = { type: 'merged', mergedSha: 'm1' };

const waiting = (nowMs = 0) => run(advance(awaiting(), nowMs), [approveUnder()], nowMs);
const quiescing = () =>
  run(
    waiting(),
    [
      { type: 'leased', lease },
      { type: 'hold', agentIds: ['coder'] },
    ],
    100,
  );
const merging = () => run(quiescing(), [{ type: 'quiet' }], 200);
const checking = () => run(merging(), [merged], 300);
const rollingBack = () => run(checking(), [health(1)], 400);
const seen = ({ state, activation }: Change) => [state, activation?.state, activation?.open, activation?.dueAtMs, activation?.heldIds];
const eventsOf = (change: Change, command: ChangeCommand, nowMs = 0) => {
  const decided = decideChange(change, command, nowMs);
  return decided.ok ? decided.value.map((e) => e.type) : decided.error.code;
};

describe('I-SELF-8, I-SELF-9: a change that is put to use', () => {
  it('goes from the approval over rest, merge and check to healthy, each step with its deadline', () => {
    expect(seen(waiting(5))).toEqual(['merging', 'waiting', true, 5 + activationLimits.leaseWaitMs, []]);
    expect(seen(quiescing())).toEqual(['merging', 'quiescing', true, 100 + 10_000, ['coder']]);
    expect(quiescing().activation).toMatchObject({ lease, sinceMs: 100, rules });
    expect(seen(merging())).toEqual(['merging', 'merging', true, 200 + activationLimits.mergeMs, ['coder']]);
    expect(seen(checking())).toEqual(['merged', 'checking', true, 300 + 5_000 + activationLimits.checkMarginMs, ['coder']]);
    const healthy = run(checking(), [health(0)], 400);
    expect(seen(healthy)).toEqual(['merged', 'healthy', false, null, []]);
    expect(healthy.activation?.lease).toBeNull();
    expect(healthy.gates.at(-1)).toMatchObject({ name: 'health', passed: true });
    expect(healthy.timeline.slice(-6).map((t) => t.text)).toEqual([
      'Holds repository:rep_1 with the token 7',
      'Holds still coder',
      'The agents that run this code are at rest',
      'Merged as m1',
      'Gate health on the candidate passed after 40 ms',
      'Healthy: the check passed on the merged commit, the agents go on',
    ]);
  });
  it('without such a rule it is merged at once, as ever', () => {
    const change = run(advance(awaiting()), [approveUnder(null)]);
    expect([change.state, change.activation]).toEqual(['merging', null]);
    expect(eventsOf(change, { type: 'quiet' })).toEqual([]);
    expect(run(change, [merged]).state).toBe('merged');
  });
  it('a failing check rolls it back by itself; so does one that could not be run', () => {
    expect(eventsOf(checking(), health(3))).toEqual(['change.gate', 'change.unhealthy', 'change.rollback-asked']);
    const change = rollingBack();
    expect(seen(change)).toEqual(['merged', 'rolling-back', true, 400 + activationLimits.rollbackMs, ['coder']]);
    expect(change.rollbackAsked).toBe(true);
    expect(change.activation?.detail).toBe('the health check ended with exit code 1');
    expect(run(checking(), [health(null)]).activation?.detail).toBe('the health check was ended by its limits after 40 ms');
    const dead = run(checking(), [{ type: 'activated', error: 'no space left' }]);
    expect([dead.activation?.state, dead.activation?.detail]).toEqual(['rolling-back', 'the health check could not be run: no space left']);
    const back = run(change, [{ type: 'rolled-back', revertSha: 'r1' }]);
    expect(seen(back)).toEqual(['rolled-back', 'rolled-back', false, null, []]);
    expect(back.timeline.map((t) => t.text)).toContain('Rollback asked by Reeve itself: the health check ended with exit code 1');
  });
  it('a rollback that conflicts freezes the repository, until it is rolled back after all or a later change is healthy', () => {
    const stuck = run(rollingBack(), [{ type: 'rollback-failed', error: 'it conflicts' }]);
    expect(seen(stuck)).toEqual(['merged', 'rollback-failed', true, null, []]);
    expect([isFrozenBy(stuck), isHolding(stuck.activation)]).toEqual([true, false]);
    const frozen = { ...asks, frozenBy: 'chg_9' };
    const change = advance(awaiting());
    expect(errorOf(change, { ...approve(person), rules: frozen } as ChangeCommand)).toBe('forbidden');
    const override = { ...approve(person), type: 'override', comment: 'it mends chg_9', rules: frozen } as ChangeCommand;
    expect(run(change, [override]).activation?.state).toBe('waiting');
    expect(isFrozenBy(run(stuck, [{ type: 'thaw', by: 'chg_2' }]))).toBe(false);
    expect(eventsOf(checking(), { type: 'thaw', by: 'chg_2' })).toEqual([]);
    const asked: ChangeCommand = { type: 'rollback-asked', actor: person, diffHash: 'h1', comment: '' };
    expect(seen(run(stuck, [asked, { type: 'rolled-back', revertSha: 'r' }]))).toEqual(['rolled-back', 'rolled-back', false, null, []]);
  });
  it.each([
    ['waiting', waiting, activationLimits.leaseWaitMs],
    ['quiescing', quiescing, 10_100],
  ] as const)('out of time while %s it is not merged, and waits for a new decision', (_, made, dueAtMs) => {
    expect(eventsOf(made(), overdue, dueAtMs - 1)).toEqual([]);
    const late = run(made(), [overdue], dueAtMs);
    expect(seen(late)).toEqual(['awaiting-approval', 'called-off', false, null, []]);
    expect([late.approvals, late.refusal]).toEqual([[], { rule: 'merge-failed', detail: 'coder did not come to rest' }]);
    expect(run(late, [approveUnder()], dueAtMs).activation).toMatchObject({ state: 'waiting', detail: null, heldIds: [] });
  });
  it.each([
    ['merging', merging, 200 + activationLimits.mergeMs],
    ['checking', checking, 5_300 + activationLimits.checkMarginMs],
    ['rolling-back', rollingBack, 400 + activationLimits.rollbackMs],
  ] as const)('out of time while %s the agents go on, and what is told later still counts', (state, made, dueAtMs) => {
    expect(eventsOf(made(), overdue, dueAtMs - 1)).toEqual([]);
    const late = run(made(), [overdue], dueAtMs);
    expect(late.activation).toMatchObject({ state, open: false, dueAtMs: null, heldIds: [], lease: null });
    expect(eventsOf(late, overdue, dueAtMs * 2)).toEqual([]);
    const rest: ChangeCommand[] = [merged, health(1), { type: 'rolled-back', revertSha: 'r' }];
    const end = run(late, rest.slice(['merging', 'checking', 'rolling-back'].indexOf(state)), dueAtMs);
    expect(seen(end)).toEqual(['rolled-back', 'rolled-back', false, null, []]);
  });
  it.each<[string, ChangeCommand, string]>([
    ['a branch that moved', { type: 'base-moved', baseSha: 'b2' }, 'proposed'],
    ['a merge that failed', { type: 'failed', error: 'dirty' }, 'awaiting-approval'],
    ['a refusal at the merge', { type: 'refused', rule: 'critical-layer', detail: 'x' }, 'refused'],
  ])('%s calls it off', (_, command, state) => {
    expect(seen(run(merging(), [command]))).toEqual([state, 'called-off', false, null, []]);
  });
  it('what is told twice, or too early, changes nothing', () => {
    expect(eventsOf(quiescing(), { type: 'leased', lease })).toEqual([]);
    expect(eventsOf(quiescing(), { type: 'hold', agentIds: ['coder'] })).toEqual([]);
    expect(eventsOf(merging(), { type: 'quiet' })).toEqual([]);
    expect(eventsOf(merging(), health(1))).toEqual([]);
    expect(eventsOf(rollingBack(), health(1))).toEqual([]);
    expect(eventsOf(waiting(), { type: 'quiet' })).toEqual([]);
  });
  it('a person who rolls back first is not asked twice', () => {
    const asked = run(checking(), [{ type: 'rollback-asked', actor: person as Actor, diffHash: 'h1', comment: '' }]);
    expect(eventsOf(asked, health(1))).toEqual(['change.gate', 'change.unhealthy']);
    expect(eventsOf(asked, { type: 'rolled-back', revertSha: 'r' })).toEqual(['change.rolled-back']);
  });
});

describe('at rest', () => {
  const at = (state: 'paused' | 'running' | 'lost' | 'stopping' | 'killed', parkedAtMs: number | null) =>
    isAtRest(agentOf({ id: 'a', projectId: 'p', state }), leaseOf({ id: 'a', projectId: 'p', parkedAtMs }), 1_000);
  it('is who has ended, or is paused and has said so since it was asked', () => {
    expect(at('paused', 1_001)).toBe(true);
    expect([at('paused', 1_000), at('paused', null), at('running', 1_001), at('lost', 1_001), at('stopping', 1_001)]).toEqual([
      false,
      false,
      false,
      false,
      false,
    ]);
    expect([at('killed', null), isAtRest({ state: 'paused' }, undefined, 0)]).toEqual([true, false]);
  });
});
