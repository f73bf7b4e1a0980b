import type { CheckpointView, RelaunchBy } from '@reeve/core/vocabulary';

/** Unique within an agent: the sequence begins anew with each epoch. */
export const nameOf = (c: Pick<CheckpointView, 'epoch' | 'sequence'>): string => `${c.epoch}.${c.sequence}`;

const known: Record<string, string> = {
  tools: 'enough tools',
  cost: 'enough money',
  time: 'enough time',
  asked: 'asked for',
  flush: 'at its end',
  agent: 'by the agent',
  fork: 'from its source',
};
export const triggerWords = (trigger: string): string => known[trigger] ?? trigger;

export function bytesWords(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(bytes < 1e4 ? 1 : 0)} kB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Who starts the program of the new epoch. */
export const starterWords: Record<RelaunchBy, string> = {
  runner: 'Its runner ends what is left of the old process, then starts the same command from this checkpoint.',
  'runner-away': 'Its runner does not answer: until it is back nobody can start the command.',
  'no-runner': 'No runner of Reeve holds this agent. Whoever runs its program restores it over the API and gets the token.',
  'no-command': 'Its runner was never told the command by Reeve. Whoever runs its program restores it over the API.',
};

/** Who starts the program of a fork. */
export const forkWords: Record<RelaunchBy, string> = {
  runner: 'The runner of its source starts the same command for it from this checkpoint.',
  'runner-away': 'The runner does not answer, so the fork waits: whoever runs its program gets the token over the API.',
  'no-runner': 'No runner of Reeve holds its source, so the fork waits: whoever runs its program forks over the API and gets the token.',
  'no-command': 'The runner was never told the command, so the fork waits: whoever runs its program forks over the API and gets the token.',
};

/** Why it cannot be rehearsed; null: it can. */
export const rehearseWords: Record<RelaunchBy, string | null> = {
  runner: null,
  'runner-away': 'Its runner does not answer.',
  'no-runner': 'No runner of Reeve holds this agent, so nobody can start its command.',
  'no-command': 'Its runner was never told the command by Reeve.',
};
