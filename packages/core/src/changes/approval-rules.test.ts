import { describe, expect, it } from 'vitest';
import type { Actor } from '../supervisor/commands.ts';
import { missingApproval } from './approval.ts';
import type { ApprovalRules, Change, ChangeCommand } from './change.ts';
import { decideChange } from './change.ts';
import { advance, approve, awaiting, errorOf, person, run } from './testing-changes.ts';

const ann = person;
const ben = { kind: 'person', id: 'ben', name: 'Ben' } as const;
const token = { kind: 'project', id: 'prj_1' } as const;
const lead: Actor = { kind: 'agent', id: 'lead', epoch: 1, path: ['root', 'lead'] };
const eyes = (fourEyes: ApprovalRules['fourEyes'], parentFirst = false): ApprovalRules => ({ fourEyes, parentFirst });
const by = (actor: Parameters<typeof approve>[0], rules: ApprovalRules): ChangeCommand => ({ ...approve(actor), rules }) as ChangeCommand;
const override = (actor: Parameters<typeof approve>[0], rules: ApprovalRules, comment = 'nobody else is awake'): ChangeCommand =>
  ({ ...approve(actor), type: 'override', approvalId: `ovr_${actor.id}`, comment, rules }) as ChangeCommand;
const waiting = (level: 'low' | 'medium' | 'high' = 'low', commands: ChangeCommand[] = []): Change =>
  run(advance(awaiting(level)), commands);

describe('I-SELF-5: four eyes', () => {
  it('two people approve, in whatever order; the first alone merges nothing, nor does he twice', () => {
    const rules = eyes('always');
    const once = waiting('low', [by(ann, rules)]);
    expect(once.state).toBe('awaiting-approval');
    expect(missingApproval(once, rules)).toBe('second-person');
    expect(run(once, [by(ann, rules)])).toEqual(once);
    expect(run(once, [by(ben, rules)]).state).toBe('merging');
    expect(waiting('low', [by(ben, rules), by(ann, rules)]).state).toBe('merging');
  });
  it('neither an agent nor the token is a pair of eyes', () => {
    const rules = eyes('always');
    expect(errorOf(waiting(), by(token, rules))).toBe('forbidden');
    expect(waiting('low', [by(lead, rules), by(ann, rules)]).state).toBe('awaiting-approval');
    // a token that approved before the rule was there does not count under it
    const before = { ...waiting('low', [by(ann, rules)]), state: 'awaiting-approval' as const };
    const mixed = {
      ...before,
      approvals: [...before.approvals, { ...(before.approvals[0] as Change['approvals'][number]), by: 'prj_1', byKind: 'token' as const }],
    };
    expect(missingApproval(mixed, rules)).toBe('second-person');
  });
  it('two decisions of one person are one person', () => {
    const once = waiting('low', [by(ann, eyes('always'))]);
    const twice = { ...once, approvals: once.approvals.flatMap((a) => [a, { ...a, id: 'apr_again' }]) };
    expect(missingApproval(twice, eyes('always'))).toBe('second-person');
  });
  it('from High up alone, where the rules say so', () => {
    expect(waiting('medium', [by(ann, eyes('high'))]).state).toBe('merging');
    expect(waiting('medium', [by(token, eyes('high'))]).state).toBe('merging');
    expect(waiting('high', [by(ann, eyes('high'))]).state).toBe('awaiting-approval');
    expect(waiting('high', [by(ann, eyes('high')), by(ben, eyes('high'))]).state).toBe('merging');
    expect(waiting('high', [by(ann, eyes('off'))]).state).toBe('merging');
  });
  it('a moved base voids the first of two', () => {
    const rules = eyes('always');
    const moved = run(waiting('low', [by(ann, rules)]), [{ type: 'base-moved', baseSha: 'b2' }]);
    expect(moved.approvals).toEqual([]);
  });
});

describe('I-SELF-5: the agent above endorses first', () => {
  const rules = eyes('off', true);
  it('before that nobody else approves, and after it one person is enough', () => {
    expect(errorOf(waiting(), by(ann, rules))).toBe('forbidden');
    expect(errorOf(waiting(), by(token, rules))).toBe('forbidden');
    expect(missingApproval(waiting(), rules)).toBe('parent');
    const endorsed = waiting('low', [by(lead, rules)]);
    expect(endorsed.state).toBe('awaiting-approval');
    expect(missingApproval(endorsed, rules)).toBe('person');
    expect(run(endorsed, [by(ann, rules)]).state).toBe('merging');
  });
  it('anybody may reject without it; a root has nobody above it', () => {
    expect(run(waiting(), [{ ...by(ann, rules), type: 'reject' } as ChangeCommand]).state).toBe('rejected');
    const root = { ...waiting(), agentId: 'root', agentPath: ['root'] };
    expect(run(root, [by(ann, rules)]).state).toBe('merging');
  });
});

describe('I-SELF-5: an override', () => {
  const rules = eyes('always', true);
  it('is a person’s, with a reason, and stands as one in the record and its timeline', () => {
    const change = waiting('high', [override(ann, rules)]);
    expect(change.state).toBe('merging');
    expect(change.approvals).toMatchObject([{ by: 'ann', decision: 'approved', override: true, comment: 'nobody else is awake' }]);
    expect(change.timeline.map((t) => t.text)).toContain(
      'Approved by person ann, setting the rules of the repository aside: nobody else is awake',
    );
    expect(errorOf(waiting(), override(token, rules))).toBe('forbidden');
    expect(errorOf(waiting(), override(lead, rules))).toBe('forbidden');
    expect(errorOf(waiting(), override({ kind: 'runner', id: 'r', scope: null }, rules))).toBe('forbidden');
    expect(errorOf(waiting(), override(ann, rules, '  '))).toBe('invalid_input');
  });
  it('by the one who approved first is no repetition of the approval; the same again changes nothing', () => {
    const once = waiting('low', [by(ann, eyes('always'))]);
    const merging = run(once, [override(ann, eyes('always'))]);
    expect(merging.state).toBe('merging');
    expect(run(merging, [override(ann, eyes('always'))])).toEqual(merging);
  });
  it('binds as any approval does, and never lets Critical or a failed gate through', () => {
    expect(errorOf(waiting(), { ...override(ann, rules), diffHash: 'h0' } as ChangeCommand)).toBe('approval_stale');
    const critical = {
      ...waiting(),
      blastRadius: { ...(waiting().blastRadius as NonNullable<Change['blastRadius']>), level: 'critical' as const },
    };
    expect(errorOf(critical, override(ann, rules))).toBe('blast_radius_exceeded');
    expect(errorOf({ ...waiting(), state: 'refused' }, override(ann, rules))).toBe('illegal_transition');
    expect(decideChange({ ...waiting(), expiresAtMs: 1 }, override(ann, rules), 1).ok).toBe(false);
  });
});
