import type { ApprovalNeed } from '../api/repository-rules.ts';
import type { DomainError } from '../kernel/errors.ts';
import type { Actor } from '../supervisor/commands.ts';
import type { ApprovalRules, Change, ChangeDecision } from './change-record.ts';
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
export function isBound(change: Pick<Change, 'diffHash' | 'baseSha' | 'candidateSha' | 'gates'>, decision: ChangeDecision): boolean {
  return (
    decision.diffHash === change.diffHash &&
    decision.baseSha === change.baseSha &&
    decision.candidateSha === change.candidateSha &&
    decision.gates === fingerprintOfGates(change.gates)
  );
}

const noRules: ApprovalRules = { fourEyes: 'off', parentFirst: false };
type Decided = Pick<Change, 'approvals' | 'agentPath' | 'blastRadius' | 'diffHash' | 'baseSha' | 'candidateSha' | 'gates'>;

const needsTwo = (change: Pick<Change, 'blastRadius'>, { fourEyes }: ApprovalRules): boolean =>
  fourEyes === 'always' || (fourEyes === 'high' && change.blastRadius?.level === 'high');
const boundApprovals = (change: Decided): ChangeDecision[] =>
  change.approvals.filter((a) => a.decision === 'approved' && isBound(change, a));
/** A root has nobody above it who could endorse. */
const lacksParent = (change: Decided, { parentFirst }: ApprovalRules): boolean =>
  parentFirst && change.agentPath.length > 1 && !boundApprovals(change).some((a) => a.byKind === 'agent');

/**
 * What a change still lacks to be merged, or `null`: an endorsement from above where the repository asks for it, a bound
 * approval of a person (or of the token up to Medium), and of another person under four eyes. An agent's approval is never
 * enough, the token is no pair of eyes, and whoever approved first is not the second. A person's override stands for all.
 *
 * Use it where a merge could start, and to say what is waited for: it is the one place of this policy.
 *
 * @example
 * const on = { diffHash: 'h', baseSha: 'b', candidateSha: 'c', gates: fingerprintOfGates([]) };
 * const approval = { id: 'apr_1', by: 'ann', byKind: 'person', decision: 'approved', comment: '', atMs: 0, ...on } as const;
 * const agentPath = ['lead', 'coder'];
 * const change = changeOf({ id: 'chg_1', projectId: 'p', agentPath, ...on, gates: [], approvals: [approval] });
 * missingApproval(change); // → null
 * missingApproval({ ...change, diffHash: 'another' }); // → 'person'
 * missingApproval(change, { fourEyes: 'always', parentFirst: false }); // → 'second-person'
 * missingApproval(change, { fourEyes: 'off', parentFirst: true }); // → 'parent'
 */
export function missingApproval(change: Decided, rules: ApprovalRules = noRules): ApprovalNeed | null {
  const bound = boundApprovals(change);
  if (bound.some((a) => a.override && a.byKind === 'person')) return null;
  if (lacksParent(change, rules)) return 'parent';
  const people = new Set(bound.filter((a) => a.byKind === 'person').map((a) => a.by));
  if (needsTwo(change, rules)) return people.size >= 2 ? null : people.size === 1 ? 'second-person' : 'person';
  const byToken = bound.some((a) => a.byKind === 'token') && change.blastRadius?.level !== 'high';
  return people.size > 0 || byToken ? null : 'person';
}

/**
 * What the rules of the repository say against an approval by `actor` now, or `null`: before the endorsement from above
 * nobody else approves, and under four eyes only people do.
 *
 * Use it beside `mayDecide`, which knows who may decide at all; a person can set it aside by an override.
 *
 * @example
 * const change = changeOf({ id: 'chg_1', projectId: 'p', agentId: 'b', agentPath: ['a', 'b'] });
 * const ann = { kind: 'person', id: 'ann', name: 'Ann' } as const;
 * mayApproveNow(change, ann, { fourEyes: 'off', parentFirst: true })?.code; // → 'forbidden'
 * mayApproveNow(change, ann, { fourEyes: 'always', parentFirst: false }); // → null
 * mayApproveNow(change, { kind: 'project', id: 'p' }, { fourEyes: 'always', parentFirst: false })?.code; // → 'forbidden'
 */
export function mayApproveNow(change: Change, actor: Actor, rules: ApprovalRules = noRules): DomainError | null {
  if (actor.kind === 'agent') return null;
  if (rules.frozenBy)
    return {
      code: 'forbidden',
      rule: `${rules.frozenBy} failed its health check and could not be rolled back: roll it back first, or merge what mends it by an override`,
    };
  if (lacksParent(change, rules))
    return { code: 'forbidden', rule: 'in this repository an agent above the proposer endorses a change before anybody approves it' };
  if (actor.kind === 'project' && needsTwo(change, rules))
    return { code: 'forbidden', rule: 'in this repository two people approve such a change' };
  return null;
}

/**
 * Whether the change has what it needs to be merged, as `missingApproval` has it.
 *
 * Use it where a merge starts.
 *
 * @example
 * const change = changeOf({ id: 'chg_1', projectId: 'p', approvals: [] });
 * isApproved(change); // → false
 */
export const isApproved = (change: Decided, rules?: ApprovalRules): boolean => missingApproval(change, rules) === null;

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
