import { expect, it } from 'vitest';
import { effectsWords, statesComeTo, statesWords } from './rehearsal-words';

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

it('says which saved states came again, and leaves out what the rehearsal has not come to', () => {
  const state = (sequence: number) => ({ checkpointId: `c${sequence}`, epoch: 1, sequence, digest: `d${sequence}`, isKept: true });
  const compared = (equal: boolean[], onlyRehearsed = 0) => ({
    states: equal.map((is, i) => ({ original: state(i), equal: is ? state(i) : null })),
    onlyRehearsed: Array.from({ length: onlyRehearsed }, (_, i) => state(100 + i)),
  });
  expect(statesWords(compared([]))).toBe('The original has saved none after it.');
  expect(statesWords(compared([false, false]))).toBe('The rehearsal has saved none yet, the original 2.');
  expect(statesWords(compared([true]))).toBe('1 of 1 saved state came again, equal to the byte.');
  expect(statesWords(compared([true, true, false, false]))).toBe(
    '2 of 2 saved states came again, equal to the byte; the original saved 2 more.',
  );
  expect(statesWords(compared([true, false, false], 1))).toBe(
    '1 of 2 saved states came again, equal to the byte; the original saved 1 more.',
  );
  // ahead of the original
  expect(statesWords(compared([true], 3))).toBe('1 of 1 saved state came again, equal to the byte.');
  // left out by the rehearsal, and then alike again
  expect(statesComeTo(compared([false, true, false])).map((s) => [s.original.sequence, s.equal?.sequence, s.other])).toEqual([
    [0, undefined, null],
    [1, 1, null],
  ]);
  expect(statesComeTo(compared([false, false], 1)).map((s) => s.other?.sequence)).toEqual([100]);
});
