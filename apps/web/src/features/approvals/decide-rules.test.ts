import { type ChangeState, changeTransitions } from '@reeve/core/vocabulary';
import { describe, expect, it } from 'vitest';
import { askedFor, groupOf, whyNot } from './decide-rules';

const change = (state: ChangeState, level: 'low' | 'critical' = 'low') => ({
  state,
  diffHash: 'sha256:1',
  blastRadius: { level, score: 1, reasons: [], files: [], dependents: [] },
  rollbackAsked: false,
  waitsFor: 'person' as 'person' | 'parent' | 'second-person',
});
const states = Object.keys(changeTransitions) as ChangeState[];

describe('deciding on a change', () => {
  it('can approve and reject only what waits, and only the diff on screen', () => {
    expect(whyNot('approve', change('awaiting-approval'), 'sha256:1')).toBeNull();
    expect(whyNot('reject', change('awaiting-approval'), 'sha256:1')).toBeNull();
    expect(whyNot('approve', change('awaiting-approval'), 'sha256:0')).toMatch(/moved on/);
    expect(whyNot('approve', change('awaiting-approval'), null)).toMatch(/moved on/);
  });
  it('never approves Critical, but lets it be rejected', () => {
    expect(whyNot('approve', change('awaiting-approval', 'critical'), 'sha256:1')).toMatch(/no override/);
    expect(whyNot('reject', change('awaiting-approval', 'critical'), 'sha256:1')).toBeNull();
  });
  it('says what the repository still asks for, and leaves the override open', () => {
    const parent = { ...change('awaiting-approval'), waitsFor: 'parent' as const };
    expect(whyNot('approve', parent, 'sha256:1')).toMatch(/above the proposer first/);
    expect(whyNot('reject', parent, 'sha256:1')).toBeNull();
    expect(whyNot('override', parent, 'sha256:1')).toBeNull();
    const second = { ...parent, waitsFor: 'second-person' as const };
    expect(whyNot('approve', second, 'sha256:1')).toBeNull();
    expect(askedFor(second)).toMatch(/a second one/);
    expect(askedFor(change('awaiting-approval'))).toBeNull();
    expect(whyNot('override', change('awaiting-approval', 'critical'), 'sha256:1')).toMatch(/no override/);
  });
  it('says why in every other state', () => {
    for (const state of states.filter((s) => s !== 'awaiting-approval'))
      for (const decision of ['approve', 'reject'] as const) expect(whyNot(decision, change(state), 'sha256:1')).toMatch(/^[A-Z].+\.$/);
  });
  it('rolls back only what is merged', () => {
    for (const state of states) expect(whyNot('rollback', change(state), null) === null).toBe(state === 'merged');
  });
  it('rolls back once', () => {
    expect(whyNot('rollback', { ...change('merged'), rollbackAsked: true }, null)).toMatch(/being rolled back/);
  });
  it('is silent to a second press', () => {
    expect(whyNot('approve', change('awaiting-approval'), 'sha256:1', true)).toMatch(/on its way/);
  });
  it('counts as waiting only what a person can act on', () => {
    expect(states.filter((s) => groupOf(s) === 'waiting')).toEqual(['awaiting-approval']);
  });
});
