import type { GateReport } from '../api/inputs.ts';
import type { DomainError } from '../kernel/errors.ts';
import { unreachable } from '../kernel/invariant.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { type ChangeState, canMove, changeTransitions, isFinal } from '../kernel/transitions.ts';
import { activationLimits, isFrozenBy } from './activation.ts';
import { isApproved, kindOfActor, mayApproveNow, mayDecide, mayWithdraw } from './approval.ts';
import { type Change, type ChangeCommand, type ChangeDecision, type ChangeEvent, changeLimits } from './change-record.ts';
import { evolveChange } from './evolve-change.ts';
import { failedGate, fingerprintOfGates, missingProof } from './gate.ts';
import { radiusWithCoverage } from './line-coverage.ts';
import { checkPatches } from './patch-rules.ts';

type Decision = Result<ChangeEvent[]>;
type Of<T extends ChangeCommand['type']> = Extract<ChangeCommand, { type: T }>;

const nothing: Decision = ok([]);
const fail = (error: DomainError): Decision => err(error);

/**
 * What follows from a command: events, or why not. Reports of a runner come at least once, so one that tells nothing
 * new answers no events instead of an error; decisions of people and agents are checked to the letter.
 *
 * Use it for every write of a change, on the record as read in the same transaction; `undefined` only before `propose`.
 *
 * @example
 * const change = changeOf({ id: 'chg_1', projectId: 'p', state: 'awaiting-approval', expiresAtMs: 1_000 });
 * const actor = { kind: 'person', id: 'ann', name: 'Ann' } as const;
 * const approve = { type: 'approve', actor, approvalId: 'apr_1', diffHash: 'h', comment: '' } as const;
 * const decided = decideChange(change, approve, 0);
 * decided.ok && decided.value.map((event) => event.type); // → ['change.approved', 'change.merging']
 * decideChange(change, { ...approve, diffHash: 'older' }, 0); // → err({ code: 'approval_stale', changeId: 'chg_1', diffHash: 'h' })
 * decideChange(change, { type: 'test-verified' }, 0); // → ok([])
 */
export function decideChange(change: Change | undefined, command: ChangeCommand, nowMs: number): Decision {
  if (command.type === 'propose') return propose(change, command, nowMs);
  if (!change) return fail({ code: 'not_found', kind: 'change', id: '' });
  switch (command.type) {
    case 'assessed':
      return assessed(change, command);
    case 'isolated':
      return isolated(change, command);
    case 'gate':
      return gate(change, command);
    case 'test-verified':
      return verified(change, command);
    case 'validated':
      return validated(change, command, nowMs);
    case 'refused':
      return isFinal(changeTransitions, change.state) || change.state === 'merged'
        ? nothing
        : move(change, 'refused', [{ type: 'change.refused', data: { rule: command.rule, detail: command.detail } }]);
    case 'failed':
      return failed(change, command, nowMs);
    case 'approve':
    case 'reject':
    case 'override':
      return decision(change, command, nowMs);
    case 'comment':
      return change.comments.length >= changeLimits.comments
        ? fail({ code: 'limit_reached', limit: 'comments on a change', max: changeLimits.comments })
        : ok([{ type: 'change.commented', data: { comment: command.comment } }]);
    case 'withdraw':
      return withdraw(change, command);
    case 'expire':
      return change.expiresAtMs !== null && nowMs >= change.expiresAtMs && canMove(changeTransitions, change.state, 'expired')
        ? ok([{ type: 'change.expired', data: {} }])
        : nothing;
    case 'base-moved':
      return baseMoved(change, command, nowMs);
    case 'merged':
      if (change.mergedSha === command.mergedSha) return nothing;
      return move(change, 'merged', [{ type: 'change.merged', data: { mergedSha: command.mergedSha } }]);
    case 'rollback-asked':
      return rollbackAsked(change, command);
    case 'rolled-back':
      if (change.state === 'rolled-back') return nothing;
      return move(change, 'rolled-back', [{ type: 'change.rolled-back', data: { revertSha: command.revertSha } }]);
    case 'rollback-failed':
      return change.state === 'merged' && change.rollbackAsked
        ? ok([{ type: 'change.rollback-failed', data: { error: command.error } }])
        : nothing;
    case 'hold':
    case 'leased':
    case 'quiet':
    case 'overdue':
    case 'activated':
    case 'thaw':
      return activate(change, command, nowMs);
    default:
      return unreachable(command);
  }
}

