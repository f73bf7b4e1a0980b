import { expect, it } from 'vitest';
import { isUnpriced, priceWords } from './entry-price';

const entry = (over: Partial<Parameters<typeof isUnpriced>[0]>) => ({
  costUsd: null,
  pricedBy: 'unpriced' as const,
  priceVersion: null,
  adjusted: null,
  ...over,
});
const adjusted = (byUsd: string, repriced: boolean) => ({ byUsd, repriced, latestId: '7' });

it('an entry that was priced anew is unpriced no more, and says what prices it', () => {
  const waits = entry({});
  expect([isUnpriced(waits), priceWords(waits)]).toEqual([true, 'no known price']);
  const priced = entry({ adjusted: adjusted('3.000000000', true) });
  expect([isUnpriced(priced), priceWords(priced)]).toEqual([false, 'priced since by an adjustment: $3.00']);
});
it('a price that was taken back, and a correction by hand, leave it unpriced', () => {
  const back = entry({ adjusted: adjusted('0.000000000', true) });
  expect([isUnpriced(back), priceWords(back)]).toEqual([true, 'no known price']);
  const byHand = entry({ adjusted: adjusted('-0.500000000', false) });
  expect([isUnpriced(byHand), priceWords(byHand)]).toEqual([true, 'no known price, adjusted by −$0.50']);
});
it('a price that was corrected says by how much; a correction says which of the two it is', () => {
  const listed = entry({ costUsd: '1.000000000', pricedBy: 'table', adjusted: adjusted('0.250000000', true) });
  expect([isUnpriced(listed), priceWords(listed)]).toEqual([false, 'list price, adjusted by $0.25']);
  const fix = { costUsd: '0.250000000', pricedBy: 'adjustment' as const };
  expect(priceWords(entry(fix))).toBe('a correction');
  expect(priceWords(entry({ ...fix, priceVersion: 'project@1' }))).toBe('priced anew');
});
