import { expect, test } from 'vitest';
import type { Actor } from '../supervisor/commands.ts';
import { type Change, type ChangeCommand, changeLimits, decideChange } from './change.ts';
import { advance, approve, approved, awaiting, errorOf, hour, newFile, person, propose, run, verify } from './testing-changes.ts';

const agent = (id: string, path: string[]): Actor => ({ kind: 'agent', id, epoch: 1, path });
const parent = agent('lead', ['root', 'lead']);
const self = agent('coder', ['root', 'lead', 'coder']);
const child = agent('helper', ['root', 'lead', 'coder', 'helper']);
const sibling = agent('tester', ['root', 'lead', 'tester']);
const token: Actor = { kind: 'project', id: 'tok' };

test('goes from proposal to merge and back, each step in its timeline', () => {
  const change = advance([...approved(), { type: 'merged', mergedSha: 'm1' }]);
  expect(change).toMatchObject({ state: 'merged', mergedSha: 'm1', version: change.timeline.length, expiresAtMs: null });
  const back = run(change, [
    { type: 'rollback-asked', actor: person, diffHash: 'h1', comment: '' },
    { type: 'gate', gate: { name: 'rollback-suite', on: 'candidate', exitCode: 0, ms: 1, passed: true, excerpt: '' } },
    { type: 'rolled-back', revertSha: 'r1' },
  ]);
  expect(back).toMatchObject({ state: 'rolled-back', revertSha: 'r1', rollbackAsked: false });
  expect(back.approvals).toHaveLength(1);
});

test('reaching validated goes on to awaiting-approval with an expiry', () => {
  const change = advance(awaiting(), 1000);
  expect(change.state).toBe('awaiting-approval');
  expect(change.expiresAtMs).toBe(1000 + changeLimits.approvalMs);
});

test('a text that breaks a rule is refused in the same step', () => {
  const change = advance([propose({ fixPatch: newFile('../x', 'y') })]);
  expect(change).toMatchObject({ state: 'refused', refusal: { rule: 'path-leaves-tree' } });
});

test('critical is refused at the assessment and never approvable', () => {
  const change = advance([
    propose(),
    { type: 'assessed', baseSha: 'b1', blastRadius: { level: 'critical', score: 100, reasons: ['layer 1'], files: [], dependents: [] } },
  ]);
  expect(change).toMatchObject({ state: 'refused', refusal: { rule: 'critical-layer', detail: 'layer 1' } });
  expect(errorOf(change, approve(person))).toBe('blast_radius_exceeded');
});

test('the proof is asked for: red and green twice, and no failed gate on the candidate', () => {
  const [proposeIt, assess, isolate, ...gates] = verify();
  const isolatedChange = advance([proposeIt, assess, isolate] as ChangeCommand[]);
  expect(errorOf(isolatedChange, { type: 'test-verified' })).toBe('gate_failed');
  for (const lacking of ['red-1', 'red-2', 'green-1', 'green-2']) {
    const others = gates.filter((g) => g.type === 'gate' && g.gate.name !== lacking);
    expect(decideChange(run(isolatedChange, others), { type: 'test-verified' }, 0)).toMatchObject({ error: { gate: lacking } });
    // on the wrong side, or not passed, it proves as little
    const [wrongSide, notPassed] = gates.flatMap((g) =>
      g.type === 'gate' && g.gate.name === lacking
        ? [
            { ...g, gate: { ...g.gate, on: g.gate.on === 'base' ? ('candidate' as const) : ('base' as const) } },
            { ...g, gate: { ...g.gate, passed: false } },
          ]
        : [],
    );
    for (const instead of [wrongSide, notPassed])
      expect(errorOf(run(isolatedChange, [...others, instead as ChangeCommand]), { type: 'test-verified' })).toBe('gate_failed');
  }
  const proven = run(isolatedChange, gates);
  const lint = run(proven, [{ type: 'gate', gate: { name: 'lint', on: 'candidate', exitCode: 1, ms: 1, passed: false, excerpt: '' } }]);
  expect(errorOf(lint, { type: 'validated' })).toBe('gate_failed');
  const baseLint = run(proven, [{ type: 'gate', gate: { name: 'lint', on: 'base', exitCode: 1, ms: 1, passed: false, excerpt: '' } }]);
  expect(run(baseLint, [{ type: 'validated' }]).state).toBe('awaiting-approval');
});

