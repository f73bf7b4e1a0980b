/**
 * The states of an agent, and where each may lead. To add a state, edit this table; `satisfies` and exhaustive records
 * elsewhere make the compiler list every place that is left.
 *
 * Use it with `canMove` and `isFinal`; how an agent gets from one to the other, `decide…` says.
 *
 * @example
 * canMove(agentTransitions, 'lost', 'running'); // → true
 * canMove(agentTransitions, 'stopping', 'running'); // → false
 */
export const agentTransitions = {
  starting: ['running', 'paused', 'stopping', 'completed', 'failed', 'lost'],
  running: ['paused', 'stopping', 'completed', 'failed', 'lost'],
  paused: ['running', 'stopping', 'completed', 'failed', 'lost'],
  lost: ['running', 'paused', 'stopping', 'completed', 'failed'],
  stopping: ['stopped', 'killed', 'unconfirmed'],
  unconfirmed: ['stopped', 'killed'],
  stopped: [],
  killed: [],
  completed: [],
  failed: [],
} as const satisfies Record<string, readonly string[]>;
/** The state of an agent in its present epoch. */
export type AgentState = keyof typeof agentTransitions;

/**
 * Whether a new epoch may begin, from a saved state, while the last one is in this state. What is ending by a stop, or
 * was killed by one, is never started again (I-STOP-8); `stopped` here is an agent that ended by itself: a stop leaves
 * its fence behind, which is asked first.
 */
const restorable: Record<AgentState, boolean> = {
  starting: true,
  running: true,
  paused: true,
  lost: true,
  completed: true,
  failed: true,
  stopped: true,
  stopping: false,
  unconfirmed: false,
  killed: false,
};

/**
 * Whether a new epoch may begin, from a saved state, while the last one is in this state: in all but those that a stop
 * is ending or has ended by force (I-STOP-8).
 *
 * Use it after `fenceOf`: an agent that a stop ended is fenced, whatever its state.
 *
 * @example
 * isRestorable('failed'); // → true
 * isRestorable('killed'); // → false
 */
export const isRestorable = (s: AgentState): boolean => restorable[s];

/**
 * The states of a task, and where each may lead.
 *
 * Use it with `canMove` and `isFinal`.
 *
 * @example
 * canMove(taskTransitions, 'claimed', 'dead-letter'); // → true
 * canMove(taskTransitions, 'done', 'ready'); // → false
 */
export const taskTransitions = {
  blocked: ['ready', 'scheduled', 'cancelled'],
  scheduled: ['ready', 'blocked', 'cancelled'],
  ready: ['claimed', 'blocked', 'scheduled', 'cancelled'],
  claimed: ['done', 'in-review', 'ready', 'scheduled', 'failed', 'dead-letter', 'cancelled'],
  // its holder said that it is done; a person, or evidence that was missing, makes it so
  'in-review': ['done', 'ready', 'dead-letter', 'cancelled'],
  done: [],
  failed: ['ready'],
  'dead-letter': ['ready', 'cancelled'],
  cancelled: ['ready', 'blocked'],
} as const satisfies Record<string, readonly string[]>;
/** The state of a task. */
export type TaskState = keyof typeof taskTransitions;

/**
 * The states of a change, and where each may lead: nothing is merged that did not wait for an approval.
 *
 * Use it with `canMove` and `isFinal`.
 *
 * @example
 * canMove(changeTransitions, 'awaiting-approval', 'merging'); // → true
 * canMove(changeTransitions, 'validated', 'merging'); // → false
 */
export const changeTransitions = {
  proposed: ['assessed', 'refused', 'failed', 'withdrawn', 'expired'],
  // Back to proposed: a runner that was interrupted verifies from the start.
  assessed: ['isolated', 'proposed', 'refused', 'failed', 'withdrawn', 'expired'],
  isolated: ['test-verified', 'proposed', 'refused', 'failed', 'withdrawn', 'expired'],
  'test-verified': ['validated', 'proposed', 'refused', 'failed', 'withdrawn', 'expired'],
  validated: ['awaiting-approval', 'refused', 'failed', 'withdrawn', 'expired'],
  'awaiting-approval': ['merging', 'rejected', 'withdrawn', 'expired', 'failed', 'refused', 'proposed'],
  merging: ['merged', 'awaiting-approval', 'proposed', 'refused', 'failed'],
  merged: ['rolled-back'],
  'rolled-back': [],
  refused: [],
  rejected: [],
  failed: [],
  expired: [],
  withdrawn: [],
} as const satisfies Record<string, readonly string[]>;
/** The state of a change. */
export type ChangeState = keyof typeof changeTransitions;

