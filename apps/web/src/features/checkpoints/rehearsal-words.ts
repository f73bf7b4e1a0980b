import type { RehearsalView } from '@reeve/core/vocabulary';
import { plural } from '@/vocabulary/format';

/** In one sentence, how far the effects of both are the same. */
export function effectsWords({ same, original, rehearsed, difference }: RehearsalView['effects']): string {
  if (original + rehearsed === 0) return 'Neither has begun one yet.';
  const alike = `The first ${plural(same, 'effect')} ${same === 1 ? 'is' : 'are'} the same, in the same order`;
  if (difference) return same === 0 ? 'They differ from the first one on.' : `${alike}; then they differ.`;
  if (same === 0)
    return original === 0
      ? `The original has begun none yet, the rehearsal ${rehearsed}.`
      : `The rehearsal has begun none of ${original} yet.`;
  if (rehearsed > original) return `${alike}; the rehearsal is ${rehearsed - original} ahead.`;
  return original > rehearsed ? `${alike}; the original did ${original - rehearsed} more.` : `${alike}.`;
}
