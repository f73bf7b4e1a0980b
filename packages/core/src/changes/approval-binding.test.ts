import { describe, expect, it } from 'vitest';
import type { GateReport } from '../api/inputs.ts';
import type { Actor } from '../supervisor/commands.ts';
import { isApproved, isBound, mayDecide, mayWithdraw } from './approval.ts';
import { decideChange } from './change.ts';
import type { Change, ChangeDecision } from './change-record.ts';
import { fingerprintOfGates } from './gate.ts';
import { approve, awaiting, hour, person, radius, run } from './testing-changes.ts';

const gate: GateReport = { name: 'suite', on: 'candidate', exitCode: 0, ms: 5, passed: true, excerpt: '', testsPassed: 4, testsFailed: 0 };
const on = { diffHash: 'h1', baseSha: 'b1', candidateSha: 'c1' };
const decision = (over: Partial<ChangeDecision> = {}): ChangeDecision => ({
  id: 'apr_1',
  by: 'ann',
  byKind: 'person',
  decision: 'approved',
  comment: '',
  atMs: 0,
  gates: fingerprintOfGates([gate]),
  ...on,
  ...over,
});
const change = (over: Partial<Change> = {}): Change => ({ ...run(undefined, awaiting()), ...on, gates: [gate], ...over });
const agent = (id: string, ...above: string[]): Actor => ({ kind: 'agent', id, epoch: 1, path: [...above, id] });

describe('I-SELF-6: an approval is bound', () => {
  it('to the diff, the base, the candidate and every outcome of the gates; not to times and logs', () => {
    expect(isBound(change(), decision())).toBe(true);
    expect(isBound(change({ gates: [{ ...gate, ms: 9, excerpt: 'other' }] }), decision())).toBe(true);
    for (const moved of [{ diffHash: 'h2' }, { baseSha: 'b2' }, { candidateSha: 'c2' }])
      expect(isBound(change(moved), decision())).toBe(false);
    const others: Partial<GateReport>[] = [
      { name: 'lint' },
      { on: 'base' },
      { exitCode: 1 },
      { passed: false },
      { testsPassed: 5 },
      { testsFailed: 1 },
      { testsPassed: undefined },
    ];
    for (const other of others) expect(isBound(change({ gates: [{ ...gate, ...other }] }), decision()), JSON.stringify(other)).toBe(false);
    for (const gates of [[], [gate, gate]]) expect(isBound(change({ gates }), decision())).toBe(false);
  });
  it('what is printed of two gates is not what is printed of one', () => {
    const [a, b] = [
      { ...gate, name: 'a' },
      { ...gate, name: 'b' },
    ];
    const prints = [[a], [b], [a, b], [b, a], []].map(fingerprintOfGates);
    expect(new Set(prints).size).toBe(prints.length);
  });
  it('suffices from a person, from the token below High, from an agent never; a rejection is none', () => {
    const by = (over: Partial<ChangeDecision>, level: 'low' | 'medium' | 'high' = 'low') =>
      isApproved(change({ blastRadius: radius(level), approvals: [decision(over)] }));
    expect([by({}), by({}, 'high')]).toEqual([true, true]);
    expect([by({ byKind: 'token' }), by({ byKind: 'token' }, 'medium'), by({ byKind: 'token' }, 'high')]).toEqual([true, true, false]);
    expect([by({ byKind: 'agent' }), by({ decision: 'rejected' }), by({ baseSha: 'moved' })]).toEqual([false, false, false]);
  });
});