/**
 * The states of a reservation: open until a cost, a release or its deadline ends it.
 *
 * Use it with `canMove` and `isFinal`.
 *
 * @example
 * canMove(reservationTransitions, 'unknown', 'settled'); // → true
 * isFinal(reservationTransitions, 'released'); // → true
 */
export const reservationTransitions = {
  open: ['settled', 'released', 'unknown'],
  unknown: ['settled', 'released'],
  // a further call of the same reservation whose price is unknown
  settled: ['unknown'],
  released: [],
} as const satisfies Record<string, readonly string[]>;
/** A state of `reservationTransitions`. */
export type ReservationState = keyof typeof reservationTransitions;

/**
 * The states of a stop: it goes on until every member has an outcome, and is never taken back.
 *
 * Use it with `canMove` and `isFinal`.
 *
 * @example
 * canMove(stopTransitions, 'stopping', 'done'); // → true
 * isFinal(stopTransitions, 'done'); // → true
 */
export const stopTransitions = { stopping: ['done'], done: [] } as const satisfies Record<string, readonly string[]>;
/** The state of a stop. */
export type StopState = keyof typeof stopTransitions;

/**
 * Whether `from → to` stands in `table`. To stay is no move.
 *
 * Use it before a fact is stated; `evolve…` throws on what it forbids.
 *
 * @example
 * canMove(agentTransitions, 'running', 'paused'); // → true
 * canMove(agentTransitions, 'running', 'running'); // → false
 */
export function canMove<S extends string>(table: Record<S, readonly string[]>, from: S, to: S): boolean {
  return table[from].includes(to);
}

/**
 * Whether nothing leads out of `state`.
 *
 * Use it for tasks, changes and stops; for agents there is `isFinalAgent`.
 *
 * @example
 * isFinal(taskTransitions, 'done'); // → true
 * isFinal(taskTransitions, 'failed'); // → false
 */
export function isFinal<S extends string>(table: Record<S, readonly string[]>, state: S): boolean {
  return table[state].length === 0;
}

/**
 * States of an agent that still runs as far as anybody knows.
 *
 * Use it in queries; for one agent there is `isLiveAgent`.
 *
 * @example
 * liveAgentStates.includes('lost'); // → true
 * liveAgentStates.includes('unconfirmed'); // → false
 */
export const liveAgentStates = ['starting', 'running', 'paused', 'lost', 'stopping'] as const satisfies AgentState[];

/**
 * States that an epoch of an agent ends in. `unconfirmed` is in neither list: nothing proves that it has ended.
 *
 * Use it in queries; for one agent there is `isFinalAgent`.
 *
 * @example
 * finalAgentStates.every((state) => isFinal(agentTransitions, state)); // → true
 */
export const finalAgentStates = ['stopped', 'killed', 'completed', 'failed'] as const satisfies AgentState[];

/**
 * Whether an agent in this state still runs as far as anybody knows.
 *
 * Use it instead of the opposite of `isFinalAgent`, which holds for `unconfirmed` as well.
 *
 * @example
 * isLiveAgent('lost'); // → true
 * isLiveAgent('unconfirmed'); // → false
 */
export const isLiveAgent = (s: AgentState): boolean => (liveAgentStates as readonly string[]).includes(s);

/**
 * Whether an agent in this state has ended, with evidence.
 *
 * Use it before anything counts on an agent being gone.
 *
 * @example
 * isFinalAgent('killed'); // → true
 * isFinalAgent('unconfirmed'); // → false
 */
export const isFinalAgent = (s: AgentState): boolean => (finalAgentStates as readonly string[]).includes(s);
