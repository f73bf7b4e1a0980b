import type { BlastRadius } from '../api/inputs.ts';
import { invariant, unreachable } from '../kernel/invariant.ts';
import { type ChangeState, canMove, changeTransitions } from '../kernel/transitions.ts';
import { evolveActivation } from './activation.ts';
import { isBound } from './approval.ts';
import { type Change, type ChangeComment, type ChangeEvent, changeLimits } from './change-record.ts';

/**
 * The record after an event. Total over the events that `decideChange` makes; a move outside the table is a bug and throws.
 * Approvals are filtered at the end of every step, so no event, also a future one, can leave one standing on moved ground.
 *
 * Use it for every write of a change, so that the record and its timeline are what its events say.
 *
 * @example
 * const change = changeOf({ id: 'chg_1', projectId: 'p', state: 'awaiting-approval', version: 5 });
 * const withdrawn = evolveChange(change, { type: 'change.withdrawn', data: { by: 'ann', reason: 'too early' } }, 1_000);
 * [withdrawn.state, withdrawn.version, withdrawn.updatedAtMs]; // → ['withdrawn', 6, 1_000]
 * withdrawn.timeline.at(-1)?.text; // → 'Withdrawn by ann: too early'
 * evolveChange(withdrawn, { type: 'change.merging', data: {} }, 2_000); // → throws
 */
export function evolveChange(change: Change | undefined, event: ChangeEvent, atMs: number): Change {
  const applied = apply(change, event, atMs);
  const next = { ...applied, activation: evolveActivation(applied.activation, event, applied.state, atMs) };
  invariant(
    change === undefined || change.state === next.state || canMove(changeTransitions, change.state, next.state),
    `change ${next.id}: ${change?.state} → ${next.state} is not in the table`,
  );
  const timeline = [...next.timeline, { atMs, text: sentenceOfChangeEvent(event) }];
  // A rollback's gates come after the merge: they void nothing, the decision has been carried out.
  const approvals = isDone(next.state) ? next.approvals : next.approvals.filter((a) => isBound(next, a));
  return { ...next, approvals, version: (change?.version ?? 0) + 1, updatedAtMs: atMs, timeline: timeline.slice(-changeLimits.timeline) };
}

const isDone = (state: ChangeState): boolean => state === 'merged' || state === 'rolled-back';

function apply(change: Change | undefined, event: ChangeEvent, atMs: number): Change {
  if (event.type === 'change.proposed') {
    invariant(!change, 'a change is proposed once');
    const { expiresAtMs, ...proposal } = event.data;
    return {
      ...proposal,
      ...unverified,
      activation: null,
      comments: [],
      state: 'proposed',
      version: 0,
      attempt: 1,
      expiresAtMs,
      refusal: null,
      createdAtMs: atMs,
      updatedAtMs: atMs,
      timeline: [],
    };
  }
  invariant(change, `${event.type} of an unknown change`);
  switch (event.type) {
    case 'change.restarted':
      return { ...change, ...unverified, state: 'proposed', attempt: change.attempt + 1 };
    case 'change.assessed':
      return { ...change, state: 'assessed', baseSha: event.data.baseSha, blastRadius: event.data.blastRadius };
    case 'change.isolated':
      return { ...change, ...event.data, state: 'isolated' };
    case 'change.gate':
      return { ...change, gates: [...change.gates, event.data.gate] };
    case 'change.test-verified':
      return { ...change, state: 'test-verified', blastRadius: event.data.blastRadius ?? change.blastRadius };
    case 'change.validated':
      return { ...change, state: 'validated' };
    case 'change.awaiting-approval':
      return { ...change, state: 'awaiting-approval', expiresAtMs: event.data.expiresAtMs, refusal: null };
    case 'change.approved':
    case 'change.endorsed':
      return { ...change, approvals: [...change.approvals, event.data.approval] };
    case 'change.rejected':
      return { ...change, state: 'rejected', expiresAtMs: null, approvals: [...change.approvals, event.data.approval] };
    case 'change.commented':
      return { ...change, comments: [...change.comments, event.data.comment] };
    case 'change.withdrawn':
      return { ...change, state: 'withdrawn', expiresAtMs: null };
    case 'change.expired':
      return { ...change, state: 'expired', expiresAtMs: null };
    case 'change.refused':
      return { ...change, state: 'refused', expiresAtMs: null, refusal: event.data };
    case 'change.failed':
      return { ...change, state: 'failed', expiresAtMs: null, refusal: { rule: 'supervisor-fault', detail: event.data.error } };
    case 'change.merging':
      return { ...change, state: 'merging', expiresAtMs: null, refusal: null };
    case 'change.merge-failed':
      return {
        ...change,
        state: 'awaiting-approval',
        // The old decision is spent: trying again is a new one, made in sight of what went wrong.
        approvals: change.approvals.filter((a) => a.byKind === 'agent'),
        expiresAtMs: event.data.expiresAtMs,
        refusal: { rule: 'merge-failed', detail: event.data.error },
      };
    case 'change.base-moved':
      return { ...change, ...unverified, state: 'proposed', attempt: change.attempt + 1, expiresAtMs: event.data.expiresAtMs };
    case 'change.merged':
      return { ...change, state: 'merged', mergedSha: event.data.mergedSha, refusal: null };
    case 'change.rollback-asked':
      return { ...change, rollbackAsked: true, refusal: null };
    case 'change.rolled-back':
      return { ...change, state: 'rolled-back', revertSha: event.data.revertSha, rollbackAsked: false };
    case 'change.rollback-failed':
      return { ...change, rollbackAsked: false, refusal: { rule: 'rollback-failed', detail: event.data.error } };
    case 'change.activating':
    case 'change.leased':
    case 'change.held':
    case 'change.quiet':
    case 'change.overdue':
    case 'change.healthy':
    case 'change.unhealthy':
    case 'change.thawed':
      return change;
    default:
      return unreachable(event);
  }
}

