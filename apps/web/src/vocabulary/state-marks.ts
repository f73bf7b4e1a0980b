import type {
  ActivationState,
  AgentCondition,
  AgentState,
  BlastRadius,
  ChangeState,
  StopMemberOutcome,
  StopState,
  TaskState,
} from '@reeve/core/vocabulary';
import type { GlyphName } from './glyphs';

/**
 * The one owner of marks: a state is always glyph + word + tone. Red means failed or hard stop, never "off".
 * A state added in core makes these tables fail to compile until it has a mark; `/design` shows them all.
 */
export type Tone = 'neutral' | 'active' | 'success' | 'attention' | 'danger';
export type Mark = { tone: Tone; glyph: GlyphName; word: string; meaning: string };

export const agentMarks = {
  starting: { tone: 'neutral', glyph: 'ring', word: 'Starting', meaning: 'Registered; it has not reported yet.' },
  running: { tone: 'active', glyph: 'disc', word: 'Running', meaning: 'Reports within its lease.' },
  paused: { tone: 'attention', glyph: 'diamond', word: 'Paused', meaning: 'Asked to wait; it keeps its lease and its claims.' },
  lost: {
    tone: 'attention',
    glyph: 'dashed-ring',
    word: 'Lost',
    meaning: 'Its lease expired. A heartbeat brings it back; until then nobody knows.',
  },
  stopping: {
    tone: 'attention',
    glyph: 'half-disc',
    word: 'Stopping',
    meaning: 'Fenced: it may not spawn, claim, spend or change code. Its end is not proved yet.',
  },
  unconfirmed: {
    tone: 'danger',
    glyph: 'question',
    word: 'Unconfirmed',
    meaning: 'Fenced, but nothing proves that it ended. Only evidence moves it on.',
  },
  stopped: { tone: 'neutral', glyph: 'square', word: 'Stopped', meaning: 'It ended as asked, and there is evidence.' },
  killed: {
    tone: 'danger',
    glyph: 'slashed-disc',
    word: 'Killed',
    meaning: 'Its process was ended by force, and its absence was verified.',
  },
  completed: { tone: 'success', glyph: 'tick', word: 'Completed', meaning: 'It reported that its work is done.' },
  failed: { tone: 'danger', glyph: 'cross', word: 'Failed', meaning: 'It reported a failure, or its process ended with one.' },
} as const satisfies Record<AgentState, Mark>;

/** Computed from (tree, lease, now); shown beside the state, never instead of it. */
export const conditionMarks = {
  late: { tone: 'attention', glyph: 'clock', word: 'Late', meaning: 'A heartbeat is overdue; the lease still runs.' },
  fenced: { tone: 'neutral', glyph: 'lock', word: 'Fenced', meaning: 'A stop was accepted: new work is refused.' },
  orphaned: { tone: 'attention', glyph: 'broken-link', word: 'Orphaned', meaning: 'It lives, its parent is gone.' },
  'over-budget': {
    tone: 'danger',
    glyph: 'octagon',
    word: 'Over budget',
    meaning: 'More was spent below it than its hard budget: every further reservation is refused.',
  },
} as const satisfies Record<AgentCondition, Mark>;

export const taskMarks = {
  blocked: { tone: 'neutral', glyph: 'bar', word: 'Blocked', meaning: 'Waits for tasks it depends on.' },
  scheduled: { tone: 'neutral', glyph: 'clock', word: 'Scheduled', meaning: 'Becomes ready at its time, or after a back-off.' },
  ready: { tone: 'neutral', glyph: 'ring', word: 'Ready', meaning: 'Any fitting agent may claim it.' },
  claimed: { tone: 'active', glyph: 'disc', word: 'Claimed', meaning: 'One agent holds it under a lease.' },
  'in-review': {
    tone: 'attention',
    glyph: 'diamond',
    word: 'In review',
    meaning: 'Its work is handed in; a person accepts it, or evidence is missing.',
  },
  done: { tone: 'success', glyph: 'tick', word: 'Done', meaning: 'Completed with a current claim.' },
  failed: { tone: 'danger', glyph: 'cross', word: 'Failed', meaning: 'Ended with a failure that is not retried.' },
  'dead-letter': {
    tone: 'danger',
    glyph: 'tray',
    word: 'Dead letter',
    meaning: 'All attempts failed; every failure is kept. A person decides.',
  },
  cancelled: { tone: 'neutral', glyph: 'hollow-square', word: 'Cancelled', meaning: 'Taken out by an operator.' },
} as const satisfies Record<TaskState, Mark>;

