import { expect, it } from 'vitest';
import { priceWords } from './entry-price';

const entry = (over: Partial<Parameters<typeof priceWords>[0]>) => ({
  costUsd: null,
  pricedBy: 'unpriced' as const,
  priceVersion: null,
  adjusted: null,
  unpriced: over.costUsd === undefined,
  ...over,
});
const adjusted = (byUsd: string, repriced: boolean) => ({ byUsd, repriced, latestId: '7' });

it('an entry that was priced anew says what prices it, also where that is nothing', () => {
  expect(priceWords(entry({}))).toBe('no known price');
  const since = (byUsd: string) => priceWords(entry({ adjusted: adjusted(byUsd, true), unpriced: false }));
  expect(since('3.000000000')).toBe('priced since by an adjustment: $3.00');
  expect(since('0.000000000')).toBe('priced since by an adjustment: $0.00');
});
it('a price that was taken back, and a correction by hand, leave it without one', () => {
  expect(priceWords(entry({ adjusted: adjusted('0.000000000', true) }))).toBe('no known price');
  expect(priceWords(entry({ adjusted: adjusted('3.000000000', true) }))).toBe('no known price, adjusted by $3.00');
  expect(priceWords(entry({ adjusted: adjusted('-0.500000000', false) }))).toBe('no known price, adjusted by −$0.50');
});
it('a price that was corrected says by how much; a correction says which of the two it is', () => {
  const listed = entry({ costUsd: '1.000000000', pricedBy: 'table', adjusted: adjusted('0.250000000', true) });
  expect(priceWords(listed)).toBe('list price, adjusted by $0.25');
  const fix = { costUsd: '0.250000000', pricedBy: 'adjustment' as const };
  expect(priceWords(entry(fix))).toBe('a correction');
  expect(priceWords(entry({ ...fix, priceVersion: 'project@1' }))).toBe('priced anew');
});