/** Everything that verification finds out; taken back as a whole, so that no piece of an old attempt survives. */
const unverified = {
  baseSha: null,
  candidateSha: null,
  mergedSha: null,
  revertSha: null,
  branch: null,
  diffHash: null,
  diff: null,
  blastRadius: null,
  gates: [],
  approvals: [],
  rollbackAsked: false,
} satisfies Partial<Change>;

const short = (sha: string): string => sha.slice(0, 10);

/**
 * An event as a line of the dossier's timeline, with what a person said cut to 300 characters.
 *
 * Use it where a person reads of a change; programs read the event.
 *
 * @example
 * sentenceOfChangeEvent({ type: 'change.merged', data: { mergedSha: '0123456789abcdef' } }); // → 'Merged as 0123456789'
 */
export function sentenceOfChangeEvent(event: ChangeEvent): string {
  switch (event.type) {
    case 'change.proposed':
      return `Proposed by agent ${event.data.agentId}`;
    case 'change.restarted':
      return `Verification started anew: ${event.data.why}`;
    case 'change.assessed':
      return `Assessed on base ${short(event.data.baseSha)}: ${event.data.blastRadius.level}, score ${event.data.blastRadius.score}`;
    case 'change.isolated':
      return `Isolated as ${short(event.data.candidateSha)} on ${event.data.branch}`;
    case 'change.gate':
      return `Gate ${event.data.gate.name} on the ${event.data.gate.on} ${event.data.gate.passed ? 'passed' : 'did not pass'} after ${event.data.gate.ms} ms`;
    case 'change.test-verified':
      return `The new test fails on the base by assertion and passes on the candidate, twice each${coverage(event.data.blastRadius)}`;
    case 'change.validated':
      return 'All gates passed';
    case 'change.awaiting-approval':
      return 'Waits for a decision';
    case 'change.approved':
      return `Approved by ${event.data.approval.byKind} ${event.data.approval.by}${event.data.approval.override ? ', setting the rules of the repository aside' : ''}${comment(event.data.approval.comment)}`;
    case 'change.endorsed':
      return `Endorsed by agent ${event.data.approval.by}${comment(event.data.approval.comment)}`;
    case 'change.rejected':
      return `Rejected by ${event.data.approval.byKind} ${event.data.approval.by}${comment(event.data.approval.comment)}`;
    case 'change.commented':
      return saidOf(event.data.comment);
    case 'change.withdrawn':
      return `Withdrawn by ${event.data.by}${comment(event.data.reason)}`;
    case 'change.expired':
      return 'Expired without a decision';
    case 'change.refused':
      return `Refused by the rule ${event.data.rule}`;
    case 'change.failed':
      return 'Failed through a fault of the supervisor, not of the change';
    case 'change.merging':
      return 'Merging';
    case 'change.merge-failed':
      return 'Not merged; nothing was changed. Approvals are void, decide again';
    case 'change.base-moved':
      return `The branch moved to ${short(event.data.baseSha)}: approvals are void, all gates run again`;
    case 'change.merged':
      return `Merged as ${short(event.data.mergedSha)}`;
    case 'change.rollback-asked':
      return `Rollback asked by ${event.data.by === 'system' ? 'Reeve itself' : event.data.by}${comment(event.data.comment)}`;
    case 'change.rolled-back':
      return `Rolled back by ${short(event.data.revertSha)}`;
    case 'change.rollback-failed':
      return 'The rollback did not happen; the branch is as it was';
    case 'change.activating':
      return 'Is put to use: waits for the lease of the repository';
    case 'change.leased':
      return `Holds ${event.data.lease.name} with the token ${event.data.lease.token}`;
    case 'change.held':
      return `Holds still ${event.data.agentIds.slice(0, 20).join(', ')}${event.data.agentIds.length > 20 ? ' and others' : ''}`;
    case 'change.quiet':
      return 'The agents that run this code are at rest';
    case 'change.overdue':
      return `Took too long, so the agents go on: ${event.data.waitingFor}`;
    case 'change.healthy':
      return 'Healthy: the check passed on the merged commit, the agents go on';
    case 'change.unhealthy':
      return `Not healthy, rolls itself back: ${event.data.detail.slice(0, 300)}`;
    case 'change.thawed':
      return `The branch is mended: ${event.data.by} was found healthy on it`;
    default:
      return unreachable(event);
  }
}
const coverage = (radius: BlastRadius | undefined): string =>
  radius ? `; with the lines that it ran: ${radius.level}, score ${radius.score}` : '';
const saidOf = ({ byKind, by, path, line, body }: ChangeComment): string =>
  `Comment by ${byKind} ${by}${path ? ` on ${path}${line ? `:${line}` : ''}` : ''}${comment(body)}`;
const comment = (text: string): string => (text ? `: ${text.slice(0, 300)}` : '');
