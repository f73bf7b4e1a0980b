import { expect, it } from 'vitest';
import { agentOf } from '../../testing/index.ts';
import type { AgentState } from '../kernel/transitions.ts';
import { orphanAction, orphanCause } from './orphan-policy.ts';

const agent = (state: AgentState, onParentExit = {}) =>
  agentOf({ id: 'a', projectId: 'p', state, orphanHandled: false, onParentExit: Object.keys(onParentExit).length ? onParentExit : null });

it.each<[AgentState, string | undefined]>([
  ['starting', undefined],
  ['running', undefined],
  ['paused', undefined],
  ['stopping', undefined],
  ['unconfirmed', undefined],
  ['lost', 'lost'],
  ['completed', 'completed'],
  ['failed', 'failed'],
  ['stopped', 'stopped'],
  ['killed', 'stopped'],
])('I-ORPH-1: a parent that is %s orphans its child as %s', (state, cause) => {
  expect(orphanCause(agent('running'), agent(state))).toBe(cause);
});
it('whoever has ended, is being stopped or has no parent is no orphan', () => {
  for (const state of ['stopping', 'unconfirmed', 'stopped', 'killed', 'completed', 'failed'] as const)
    expect(orphanCause(agent(state), agent('failed')), state).toBeUndefined();
  expect(orphanCause(agent('running'), undefined)).toBeUndefined();
});
it('the policy of the child comes before that of the project, and both before the usual', () => {
  expect(orphanAction(agent('running', { failed: 'reparent' }), 'failed', { failed: 'ignore' })).toBe('reparent');
  expect(orphanAction(agent('running', { lost: 'stop' }), 'failed', { failed: 'ignore' })).toBe('ignore');
  expect(orphanAction(agent('running'), 'failed')).toBe('stop');
  expect(orphanAction(agent('running'), 'stopped')).toBe('stop');
  expect(orphanAction(agent('running'), 'lost')).toBe('ignore');
  expect(orphanAction(agent('running'), 'lost', { lost: 'stop' })).toBe('stop');
});