function illegal(change: Change, to: string, from: string = change.state): DomainError {
  return { code: 'illegal_transition', kind: 'change', id: change.id, from, to };
}
/** The events, if the table has the move that they end in. */
function move(change: Change, to: ChangeState, events: ChangeEvent[]): Decision {
  return canMove(changeTransitions, change.state, to) ? ok(events) : fail(illegal(change, to));
}

function propose(change: Change | undefined, command: Of<'propose'>, nowMs: number): Decision {
  // The same request again (a lost reply): nothing new. Another proposal under a known id is a bug of the caller.
  if (change) return change.requestId !== null && change.requestId === command.requestId ? nothing : fail(illegal(change, 'proposed'));
  const { type: _, ...proposal } = command;
  const proposed: ChangeEvent = { type: 'change.proposed', data: { ...proposal, expiresAtMs: nowMs + changeLimits.verificationMs } };
  // What the text alone betrays needs no runner: the agent hears the rule at once, and the dossier keeps the attempt.
  const violation = checkPatches(command.testPatch, command.fixPatch);
  return ok(violation ? [proposed, { type: 'change.refused', data: violation }] : [proposed]);
}

const steps = ['proposed', 'assessed', 'isolated', 'test-verified', 'validated'] as const satisfies ChangeState[];
type Step = (typeof steps)[number];
/** Where a report stands to the state: `now` if it is the next step, `late` if it tells of one gone by. */
function timing(change: Change, needs: Step): 'now' | 'late' | 'early' {
  const at = (steps as readonly string[]).indexOf(change.state);
  const wanted = steps.indexOf(needs);
  return at === wanted ? 'now' : at < 0 || at > wanted ? 'late' : 'early';
}

function assessed(change: Change, { baseSha, blastRadius }: Of<'assessed'>): Decision {
  if (timing(change, 'validated') !== 'early') return nothing;
  const events: ChangeEvent[] = [{ type: 'change.assessed', data: { baseSha, blastRadius } }];
  // A runner that was interrupted starts clean: evidence of two attempts, maybe on two bases, must never mix.
  if (change.state !== 'proposed') events.unshift({ type: 'change.restarted', data: { why: 'the runner began the verification again' } });
  if (blastRadius.level === 'critical')
    events.push({
      type: 'change.refused',
      data: { rule: 'critical-layer', detail: blastRadius.reasons[0] ?? 'It reaches core reasoning, which no agent changes.' },
    });
  return ok(events);
}

function isolated(change: Change, command: Of<'isolated'>): Decision {
  const when = timing(change, 'assessed');
  if (when === 'late') return nothing;
  const { type: _, ...data } = command;
  return when === 'early' ? fail(illegal(change, 'isolated')) : ok([{ type: 'change.isolated', data }]);
}

function gate(change: Change, command: Of<'gate'>): Decision {
  const runs = change.state === 'isolated' || change.state === 'test-verified' || (change.state === 'merged' && change.rollbackAsked);
  if (!runs) return timing(change, 'isolated') === 'early' ? fail(illegal(change, 'test-verified')) : nothing;
  // a runner tells again what it had no answer to, before it tells anything else; a second run takes another time
  if (sameReport(change.gates.at(-1), command.gate)) return nothing;
  if (change.gates.length >= changeLimits.gates)
    return fail({ code: 'limit_reached', limit: 'gates of a change', max: changeLimits.gates });
  return ok([{ type: 'change.gate', data: { gate: command.gate } }]);
}

/** By field: a store may keep them in another order. */
function sameReport(a: Partial<GateReport> | undefined, b: Partial<GateReport>): boolean {
  const fields = Object.keys({ ...a, ...b }) as (keyof GateReport)[];
  return a !== undefined && fields.every((field) => a[field] === b[field]);
}

function verified(change: Change, { lineCoverage }: Of<'test-verified'>): Decision {
  const when = timing(change, 'isolated');
  if (when === 'late') return nothing;
  if (when === 'early') return fail(illegal(change, 'test-verified'));
  const missing = missingProof(change.gates);
  if (missing) return fail({ code: 'gate_failed', changeId: change.id, gate: missing });
  const { blastRadius } = change;
  const data = blastRadius && lineCoverage ? { blastRadius: radiusWithCoverage(blastRadius, lineCoverage) } : {};
  return ok([{ type: 'change.test-verified', data }]);
}

