import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runsOf } from '../../testing/index.ts';
import { canMove, changeTransitions } from '../kernel/transitions.ts';
import type { Actor } from '../supervisor/commands.ts';
import { isApproved, isBound } from './approval.ts';
import { type Change, type ChangeCommand, decideChange, evolveChange } from './change.ts';
import { advance, approve, approved, awaiting, gateOf, propose, radius } from './testing-changes.ts';

const actor: fc.Arbitrary<Actor> = fc.constantFrom<Actor>(
  { kind: 'person', id: 'ann', name: 'Ann' },
  { kind: 'person', id: 'bob', name: 'Bob' },
  { kind: 'project', id: 'tok' },
  { kind: 'agent', id: 'lead', epoch: 1, path: ['root', 'lead'] },
  { kind: 'agent', id: 'coder', epoch: 1, path: ['root', 'lead', 'coder'] },
  { kind: 'agent', id: 'helper', epoch: 1, path: ['root', 'lead', 'coder', 'helper'] },
  { kind: 'system', id: 'loop' },
);
const hash = fc.constantFrom('h1', 'h2');
const sha = fc.constantFrom('b1', 'b2');
const level = fc.constantFrom('low' as const, 'medium' as const, 'high' as const, 'critical' as const);

/** Any command, weighted towards the straight way so that late states are reached at all. */
const command: fc.Arbitrary<ChangeCommand> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ type: fc.constant('assessed' as const), baseSha: sha, blastRadius: level.map(radius) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('isolated' as const),
      candidateSha: fc.constantFrom('c1', 'c2'),
      diffHash: hash,
      diff: fc.constant(''),
      branch: fc.constant('b'),
    }),
  },
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom('red-1', 'red-2', 'green-1', 'green-2', 'lint'), fc.boolean())
      .map(([name, passed]) => gateOf(name, name.startsWith('red') ? 'base' : 'candidate', passed || name !== 'lint')),
  },
  { weight: 2, arbitrary: fc.constant<ChangeCommand>({ type: 'test-verified' }) },
  { weight: 2, arbitrary: fc.constant<ChangeCommand>({ type: 'validated' }) },
  { weight: 4, arbitrary: fc.tuple(actor, hash).map(([who, h]) => approve(who, h)) },
  { weight: 1, arbitrary: fc.tuple(actor, hash).map(([who, h]) => ({ ...approve(who, h), type: 'reject' }) as ChangeCommand) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('base-moved' as const), baseSha: sha }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('merged' as const), mergedSha: fc.constantFrom('m1', 'm2') }) },
  {
    weight: 1,
    arbitrary: fc.tuple(actor, hash).map(([who, h]): ChangeCommand => ({ type: 'rollback-asked', actor: who, diffHash: h, comment: '' })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<ChangeCommand>({ type: 'rolled-back', revertSha: 'r1' }, { type: 'rollback-failed', error: 'x' }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<ChangeCommand>(
      { type: 'failed', error: 'x' },
      { type: 'refused', rule: 'r', detail: '' },
      { type: 'expire' },
      propose(),
    ),
  },
);
const start = fc.constantFrom([propose()], awaiting(), awaiting('high'), approved(), [
  ...approved(),
  { type: 'merged', mergedSha: 'm1' } as const,
]);

test('random commands never leave the table, never merge unapproved, and leave no approval on moved ground (I-SELF-5)', () => {
  const runs = runsOf('property', 2000);
  const reached = new Set<string>();
  fc.assert(
    fc.property(start, fc.array(fc.tuple(command, fc.nat(30 * 3_600_000)), { maxLength: 40 }), (first, commands) => {
      let change: Change = advance(first);
      let nowMs = 0;
      for (const [next, afterMs] of commands) {
        nowMs += afterMs > 24 * 3_600_000 ? afterMs : 0;
        const decided = decideChange(change, next, nowMs);
        if (!decided.ok) continue;
        for (const event of decided.value) {
          const before = change;
          change = evolveChange(before, event, nowMs);
          if (before.state !== change.state) expect(canMove(changeTransitions, before.state, change.state)).toBe(true);
          if (event.type === 'change.merging') {
            expect(isApproved(before)).toBe(true);
            expect(before.blastRadius?.level).not.toBe('critical');
          }
          const moved =
            before.diffHash !== change.diffHash || before.baseSha !== change.baseSha || before.candidateSha !== change.candidateSha;
          if (moved) expect(change.approvals).toEqual([]);
          if (change.state !== 'merged' && change.state !== 'rolled-back')
            for (const approval of change.approvals) expect(isBound(change, approval)).toBe(true);
          for (const approval of change.approvals) expect(['coder', 'helper', 'loop']).not.toContain(approval.by);
          reached.add(change.state);
        }
        // At least once: the same again tells nothing new or is refused. A gate may run twice, an assessment starts anew.
        const again = decideChange(change, next, nowMs);
        if (again.ok && next.type !== 'gate' && next.type !== 'assessed') expect(again.value).toEqual([]);
      }
    }),
    { numRuns: runs },
  );
  // A property that never got anywhere proves nothing.
  if (runs < 2000) return;
  for (const state of ['awaiting-approval', 'merging', 'merged', 'rolled-back', 'refused', 'rejected', 'expired', 'failed', 'proposed'])
    expect([...reached]).toContain(state);
});

test('after an approval any change of hash voids it', () => {
  fc.assert(
    fc.property(
      fc.record({ diffHash: fc.constantFrom('h1', 'h2'), baseSha: fc.constantFrom('b1', 'b2'), candidateSha: fc.constantFrom('c1', 'c2') }),
      fc.boolean(),
      (now, gateChanged) => {
        const change = advance(approved());
        const gates = gateChanged ? change.gates.slice(1) : change.gates;
        const same = now.diffHash === 'h1' && now.baseSha === 'b1' && now.candidateSha === 'c1' && !gateChanged;
        expect(isApproved({ ...change, ...now, gates })).toBe(same);
      },
    ),
  );
});
