/**
 * The state tables. To add a state, edit its table; `satisfies` and exhaustive records elsewhere make the compiler
 * list every place that is left.
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
export const isRestorable = (s: AgentState): boolean => restorable[s];

export const taskTransitions = {
  blocked: ['ready', 'scheduled', 'cancelled'],
  scheduled: ['ready', 'cancelled'],
  ready: ['claimed', 'cancelled'],
  claimed: ['done', 'ready', 'scheduled', 'failed', 'dead-letter', 'cancelled'],
  done: [],
  failed: ['ready'],
  'dead-letter': ['ready', 'cancelled'],
  cancelled: ['ready', 'blocked'],
} as const satisfies Record<string, readonly string[]>;
export type TaskState = keyof typeof taskTransitions;

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
export type ChangeState = keyof typeof changeTransitions;

export const stopTransitions = { stopping: ['done'], done: [] } as const satisfies Record<string, readonly string[]>;
export type StopState = keyof typeof stopTransitions;

/** Whether `from → to` stands in `table`. */
export function canMove<S extends string>(table: Record<S, readonly string[]>, from: S, to: S): boolean {
  return table[from].includes(to);
}
/** Whether nothing leads out of `state`. */
export function isFinal<S extends string>(table: Record<S, readonly string[]>, state: S): boolean {
  return table[state].length === 0;
}

/** States of an agent that still runs as far as anybody knows. */
export const liveAgentStates = ['starting', 'running', 'paused', 'lost', 'stopping'] as const satisfies AgentState[];
export const finalAgentStates = ['stopped', 'killed', 'completed', 'failed'] as const satisfies AgentState[];
export const isLiveAgent = (s: AgentState): boolean => (liveAgentStates as readonly string[]).includes(s);
export const isFinalAgent = (s: AgentState): boolean => (finalAgentStates as readonly string[]).includes(s);