export const changeMarks = {
  proposed: { tone: 'neutral', glyph: 'ring', word: 'Proposed', meaning: 'Handed in; nothing was checked yet.' },
  assessed: { tone: 'active', glyph: 'steps-1', word: 'Assessed', meaning: 'Its blast radius is known.' },
  isolated: { tone: 'active', glyph: 'steps-2', word: 'Isolated', meaning: 'It stands on its own branch in its own worktree.' },
  'test-verified': {
    tone: 'active',
    glyph: 'steps-3',
    word: 'Test verified',
    meaning: 'The new test fails on the base and passes on the candidate.',
  },
  validated: { tone: 'active', glyph: 'steps-4', word: 'Validated', meaning: 'All gates passed.' },
  'awaiting-approval': {
    tone: 'attention',
    glyph: 'diamond',
    word: 'Waiting for you',
    meaning: 'The evidence is complete; a person decides.',
  },
  merging: { tone: 'active', glyph: 'merge', word: 'Merging', meaning: 'Being merged, gates on the real result.' },
  merged: { tone: 'success', glyph: 'tick', word: 'Merged', meaning: 'On the target branch.' },
  'rolled-back': { tone: 'danger', glyph: 'back-arrow', word: 'Rolled back', meaning: 'Reverted on the target branch.' },
  refused: { tone: 'danger', glyph: 'slashed-disc', word: 'Refused', meaning: 'A rule refused it; the rule is named.' },
  rejected: { tone: 'danger', glyph: 'cross', word: 'Rejected', meaning: 'A person said no.' },
  failed: { tone: 'danger', glyph: 'octagon', word: 'Failed', meaning: 'A gate or a step did not work.' },
  expired: { tone: 'neutral', glyph: 'clock', word: 'Expired', meaning: 'Nobody decided in time.' },
  withdrawn: { tone: 'neutral', glyph: 'hollow-square', word: 'Withdrawn', meaning: 'Taken back by its author.' },
} as const satisfies Record<ChangeState, Mark>;

export const stopMarks = {
  stopping: {
    tone: 'attention',
    glyph: 'half-disc',
    word: 'Stopping',
    meaning: 'Accepted: the subtree is fenced and is being ended, leaves first.',
  },
  done: { tone: 'neutral', glyph: 'square', word: 'Done', meaning: 'Every member has an outcome with its evidence.' },
} as const satisfies Record<StopState, Mark>;

export const outcomeMarks = {
  stopped: agentMarks.stopped,
  killed: agentMarks.killed,
  completed: agentMarks.completed,
  failed: agentMarks.failed,
  unconfirmed: agentMarks.unconfirmed,
} as const satisfies Record<StopMemberOutcome, Mark>;

export const blastMarks = {
  low: { tone: 'neutral', glyph: 'steps-1', word: 'Low', meaning: 'Tools and leaves; few dependents.' },
  medium: { tone: 'attention', glyph: 'steps-2', word: 'Medium', meaning: 'Shared code, or several dependents.' },
  high: { tone: 'attention', glyph: 'triangle', word: 'High', meaning: 'Protected ground or many dependents: a person must approve.' },
  critical: { tone: 'danger', glyph: 'octagon', word: 'Critical', meaning: 'Core reasoning or the supervision itself. No override.' },
} as const satisfies Record<BlastRadius['level'], Mark>;

export const gateMarks = {
  passed: { tone: 'success', glyph: 'tick', word: 'Passed', meaning: 'The gate did what it should.' },
  failed: { tone: 'danger', glyph: 'cross', word: 'Failed', meaning: 'The gate did not do what it should.' },
  waiting: { tone: 'neutral', glyph: 'ring', word: 'Not run yet', meaning: 'The supervisor has not run it.' },
} as const satisfies Record<string, Mark>;

/** How a merge is put to use, where its repository says how. */
export const activationMarks = {
  waiting: { tone: 'neutral', glyph: 'ring', word: 'Waits for its turn', meaning: 'Another one holds the lease of the repository.' },
  quiescing: {
    tone: 'active',
    glyph: 'steps-1',
    word: 'Agents come to rest',
    meaning: 'Nothing is merged before all of them are at rest.',
  },
  merging: { tone: 'active', glyph: 'merge', word: 'Merging', meaning: 'The agents are at rest and the branch moves.' },
  checking: { tone: 'active', glyph: 'steps-3', word: 'Health check runs', meaning: 'It is merged; the agents wait for the check.' },
  healthy: { tone: 'success', glyph: 'tick', word: 'Healthy', meaning: 'The check passed on the merged commit.' },
  'rolling-back': {
    tone: 'attention',
    glyph: 'half-disc',
    word: 'Rolls itself back',
    meaning: 'The check failed; a revert goes through the gates.',
  },
  'rolled-back': {
    tone: 'danger',
    glyph: 'back-arrow',
    word: 'Rolled back by itself',
    meaning: 'The check failed, and the branch is as it was.',
  },
  'rollback-failed': {
    tone: 'danger',
    glyph: 'octagon',
    word: 'Not healthy, not rolled back',
    meaning: 'The branch needs a person; nothing else is merged on top.',
  },
  'called-off': { tone: 'neutral', glyph: 'slashed-disc', word: 'Called off', meaning: 'Nothing was merged.' },
} as const satisfies Record<ActivationState, Mark>;

export const softBudgetMark: Mark = {
  tone: 'attention',
  glyph: 'triangle',
  word: 'Near budget',
  meaning: 'The soft budget is passed; calls still go through.',
};

/** Colours for places that cannot use classes (canvas, charts). */
export const toneVar = (tone: Tone): string => `var(--tone-${tone})`;
export const toneText = {
  neutral: 'text-neutral',
  active: 'text-active',
  success: 'text-success',
  attention: 'text-attention',
  danger: 'text-danger',
} as const satisfies Record<Tone, string>;
export const toneSoft = {
  neutral: 'bg-neutral-soft',
  active: 'bg-active-soft',
  success: 'bg-success-soft',
  attention: 'bg-attention-soft',
  danger: 'bg-danger-soft',
} as const satisfies Record<Tone, string>;

/** Most urgent first: the order of legends, counts and filters. */
export const agentStateOrder = [
  'unconfirmed',
  'lost',
  'stopping',
  'paused',
  'failed',
  'running',
  'starting',
  'killed',
  'stopped',
  'completed',
] as const satisfies readonly AgentState[];