describe('I-SELF-5: who decides', () => {
  const rule = (text: string) => ({ code: 'forbidden', rule: text });
  it('an agent on what is strictly below it, with the reason why not otherwise', () => {
    expect(mayDecide(change(), agent('lead', 'root'))).toBeNull();
    expect(mayDecide(change(), agent('coder', 'root', 'lead'))).toEqual({ code: 'self_approval', changeId: 'chg_1' });
    expect(mayDecide(change(), agent('helper', 'root', 'lead', 'coder'))).toEqual({ code: 'self_approval', changeId: 'chg_1' });
    expect(mayDecide(change(), agent('tester', 'root'))).toEqual(rule('an agent decides only on changes of its own descendants'));
    // its path may be one of before it was moved: its own change stays its own
    expect(mayDecide(change(), { kind: 'agent', id: 'coder', epoch: 1, path: [] })).toMatchObject({ code: 'self_approval' });
  });
  it('the token up to Medium; neither a runner nor the server itself', () => {
    const project: Actor = { kind: 'project', id: 'tok' };
    const high = rule('a change of High blast radius needs a person');
    expect((['low', 'medium', 'high', 'critical'] as const).map((l) => mayDecide(change({ blastRadius: radius(l) }), project))).toEqual([
      null,
      null,
      high,
      high,
    ]);
    const nobody = rule('only people, the project token and agents above the proposer decide on changes');
    for (const actor of [
      { kind: 'runner', id: 'r', scope: null },
      { kind: 'system', id: 's' },
    ] as Actor[]) {
      expect(mayDecide(change(), actor)).toEqual(nobody);
      expect(mayWithdraw(change(), actor)).toEqual(rule('only the proposer, an agent above it or a person withdraws a change'));
    }
    expect(mayWithdraw(change(), { kind: 'runner', id: 'coder', scope: null })).not.toBeNull();
  });
  it('the same decision twice is one; by another, of another kind, or on another diff it is not the same', () => {
    const waiting = change({ approvals: [decision({ decision: 'approved' })] });
    const twice = decideChange(waiting, approve(person), 0);
    expect(twice).toEqual({ ok: true, value: [] });
    const bob: Actor = { kind: 'person', id: 'bob', name: 'Bob' };
    const token: Actor = { kind: 'project', id: 'ann' };
    for (const actor of [bob, token])
      expect(decideChange(waiting, approve(actor), 0)).toMatchObject({
        ok: true,
        value: [{ type: 'change.approved' }, { type: 'change.merging' }],
      });
    expect(decideChange(waiting, approve(person, 'h0'), 0)).toMatchObject({
      ok: false,
      error: { code: 'approval_stale', changeId: 'chg_1', diffHash: 'h1' },
    });
    expect(decideChange(waiting, { ...approve(person), type: 'reject' } as never, 0)).toMatchObject({
      ok: true,
      value: [{ type: 'change.rejected' }],
    });
  });
  it('says what cannot be decided any more, and why', () => {
    const late = change({ expiresAtMs: hour });
    expect(decideChange(late, approve(person), hour - 1)).toMatchObject({ ok: true });
    expect(decideChange(late, approve(person), hour)).toEqual({
      ok: false,
      error: { code: 'illegal_transition', kind: 'change', id: 'chg_1', from: 'expired', to: 'merging' },
    });
    expect(decideChange(change({ expiresAtMs: null }), approve(person), 9e15)).toMatchObject({ ok: true });
    expect(decideChange(change({ state: 'merged' }), { ...approve(person), type: 'reject' } as never, 0)).toEqual({
      ok: false,
      error: { code: 'illegal_transition', kind: 'change', id: 'chg_1', from: 'merged', to: 'rejected' },
    });
    expect(decideChange(change({ blastRadius: radius('critical') }), approve(person), 0)).toEqual({
      ok: false,
      error: { code: 'blast_radius_exceeded', changeId: 'chg_1', rule: 'Critical changes are never approved' },
    });
    // a person may say no to what nobody may approve
    expect(decideChange(change({ blastRadius: radius('critical') }), { ...approve(person), type: 'reject' } as never, 0)).toMatchObject({
      ok: true,
    });
  });
  it('no change has more than so many decisions', () => {
    const many = Array.from({ length: 100 }, (_, n) => decision({ id: `apr_${n}`, by: `agent ${n}`, byKind: 'agent' }));
    expect(decideChange(change({ approvals: many }), approve(person), 0)).toMatchObject({
      ok: false,
      error: { code: 'limit_reached', limit: 'decisions on a change' },
    });
  });
});
