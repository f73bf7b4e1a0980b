import type { Role } from '../api/roles.ts';

/**
 * The closed union of expected failures. To add one: add it here; the three tables below stop compiling until it
 * has a status, a retry advice and a sentence.
 */
export type DomainError =
  | { code: 'not_found'; kind: string; id: string }
  | { code: 'illegal_transition'; kind: string; id: string; from: string; to: string }
  | { code: 'version_conflict'; kind: string; id: string; expected: number; actual: number }
  | { code: 'already_claimed'; taskId: string }
  | { code: 'evidence_missing'; taskId: string; missing: string[] }
  | { code: 'fenced'; stopId: string; reason: string }
  | { code: 'broken_barrier'; name: string; generation: number; agentId: string; why: string }
  | { code: 'deadlock'; cycle: string[] }
  | { code: 'approval_stale'; changeId: string; diffHash: string }
  | { code: 'event_conflict'; eventId: string }
  | { code: 'unauthenticated' }
  | { code: 'forbidden'; rule: string }
  | { code: 'confirmation_required' }
  | { code: 'self_approval'; changeId: string }
  | { code: 'blast_radius_exceeded'; changeId: string; rule: string }
  | BudgetExceeded
  | { code: 'timed_out'; waitedMs: number }
  | { code: 'stale_token'; kind: string; id: string }
  | { code: 'approval_required'; changeId: string }
  | { code: 'gate_failed'; changeId: string; gate: string }
  | { code: 'invalid_input'; issues: InputIssue[] }
  | { code: 'too_large'; limitBytes: number }
  | { code: 'corrupt'; kind: string; id: string }
  | { code: 'would_make_cycle'; cycle: string[] }
  | { code: 'limit_reached'; limit: string; max: number }
  | { code: 'unavailable'; what: string };

/** No budget above has less room than the one that is named here; `people` are some of those who have the role. */
export type BudgetExceeded = {
  code: 'budget_exceeded';
  budgetId: string;
  scope: 'subtree' | 'session' | 'project';
  period: 'total' | 'day';
  /** Whose subtree or session; null: the project. */
  agentId: string | null;
  budgetUsd: string;
  spentUsd: string;
  reservedUsd: string;
  unknownUsd: string;
  mayRaise: { role: Role; people: string[] };
};
/** What is wrong with one field of an input; `path` leads there with dots, and is empty for the whole. */
export type InputIssue = { path: string; message: string };
/** The code of an expected failure: what programs branch on. */
export type ErrorCode = DomainError['code'];
type ErrorOf<C extends ErrorCode> = Extract<DomainError, { code: C }>;

/**
 * Code → HTTP status.
 *
 * Use it at the edge of the server alone; a program that calls Reeve branches on the code.
 *
 * @example
 * errorStatus.limit_reached; // → 429
 */
export const errorStatus = {
  not_found: 404,
  illegal_transition: 409,
  version_conflict: 409,
  already_claimed: 409,
  evidence_missing: 409,
  fenced: 409,
  broken_barrier: 409,
  deadlock: 409,
  approval_stale: 409,
  event_conflict: 409,
  unauthenticated: 401,
  forbidden: 403,
  confirmation_required: 403,
  self_approval: 403,
  blast_radius_exceeded: 403,
  budget_exceeded: 402,
  timed_out: 408,
  stale_token: 412,
  approval_required: 428,
  gate_failed: 422,
  invalid_input: 400,
  too_large: 413,
  corrupt: 422,
  would_make_cycle: 400,
  limit_reached: 429,
  unavailable: 503,
} as const satisfies Record<ErrorCode, number>;

/**
 * Whether the same call can succeed later: `never` as it stands, `later` after a wait, `refresh` after reading again.
 *
 * Use it in clients, to decide whether to try again without asking anybody.
 *
 * @example
 * errorRetry.fenced; // → 'never'
 * errorRetry.unavailable; // → 'later'
 */
export const errorRetry = {
  not_found: 'never',
  illegal_transition: 'refresh',
  version_conflict: 'refresh',
  already_claimed: 'later',
  evidence_missing: 'refresh',
  fenced: 'never',
  broken_barrier: 'refresh',
  deadlock: 'later',
  approval_stale: 'refresh',
  event_conflict: 'never',
  unauthenticated: 'never',
  forbidden: 'never',
  confirmation_required: 'later',
  self_approval: 'never',
  blast_radius_exceeded: 'never',
  budget_exceeded: 'never',
  timed_out: 'later',
  stale_token: 'never',
  approval_required: 'later',
  gate_failed: 'never',
  invalid_input: 'never',
  too_large: 'never',
  corrupt: 'never',
  would_make_cycle: 'never',
  limit_reached: 'later',
  unavailable: 'later',
} as const satisfies Record<ErrorCode, 'never' | 'later' | 'refresh'>;

