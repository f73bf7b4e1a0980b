import type { OrphanCase, OrphansView } from '@reeve/core/vocabulary';

type Action = OrphanCase['would']['action'];

/** The words of orphans live here; each says who decided and what would happen, and nothing that has not. */
export const causeWords: Record<OrphanCase['cause'], string> = {
  completed: 'completed',
  failed: 'failed',
  lost: 'is lost: its lease ran out, and a heartbeat would bring it back',
  stopped: 'was stopped',
};
const policyActions: Record<Action, string> = { stop: 'stop it', reparent: 'move it up', ignore: 'leave it' };
const sources: Record<OrphanCase['policy']['from'], string> = {
  operator: 'an operator',
  agent: 'its own policy',
  project: 'the policy of the project',
  default: 'the default',
};
export const policyWords = (p: OrphanCase['policy']): string => `${policyActions[p.action]}, says ${sources[p.from]}`;

export function wouldWords(c: OrphanCase, halted: boolean): string {
  const { action, to, stoppedWith } = c.would;
  const unless = halted && action !== 'ignore' ? 'Nothing while the sweep is halted; else: ' : '';
  if (action === 'ignore') return `Nothing: ${c.policy.action === 'ignore' ? 'it is left where it is' : c.would.because}`;
  if (stoppedWith) return `${unless}stop it with the orphan above it`;
  if (action === 'reparent') return `${unless}move it ${to ? `under ${to.name}` : 'to the top: no ancestor lives'}${withBelow(c)}`;
  return `${unless}stop it${withBelow(c)}${c.policy.action === 'reparent' ? '; moved, it would escape a stop' : ''}`;
}
const withBelow = (c: OrphanCase): string => (c.below > 0 ? ` with ${c.below} below it` : '');

/** The dry run in one line. */
export function sweepWords(v: Pick<OrphansView, 'would' | 'halted'>): string {
  const { stop, reparent, ignore } = v.would;
  const parts = [stop && `stop ${stop}`, reparent && `move ${reparent} up`, ignore && `leave ${ignore}`].filter(Boolean).join(', ');
  return v.halted ? `Halted. It would ${parts}.` : `The next sweep would ${parts}.`;
}

export const ignoreTimes = [
  { ms: 600_000, word: '10 min' },
  { ms: 3_600_000, word: '1 h' },
  { ms: 86_400_000, word: '1 day' },
  { ms: 604_800_000, word: '7 days' },
] as const;