function validated(change: Change, command: Of<'validated'>, nowMs: number): Decision {
  const when = timing(change, 'test-verified');
  if (when === 'late') return nothing;
  if (when === 'early') return fail(illegal(change, 'validated'));
  const missing = failedGate(change.gates);
  if (missing) return fail({ code: 'gate_failed', changeId: change.id, gate: missing });
  return ok<ChangeEvent[]>([
    { type: 'change.validated', data: {} },
    { type: 'change.awaiting-approval', data: { expiresAtMs: nowMs + (command.approvalMs ?? changeLimits.approvalMs) } },
  ]);
}

function failed(change: Change, { error }: Of<'failed'>, nowMs: number): Decision {
  // Our own fault while merging costs the proposal nothing: nothing was merged, so it waits for a fresh decision.
  if (change.state === 'merging')
    return ok([{ type: 'change.merge-failed', data: { error, expiresAtMs: nowMs + changeLimits.approvalMs } }]);
  if (!(steps as readonly string[]).includes(change.state)) return nothing;
  return move(change, 'failed', [{ type: 'change.failed', data: { error } }]);
}

function decision(change: Change, command: Of<'approve'> | Of<'reject'> | Of<'override'>, nowMs: number): Decision {
  const { actor, diffHash, rules } = command;
  const overrides = command.type === 'override';
  const verdict = command.type === 'reject' ? 'rejected' : 'approved';
  const refusal = mayDecide(change, actor);
  if (refusal) return fail(refusal);
  if (overrides && actor.kind !== 'person') return fail({ code: 'forbidden', rule: 'only a person sets rules of a repository aside' });
  if (overrides && command.comment.trim() === '')
    return fail({ code: 'invalid_input', issues: [{ path: 'comment', message: 'an override needs its reason' }] });
  const repeated = change.approvals.some(
    (a) =>
      a.by === actor.id &&
      a.byKind === kindOfActor(actor) &&
      a.decision === verdict &&
      a.diffHash === diffHash &&
      (a.override ?? false) === overrides,
  );
  if (repeated) return nothing;
  if (verdict === 'approved' && change.blastRadius?.level === 'critical')
    return fail({ code: 'blast_radius_exceeded', changeId: change.id, rule: 'Critical changes are never approved' });
  const to = verdict === 'approved' ? 'merging' : 'rejected';
  if (change.state !== 'awaiting-approval') return fail(illegal(change, to));
  if (change.expiresAtMs !== null && nowMs >= change.expiresAtMs) return fail(illegal(change, to, 'expired'));
  if (diffHash !== change.diffHash) return fail({ code: 'approval_stale', changeId: change.id, diffHash: change.diffHash ?? '' });
  if (change.approvals.length >= changeLimits.approvals)
    return fail({ code: 'limit_reached', limit: 'decisions on a change', max: changeLimits.approvals });

  const asked = verdict === 'approved' && !overrides ? mayApproveNow(change, actor, rules) : null;
  if (asked) return fail(asked);

  const approval: ChangeDecision = {
    id: command.approvalId,
    by: actor.id,
    byKind: kindOfActor(actor),
    decision: verdict,
    diffHash,
    baseSha: change.baseSha ?? '',
    candidateSha: change.candidateSha ?? '',
    gates: fingerprintOfGates(change.gates),
    comment: command.comment,
    ...(overrides ? { override: true as const } : {}),
    atMs: nowMs,
  };
  if (verdict === 'rejected') return ok([{ type: 'change.rejected', data: { approval } }]);
  const approved: ChangeEvent = { type: actor.kind === 'agent' ? 'change.endorsed' : 'change.approved', data: { approval } };
  // The policy is asked of the record as it will be, so that it stands in one place (`isApproved`).
  if (!isApproved(evolveChange(change, approved, nowMs), rules)) return ok([approved]);
  const merging: ChangeEvent[] = [approved, { type: 'change.merging', data: {} }];
  const use = rules?.activation;
  return ok(
    use ? [...merging, { type: 'change.activating', data: { rules: use, dueAtMs: nowMs + activationLimits.leaseWaitMs } }] : merging,
  );
}