/**
 * The operator's sentence for each code: what happened, what to do.
 *
 * Use it where the code is known; for any error of the union there is `sentenceOf`.
 *
 * @example
 * errorSentence.timed_out({ code: 'timed_out', waitedMs: 500 }); // → 'Nothing came free within 500 ms. Try again.'
 */
export const errorSentence: { [C in ErrorCode]: (e: ErrorOf<C>) => string } = {
  not_found: (e) => `There is no ${e.kind} with the id ${e.id} here. Check the id, or that it belongs to this project.`,
  illegal_transition: (e) => `The ${e.kind} is ${e.from}, so it cannot become ${e.to}. Read it again to see what is possible now.`,
  version_conflict: (e) =>
    `The ${e.kind} has moved on (${e.kind === 'checkpoint' ? 'sequence' : e.kind === 'cut' ? 'restore' : 'epoch'} ${e.actual}, you sent ${e.expected}). Read it again before you write.`,
  already_claimed: () => 'Another agent holds this task. Claim another, or wait until its lease ends.',
  evidence_missing: (e) =>
    `The task lacks what it must show before it is done: ${e.missing.join(', ')}. Add it, or override with a reason.`.slice(0, 1000),
  fenced: (e) => `A stop was accepted for this subtree (${e.stopId}: ${e.reason}). End your work and report finish.`,
  broken_barrier: (e) =>
    `The barrier ${e.name} broke: its party ${e.agentId} left (${e.why.replace('-', ' ')}). Wait again for the next generation.`,
  deadlock: (e) => `Waiting here would close a circle of waits: ${e.cycle.join(' → ')}. Release what you hold and try again.`,
  approval_stale: () => 'The change is no longer the one you looked at. Open its dossier again and decide on the new hash.',
  event_conflict: (e) => `The event ${e.eventId} was already stored with other content. Use a new event id for a new fact.`,
  unauthenticated: () => 'Sign in: with your account, with the link that `npm start` prints, or with a valid bearer token.',
  forbidden: (e) => `You may not do this: ${e.rule}.`,
  confirmation_required: () => 'Show first that it is you: with your password, a code of your second factor, or by signing in again.',
  self_approval: () => 'Nobody approves their own change or that of a descendant’s ancestor line. Another person must decide.',
  blast_radius_exceeded: (e) => `The change reaches further than it may: ${e.rule}.`,
  budget_exceeded: (e) =>
    `The ${budgetWords(e)} has no room for this: of ${e.budgetUsd} USD ${e.spentUsd} are spent, ${e.reservedUsd} reserved and ${e.unknownUsd} unknown. ${
      e.mayRaise.people.length ? `${e.mayRaise.people.join(', ')} may raise it` : `Whoever has the role ${e.mayRaise.role} may raise it`
    }.`,
  timed_out: (e) => `Nothing came free within ${e.waitedMs} ms. Try again.`,
  stale_token: (e) =>
    e.kind === 'lock'
      ? `You do not hold the lock ${e.id} with this token (any more); someone else may. Acquire it again.`
      : `Your claim on this ${e.kind} has ended; someone else may hold it now. Your write was refused and kept as superseded.`,
  approval_required: () => 'The change waits for an approval. Open it in Approvals.',
  gate_failed: (e) => `The gate ${e.gate} failed. Its log is in the dossier.`,
  invalid_input: (e) =>
    `The input is not valid: ${e.issues.map((i) => (i.path ? `${i.path}: ${i.message}` : i.message)).join('; ')}.`.slice(0, 1000),
  too_large: (e) => `The body is larger than ${e.limitBytes} bytes. Send less, or in batches.`,
  corrupt: (e) => `The stored ${e.kind} ${e.id} does not match its checksum. Use an older one.`,
  would_make_cycle: (e) => `This would make a circle: ${e.cycle.join(' → ')}.`,
  limit_reached: (e) => `The limit ${e.limit} (${e.max}) is reached. Wait until others end, or raise it.`,
  unavailable: (e) => `${e.what} is not available right now. Try again in a moment.`,
};

const budgetWords = (e: BudgetExceeded): string => {
  const whose = e.agentId === null ? 'the project' : e.scope === 'session' ? `the session ${e.agentId}` : e.agentId;
  const name = e.budgetId === e.agentId ? '' : ` (${e.budgetId})`;
  return `${e.period === 'day' ? 'budget for today' : 'budget'} of ${whose}${name}`;
};

/**
 * The sentence for any error of the union.
 *
 * Use it wherever a person reads of a refusal, so that the same failure has the same words everywhere.
 *
 * @example
 * sentenceOf({ code: 'unavailable', what: 'The database' }); // → 'The database is not available right now. Try again in a moment.'
 */
export const sentenceOf = (e: DomainError): string => (errorSentence[e.code] as (e: DomainError) => string)(e);
