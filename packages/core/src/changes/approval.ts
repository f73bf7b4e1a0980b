import type { DomainError } from '../kernel/errors.ts';
import type { Actor } from '../supervisor/commands.ts';
import type { Change, ChangeDecision } from './change-record.ts';
import { fingerprintOfGates } from './gate.ts';

/**
 * Whether `actor` may decide on `change` at all, whatever its state (I-SELF-5): a person always; the project token on
 * Low and Medium; an agent only on changes of its strict descendants, so neither on its own nor on those above or beside it.
 * Answers the refusal, `self_approval` or `forbidden`, or `null` where it may.
 *
 * Use it for who; whether the change can be decided on now is in `decideChange`, which asks both.
 *
 * @example
 * const change = changeOf({ id: 'chg_1', projectId: 'p', agentId: 'b', agentPath: ['a', 'b'] });
 * mayDecide(change, { kind: 'person', id: 'ann', name: 'Ann' }); // → null
 * mayDecide(change, { kind: 'agent', id: 'a', epoch: 1, path: ['a'] }); // → null
 * mayDecide(change, { kind: 'agent', id: 'b', epoch: 1, path: ['a', 'b'] }); // → { code: 'self_approval', changeId: 'chg_1' }
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

/**
 * Who may take a proposal back: whoever made it, whoever stands above, people and the project token. Answers `forbidden`
 * for anybody else, or `null`.
 *
 * Use it for who; `decideChange` asks it and knows whether there is still something to withdraw.
 *
 * @example
 * const change = changeOf({ id: 'chg_1', projectId: 'p', agentId: 'b', agentPath: ['a', 'b'] });
 * mayWithdraw(change, { kind: 'agent', id: 'b', epoch: 1, path: ['a', 'b'] }); // → null
 * mayWithdraw(change, { kind: 'agent', id: 'c', epoch: 1, path: ['a', 'c'] })?.code; // → 'forbidden'
 */
export function mayWithdraw(change: Change, actor: Actor): DomainError | null {
  if (actor.kind === 'person' || actor.kind === 'project') return null;
  if (actor.kind === 'agent' && change.agentPath.includes(actor.id)) return null;
  return { code: 'forbidden', rule: 'only the proposer, an agent above it or a person withdraws a change' };
}

/**
 * Whether a decision was made on exactly what the change is now: the same diff, base, candidate and outcomes of the gates.
 *
 * Use it before a decision counts for anything; whether it suffices to merge is `isApproved`.
 *
 * @example
 * const on = { diffHash: 'h', baseSha: 'b', candidateSha: 'c', gates: fingerprintOfGates([]) };
 * const change = changeOf({ id: 'chg_1', projectId: 'p', ...on, gates: [] });
 * const decision = { id: 'apr_1', by: 'ann', byKind: 'person', decision: 'approved', comment: '', atMs: 0, ...on } as const;
 * isBound(change, decision); // → true
 * isBound({ ...change, baseSha: 'moved' }, decision); // → false
 */
export function isBound(change: Change, decision: ChangeDecision): boolean {
  return (
    decision.diffHash === change.diffHash &&
    decision.baseSha === change.baseSha &&
    decision.candidateSha === change.candidateSha &&
    decision.gates === fingerprintOfGates(change.gates)
  );
}

/**
 * Whether the change has what it needs to be merged: a bound approval of a person, or of the token up to Medium. An
 * agent's approval is never enough.
 *
 * Use it where a merge could start: it is the one place of this policy.
 *
 * @example
 * const on = { diffHash: 'h', baseSha: 'b', candidateSha: 'c', gates: fingerprintOfGates([]) };
 * const approval = { id: 'apr_1', by: 'ann', byKind: 'person', decision: 'approved', comment: '', atMs: 0, ...on } as const;
 * const change = changeOf({ id: 'chg_1', projectId: 'p', ...on, gates: [], approvals: [approval] });
 * isApproved(change); // → true
 * isApproved({ ...change, diffHash: 'another' }); // → false
 * isApproved({ ...change, approvals: [{ ...approval, byKind: 'agent' }] }); // → false
 */
export function isApproved(change: Change): boolean {
  return change.approvals.some(
    (a) =>
      a.decision === 'approved' &&
      isBound(change, a) &&
      (a.byKind === 'person' || (a.byKind === 'token' && change.blastRadius?.level !== 'high')),
  );
}

/**
 * How a record names the kind of its author.
 *
 * Use it for actors that `mayDecide` lets through; a runner never gets that far.
 *
 * @example
 * kindOfActor({ kind: 'person', id: 'ann', name: 'Ann' }); // → 'person'
 * kindOfActor({ kind: 'project', id: 'prj_1' }); // → 'token'
 */
export const kindOfActor = (actor: Actor): ChangeDecision['byKind'] =>
  actor.kind === 'agent' ? 'agent' : actor.kind === 'person' ? 'person' : 'token';