type Activating = Of<'hold'> | Of<'leased'> | Of<'quiet'> | Of<'overdue'> | Of<'activated'> | Of<'thaw'>;
/** What the loop and the runner tell of an activation; what no longer fits is dropped, as the loop will look again. */
function activate(change: Change, command: Activating, nowMs: number): Decision {
  const { activation } = change;
  if (!activation) return nothing;
  switch (command.type) {
    case 'hold': {
      const agentIds = command.agentIds.filter((id) => !activation.heldIds.includes(id));
      return activation.open && agentIds.length ? ok([{ type: 'change.held', data: { agentIds } }]) : nothing;
    }
    case 'leased':
      return activation.open && activation.state === 'waiting'
        ? ok([{ type: 'change.leased', data: { lease: command.lease, dueAtMs: nowMs + activation.rules.quiesceMs } }])
        : nothing;
    case 'quiet':
      return activation.open && activation.state === 'quiescing'
        ? ok([{ type: 'change.quiet', data: { dueAtMs: nowMs + activationLimits.mergeMs } }])
        : nothing;
    case 'overdue': {
      if (!activation.open || activation.dueAtMs === null || nowMs < activation.dueAtMs) return nothing;
      const { waitingFor } = command;
      // nothing has been merged yet, so nothing will be; later steps are with the runner, and count when they are told
      if (activation.state === 'waiting' || activation.state === 'quiescing')
        return ok([{ type: 'change.merge-failed', data: { error: waitingFor, expiresAtMs: nowMs + changeLimits.approvalMs } }]);
      return ok([{ type: 'change.overdue', data: { waitingFor } }]);
    }
    case 'activated':
      return change.state === 'merged' && activation.state === 'checking' ? activated(change, command) : nothing;
    case 'thaw':
      return isFrozenBy(change) ? ok([{ type: 'change.thawed', data: { by: command.by } }]) : nothing;
  }
}
function activated(change: Change, { gate, error }: Of<'activated'>): Decision {
  const events: ChangeEvent[] = gate && change.gates.length < changeLimits.gates ? [{ type: 'change.gate', data: { gate } }] : [];
  if (gate?.passed) return ok([...events, { type: 'change.healthy', data: {} }]);
  // Code that could not be checked is not known to be healthy, and nobody may be awake to look.
  const detail = gate ? endOfCheck(gate) : `the health check could not be run: ${error ?? ''}`;
  events.push({ type: 'change.unhealthy', data: { detail } });
  if (!change.rollbackAsked) events.push({ type: 'change.rollback-asked', data: { by: 'system', comment: detail } });
  return ok(events);
}
const endOfCheck = ({ exitCode, ms }: GateReport): string =>
  exitCode === null ? `the health check was ended by its limits after ${ms} ms` : `the health check ended with exit code ${exitCode}`;

function withdraw(change: Change, { actor, reason }: Of<'withdraw'>): Decision {
  const refusal = mayWithdraw(change, actor);
  if (refusal) return fail(refusal);
  if (change.state === 'withdrawn') return nothing;
  return move(change, 'withdrawn', [{ type: 'change.withdrawn', data: { by: actor.id, reason } }]);
}

function baseMoved(change: Change, { baseSha }: Of<'base-moved'>, nowMs: number): Decision {
  if (change.state !== 'merging' && change.state !== 'awaiting-approval') return nothing;
  if (baseSha === change.baseSha) return nothing;
  return move(change, 'proposed', [{ type: 'change.base-moved', data: { baseSha, expiresAtMs: nowMs + changeLimits.verificationMs } }]);
}

function rollbackAsked(change: Change, command: Of<'rollback-asked'>): Decision {
  const { actor, diffHash, comment } = command;
  if (actor.kind !== 'person' && actor.kind !== 'project')
    return fail({ code: 'forbidden', rule: 'a person or the project token rolls back' });
  if (change.state !== 'merged') return fail(illegal(change, 'rolled-back'));
  if (diffHash !== change.diffHash) return fail({ code: 'approval_stale', changeId: change.id, diffHash: change.diffHash ?? '' });
  return change.rollbackAsked ? nothing : ok([{ type: 'change.rollback-asked', data: { by: actor.id, comment } }]);
}
