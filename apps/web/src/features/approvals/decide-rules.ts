import type { ChangeState, ChangeView } from '@reeve/core/vocabulary';

export type Decision = 'approve' | 'reject' | 'override' | 'rollback';
type Decidable = Pick<ChangeView, 'state' | 'diffHash' | 'blastRadius' | 'rollbackAsked' | 'waitsFor'>;

/** What the rules of the repository still ask for, in words; null where one person is enough, as everywhere. */
export const askedFor = ({ waitsFor }: Pick<ChangeView, 'waitsFor'>): string | null =>
  waitsFor === 'parent'
    ? 'This repository asks for the endorsement of an agent above the proposer first.'
    : waitsFor === 'second-person'
      ? 'One person has approved it; this repository asks for a second one.'
      : null;

/** Which group of the inbox a change is in: what a person can act on comes first, and is all that the badge counts. */
export type InboxGroup = 'waiting' | 'in-gates' | 'decided';
const groups: Record<ChangeState, InboxGroup> = {
  'awaiting-approval': 'waiting',
  proposed: 'in-gates',
  assessed: 'in-gates',
  isolated: 'in-gates',
  'test-verified': 'in-gates',
  validated: 'in-gates',
  merging: 'in-gates',
  merged: 'decided',
  'rolled-back': 'decided',
  refused: 'decided',
  rejected: 'decided',
  failed: 'decided',
  expired: 'decided',
  withdrawn: 'decided',
};
export const groupOf = (state: ChangeState): InboxGroup => groups[state];

const notYet: Partial<Record<ChangeState, string>> = {
  proposed: 'The gates have not started yet. There is no evidence to decide on.',
  assessed: 'Its blast radius is known; it is being isolated. The gates come next.',
  isolated: 'The gates are running. You can decide once their evidence is complete.',
  'test-verified': 'The new test is proved; the remaining gates are running.',
  validated: 'All gates passed; the dossier is being closed. It waits for you in a moment.',
};
const over: Partial<Record<ChangeState, string>> = {
  merging: 'It was approved and is being merged right now.',
  merged: 'It is merged already.',
  'rolled-back': 'It was merged and then rolled back.',
  refused: 'A rule refused it before anyone could decide.',
  rejected: 'It was rejected already.',
  failed: 'It could not be checked, so there is nothing to decide on.',
  expired: 'Nobody decided in time. Its author has to propose it again.',
  withdrawn: 'Its author took it back.',
};

/**
 * Why a button cannot be used, in words; null where it can. `shownHash` is the hash of the diff on screen: a decision
 * is bound to what the person saw, not to what the change has become meanwhile.
 */
export function whyNot(decision: Decision, change: Decidable, shownHash: string | null, pending = false): string | null {
  if (pending) return 'Your decision is on its way.';
  if (decision === 'rollback') {
    if (change.rollbackAsked && change.state === 'merged') return 'It is being rolled back: the revert goes through the gates.';
    if (change.state === 'merged') return change.diffHash ? null : 'The hash of the merged diff is unknown, so nothing can be bound to it.';
    if (change.state === 'rolled-back') return 'It was rolled back already.';
    return 'Only a merged change can be rolled back.';
  }
  const closed = over[change.state];
  if (closed) return closed;
  if (change.state !== 'awaiting-approval') return notYet[change.state] ?? 'Its evidence is not complete yet.';
  if (!change.diffHash) return 'The diff has no hash yet, so a decision could not be bound to it.';
  if (shownHash !== change.diffHash) return 'The change has moved on since this diff was loaded. Load the new diff and read it first.';
  if (decision === 'approve' && change.waitsFor === 'parent') return askedFor(change);
  if ((decision === 'approve' || decision === 'override') && change.blastRadius?.level === 'critical')
    return 'Critical has no override: it touches core reasoning or the supervision itself. It can only be rejected.';
  return null;
}