test('who may decide', () => {
  const change = advance(awaiting());
  expect(errorOf(change, approve(self))).toBe('self_approval');
  expect(errorOf(change, approve(child))).toBe('self_approval');
  expect(errorOf(change, approve(sibling))).toBe('forbidden');
  expect(errorOf(change, approve({ kind: 'runner', id: 'r', scope: null }))).toBe('forbidden');
  expect(errorOf(change, approve({ kind: 'system', id: 's' }))).toBe('forbidden');
  expect(run(change, [approve(token)]).state).toBe('merging');
  expect(run(change, [approve(person)]).state).toBe('merging');
});

test('a path is compared by whole ids', () => {
  const change = advance(awaiting());
  expect(errorOf(change, approve(agent('lea', ['root', 'lea'])))).toBe('forbidden');
});

test('an ancestor endorses, which is recorded and not enough', () => {
  const change = run(advance(awaiting()), [approve(parent)]);
  expect(change.state).toBe('awaiting-approval');
  expect(change.approvals).toMatchObject([
    { by: 'lead', byKind: 'agent', decision: 'approved', diffHash: 'h1', baseSha: 'b1', candidateSha: 'c1' },
  ]);
  expect(run(change, [approve(person)]).state).toBe('merging');
});

test('an ancestor may reject', () => {
  expect(run(advance(awaiting()), [{ ...approve(parent), type: 'reject' } as ChangeCommand]).state).toBe('rejected');
});

test('High needs a person', () => {
  const change = advance(awaiting('high'));
  expect(errorOf(change, approve(token))).toBe('forbidden');
  expect(run(change, [approve(person)]).state).toBe('merging');
});

test('another hash is stale, the wrong state is illegal', () => {
  const change = advance(awaiting());
  expect(errorOf(change, approve(person, 'h0'))).toBe('approval_stale');
  expect(errorOf(advance([propose()]), approve(person))).toBe('illegal_transition');
  expect(errorOf(run(change, [{ ...approve(person), type: 'reject' } as ChangeCommand]), approve(person))).toBe('illegal_transition');
});

test('the same approval again changes nothing, also after it led to the merge', () => {
  const merging = advance(approved());
  expect(run(merging, [approve(person)])).toEqual(merging);
  const endorsed = run(advance(awaiting()), [approve(parent)]);
  expect(run(endorsed, [approve(parent)])).toEqual(endorsed);
});

test('expires after its time, not before, and cannot be approved then', () => {
  const change = advance(awaiting(), 0);
  expect(run(change, [{ type: 'expire' }], changeLimits.approvalMs - 1)).toEqual(change);
  expect(errorOf(change, approve(person), changeLimits.approvalMs)).toBe('illegal_transition');
  expect(run(change, [{ type: 'expire' }], changeLimits.approvalMs).state).toBe('expired');
  expect(run(advance([propose()], 0), [{ type: 'expire' }], 25 * hour).state).toBe('expired');
});

test('a moved base voids every approval and all evidence', () => {
  const change = run(advance(approved()), [{ type: 'base-moved', baseSha: 'b2' }]);
  expect(change).toMatchObject({ state: 'proposed', approvals: [], gates: [], diffHash: null, attempt: 2 });
  expect(errorOf(change, approve(person))).toBe('illegal_transition');
});

test('our own fault while merging brings it back to a fresh decision', () => {
  const endorsed = run(advance(awaiting()), [approve(parent), approve(person), { type: 'failed', error: 'disk full' }]);
  expect(endorsed).toMatchObject({ state: 'awaiting-approval', refusal: { rule: 'merge-failed', detail: 'disk full' } });
  expect(endorsed.approvals.map((a) => a.byKind)).toEqual(['agent']);
  expect(run(endorsed, [approve(person)]).state).toBe('merging');
});

