import { expect, it } from 'vitest';
import { effectsWords } from './rehearsal-words';

it('says how far the effects of both are the same', () => {
  const words = (same: number, original: number, rehearsed: number, differs = false) =>
    effectsWords({ same, original, rehearsed, difference: differs ? { step: same + 1, original: 'a', rehearsed: 'b' } : null });
  expect(words(0, 0, 0)).toBe('Neither has begun one yet.');
  expect(words(0, 3, 0)).toBe('The rehearsal has begun none of 3 yet.');
  expect(words(0, 0, 2)).toBe('The original has begun none yet, the rehearsal 2.');
  expect(words(3, 3, 3)).toBe('The first 3 effects are the same, in the same order.');
  expect(words(1, 1, 3)).toBe('The first 1 effect is the same, in the same order; the rehearsal is 2 ahead.');
  expect(words(2, 5, 2)).toBe('The first 2 effects are the same, in the same order; the original did 3 more.');
  expect(words(2, 5, 4, true)).toBe('The first 2 effects are the same, in the same order; then they differ.');
  expect(words(0, 5, 4, true)).toBe('They differ from the first one on.');
});
