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

type States = Pick<RehearsalView, 'states' | 'onlyRehearsed'>;

/**
 * The states of the original that the rehearsal has come to, oldest first, each with its equal or with what the rehearsal
 * saved in its place. Those that it has not come to yet are no difference, and left out.
 */
export function statesComeTo({ states, onlyRehearsed }: States) {
  const equal = states.filter((s) => s.equal !== null).length;
  const lastEqual = states.findLastIndex((s) => s.equal !== null);
  const others = [...onlyRehearsed];
  return states.slice(0, Math.max(lastEqual + 1, equal + onlyRehearsed.length)).map((s) => ({
    ...s,
    other: s.equal ? null : (others.shift() ?? null),
  }));
}

/** In one sentence, how many saved states came again. */
export function statesWords(r: States): string {
  const comeTo = statesComeTo(r);
  const more = r.states.length - comeTo.length;
  if (r.states.length === 0) return 'The original has saved none after it.';
  if (comeTo.length === 0) return `The rehearsal has saved none yet, the original ${more}.`;
  const equal = comeTo.filter((s) => s.equal !== null).length;
  const came = `${equal} of ${plural(comeTo.length, 'saved state')} came again, equal to the byte`;
  return more > 0 ? `${came}; the original saved ${more} more.` : `${came}.`;
}
