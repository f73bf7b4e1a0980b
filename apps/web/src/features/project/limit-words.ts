import type { LimitName, LimitUse } from '@reeve/core/vocabulary';

/** Each limit in the operator's words; the compiler asks for every one. */
export const limitWords: Record<LimitName, { name: string; meaning: string }> = {
  depth: { name: 'Depth of a tree', meaning: 'agents from the root down' },
  children: { name: 'Children of one agent', meaning: 'alive at once' },
  'session-live-agents': { name: 'Agents of a session', meaning: 'alive at once' },
  'session-spawns': { name: 'Agents a session may ever start', meaning: 'in all' },
  'session-spawns-per-minute': { name: 'New agents of a session', meaning: 'a minute' },
  'project-live-agents': { name: 'Agents of the project', meaning: 'alive at once' },
  'project-spawns-per-minute': { name: 'New agents of the project', meaning: 'a minute' },
};
export const shareOf = (l: LimitUse): number => (l.max === 0 ? 1 : Math.min(1, l.used / l.max));
/** From here on a limit is worth a look; at 1 it refuses. */
export const nearShare = 0.8;
export const toneOf = (l: LimitUse): 'danger' | 'attention' | 'neutral' =>
  shareOf(l) >= 1 ? 'danger' : shareOf(l) >= nearShare ? 'attention' : 'neutral';
