import { canMove, type TaskState, taskTransitions } from '@reeve/core/vocabulary';
import { describe, expect, it } from 'vitest';
import { columnOf, columns } from './board-columns';
import { moveOf } from './move-rules';

const task = (state: TaskState) => ({
  state,
  claim: state === 'claimed' ? { token: '7', agentId: 'a1', agentName: 'coder-1', expiresAt: '2026-01-01T00:00:00Z' } : null,
  waitingFor: state === 'blocked' ? ['t0'] : [],
  notBefore: null,
});
const states = Object.keys(taskTransitions) as TaskState[];
const target = {
  forceRelease: 'ready',
  retry: 'ready',
  cancel: 'cancelled',
  accept: 'done',
  override: 'done',
  reject: 'ready',
  startNow: 'ready',
} as const;

describe('moving a card', () => {
  it('is a real command where the state table has the way, and says why where not', () => {
    for (const state of states)
      for (const column of columns) {
        const move = moveOf(task(state), column.id);
        if (column.id === columnOf(state)) expect(move).toEqual({ kind: 'stay' });
        else if (move.kind === 'command') expect(canMove(taskTransitions, state, target[move.command])).toBe(true);
        else expect(move).toMatchObject({ kind: 'refused', because: expect.stringMatching(/^[A-Z].{20,}\.$/) });
      }
  });
  it('takes a claim away only with a warning that names the holder', () => {
    expect(moveOf(task('claimed'), 'ready')).toMatchObject({ command: 'forceRelease', warning: expect.stringContaining('coder-1') });
    expect(moveOf(task('claimed'), 'cancelled')).toMatchObject({ command: 'cancel', warning: expect.stringContaining('coder-1') });
  });
  it('tries failed, dead-letter and cancelled tasks again without a question', () => {
    for (const state of ['failed', 'dead-letter', 'cancelled'] as const)
      expect(moveOf(task(state), 'ready')).toMatchObject({ command: 'retry', warning: null });
  });
  it('never completes or claims by hand', () => {
    for (const state of states) {
      if (state !== 'claimed') expect(moveOf(task(state), 'claimed').kind).toBe('refused');
      if (state !== 'done' && state !== 'in-review') expect(moveOf(task(state), 'done').kind).toBe('refused');
    }
  });
  it('accepts what is in review; what lacks evidence only with a reason', () => {
    expect(moveOf(task('in-review'), 'done')).toMatchObject({ command: 'accept', warning: null });
    const gate = { review: true, evidence: ['diff'], shown: [], missing: ['diff'], submittedBy: null };
    expect(moveOf({ ...task('in-review'), gate }, 'done')).toMatchObject({
      command: 'override',
      needsReason: true,
      warning: expect.stringContaining('diff'),
    });
    expect(moveOf(task('in-review'), 'ready')).toMatchObject({ command: 'reject', needsReason: true });
  });
});
