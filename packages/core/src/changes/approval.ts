import type { DomainError } from '../kernel/errors.ts';
import type { Actor } from '../supervisor/commands.ts';
import type { Change, ChangeDecision } from './change-record.ts';
import { fingerprintOfGates } from './gate.ts';

/**
 * Whether `actor` may decide on `change` at all, whatever its state (I-SELF-5): a person always; the project token on
 * Low and Medium; an agent only on changes of its strict descendants, so neither on its own nor on those above or beside it.
 */
export function mayDecide(change: Change, actor: Actor): DomainError | null {
  switch (actor.kind) {
    case 'person':
      return null;
    case 'project': {
      const level = change.blastRadius?.level;
      return level === 'high' || level === 'critical' ? { code: 'forbidden', rule: 'a change of High blast radius needs a person' } : null;
    }
    case 'agent':
      if (actor.id === change.agentId || actor.path.includes(change.agentId)) return { code: 'self_approval', changeId: change.id };
      return change.agentPath.includes(actor.id)
        ? null
        : { code: 'forbidden', rule: 'an agent decides only on changes of its own descendants' };
    case 'runner':
    case 'system':
      return { code: 'forbidden', rule: 'only people, the project token and agents above the proposer decide on changes' };
  }
}

/** Who may take a proposal back: whoever made it, whoever stands above, and people. */
export function mayWithdraw(change: Change, actor: Actor): DomainError | null {
  if (actor.kind === 'person' || actor.kind === 'project') return null;
  if (actor.kind === 'agent' && change.agentPath.includes(actor.id)) return null;
  return { code: 'forbidden', rule: 'only the proposer, an agent above it or a person withdraws a change' };
}

/** Whether a decision was made on exactly what the change is now. */
export function isBound(change: Change, decision: ChangeDecision): boolean {
  return (
    decision.diffHash === change.diffHash &&
    decision.baseSha === change.baseSha &&
    decision.candidateSha === change.candidateSha &&
    decision.gates === fingerprintOfGates(change.gates)
  );
}

/** Whether the change has what it needs to be merged: a bound approval of a person, or of the token up to Medium. */
export function isApproved(change: Change): boolean {
  return change.approvals.some(
    (a) =>
      a.decision === 'approved' &&
      isBound(change, a) &&
      (a.byKind === 'person' || (a.byKind === 'token' && change.blastRadius?.level !== 'high')),
  );
}

/** How a record names the kind of its author. */
export const kindOfActor = (actor: Actor): ChangeDecision['byKind'] =>
  actor.kind === 'agent' ? 'agent' : actor.kind === 'person' ? 'person' : 'token';