test('our own fault before that ends it, named as ours', () => {
  expect(run(advance([propose()]), [{ type: 'failed', error: 'no git' }])).toMatchObject({
    state: 'failed',
    refusal: { rule: 'supervisor-fault' },
  });
});

test('reports come at least once: repeats and late ones change nothing', () => {
  const change = advance(awaiting());
  expect(run(change, verify().slice(1))).toEqual(change);
  const merged = run(change, [approve(person), { type: 'merged', mergedSha: 'm' }]);
  expect(
    run(merged, [
      { type: 'merged', mergedSha: 'm' },
      { type: 'failed', error: 'late' },
      { type: 'refused', rule: 'x', detail: '' },
    ]),
  ).toEqual(merged);
});

test('a runner that begins again starts clean', () => {
  const half = advance(verify().slice(0, 5));
  expect(half.gates.length).toBeGreaterThan(0);
  const again = run(half, [verify()[1] as ChangeCommand]);
  expect(again).toMatchObject({ state: 'assessed', gates: [], candidateSha: null, attempt: 2 });
});

test('withdrawing is for the proposer, those above, and people', () => {
  const change = advance(awaiting());
  const by = (actor: Actor): ChangeCommand => ({ type: 'withdraw', actor, reason: '' });
  for (const actor of [self, parent, person, token]) expect(run(change, [by(actor)]).state).toBe('withdrawn');
  expect(errorOf(change, by(sibling))).toBe('forbidden');
  expect(errorOf(change, by(child))).toBe('forbidden');
  expect(errorOf(advance(approved()), by(self))).toBe('illegal_transition');
});

test('a rollback binds to the hash, is asked once, and may be asked again after it failed', () => {
  const merged = advance([...approved(), { type: 'merged', mergedSha: 'm1' }]);
  const ask = (actor: Actor, diffHash = 'h1'): ChangeCommand => ({ type: 'rollback-asked', actor, diffHash, comment: '' });
  expect(errorOf(merged, ask(person, 'h2'))).toBe('approval_stale');
  expect(errorOf(merged, ask(parent))).toBe('forbidden');
  expect(errorOf(advance(awaiting()), ask(person))).toBe('illegal_transition');
  const asked = run(merged, [ask(person)]);
  expect(run(asked, [ask(person)])).toEqual(asked);
  const failedOnce = run(asked, [{ type: 'rollback-failed', error: 'conflict' }]);
  expect(failedOnce).toMatchObject({ state: 'merged', rollbackAsked: false, refusal: { rule: 'rollback-failed' } });
  expect(run(failedOnce, [ask(person)]).rollbackAsked).toBe(true);
});

test('proposing again with the same request is the same change', () => {
  const change = advance([propose({ requestId: 'q1' })]) as Change;
  expect(run(change, [propose({ requestId: 'q1' })])).toEqual(change);
  expect(errorOf(change, propose({ requestId: 'q2' }))).toBe('illegal_transition');
  expect(errorOf(undefined, { type: 'expire' })).toBe('not_found');
});

test('a gate told again, because the answer was lost, is kept once; a second run of it is kept too', () => {
  const gate = { name: 'red-1', on: 'base', exitCode: 1, ms: 5, passed: true, excerpt: 'x' } as const;
  const isolated = verify().slice(0, 3);
  const told = { type: 'gate', gate } as const;
  expect(
    advance([
      ...isolated,
      told,
      { type: 'gate', gate: { excerpt: gate.excerpt, passed: true, ms: 5, exitCode: 1, on: 'base', name: gate.name } },
    ]).gates,
  ).toEqual([gate]);
  expect(advance([...isolated, told, { type: 'gate', gate: { ...gate, ms: 6 } }]).gates).toHaveLength(2);
  const other = { type: 'gate', gate: { ...gate, name: 'red-2' } } as const;
  expect(advance([...isolated, told, other, told]).gates).toHaveLength(3);
});
