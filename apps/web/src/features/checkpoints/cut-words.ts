import type { CutMemberView, CutView } from '@reeve/core/vocabulary';
import { plural } from '@/vocabulary/format';

const missing: Record<NonNullable<CutMemberView['missing']>, string> = {
  waiting: 'has not saved yet',
  ended: 'ended before it saved',
  'began-anew': 'began a new epoch before it saved',
  'never-saves': 'makes no checkpoints',
  'too-late': 'did not save in time',
  pruned: 'its checkpoint is no longer kept',
};
export const missingWords = (m: Pick<CutMemberView, 'name' | 'missing'>): string => (m.missing ? `${m.name}: ${missing[m.missing]}` : '');

/** In one line, what the cut is worth. */
export function cutWords(cut: Pick<CutView, 'state' | 'members' | 'spanMs'>): string {
  const there = cut.members.filter((m) => m.missing === null).length;
  const all = cut.members.length;
  switch (cut.state) {
    case 'forming':
      return `${there} of ${plural(all, 'agent')} saved, the others are asked`;
    case 'complete':
      return `all ${plural(all, 'agent')}, within ${spanWords(cut.spanMs)}`;
    case 'partial':
      return `${there} of ${plural(all, 'agent')}`;
    case 'expired':
      return 'expired: not all of it is kept';
  }
}
export const spanWords = (ms: number): string => (ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`);

const startWords = { waiting: 'waits for its parent', ordered: 'is being started', started: 'started', failed: 'did not start' } as const;
/** How far one agent of a restore has come. */
export const startOf = (s: { state: keyof typeof startWords; why: string | null }): string =>
  s.why && s.state !== 'started' ? `${s.state === 'waiting' ? 'waits' : startWords[s.state]}: ${s.why}` : startWords[s.state];
