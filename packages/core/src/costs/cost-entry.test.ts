import { expect, it } from 'vitest';
import { entryOf } from '../../testing/index.ts';
import { adjustmentOf, payloadOf } from './cost-entry.ts';
import { foldEntries } from './rollup.ts';

const call = (over: Partial<Parameters<typeof entryOf>[0]>) =>
  entryOf({ projectId: 'p', agentId: 'a', eventId: 'e', path: ['r', 'a'], ...over });

it('I-COST-1: a digit that moves from one number to the next is another payload', () => {
  expect(payloadOf(call({ inputTokens: 1, outputTokens: 11 }))).not.toBe(payloadOf(call({ inputTokens: 11, outputTokens: 1 })));
  expect(payloadOf(call({ cacheWriteTokens: 1, reasoningTokens: 23 }))).not.toBe(
    payloadOf(call({ cacheWriteTokens: 12, reasoningTokens: 3 })),
  );
});
it('I-COST-9: tokens and calls count where they were made, and in every total above', () => {
  const sums = foldEntries([
    call({ inputTokens: 5, outputTokens: 7, costNanoUsd: 2n }),
    call({ eventId: 'f', inputTokens: 1, outputTokens: 2, costNanoUsd: null }),
  ]);
  const total = { totalNanoUsd: 2n, totalInputTokens: 6, totalOutputTokens: 9, totalEntries: 2, totalUnpriced: 1 };
  expect(sums.get('a')).toEqual({
    id: 'a',
    projectId: 'p',
    ...total,
    ownNanoUsd: 2n,
    ownInputTokens: 6,
    ownOutputTokens: 9,
    ownEntries: 2,
    ownUnpriced: 1,
  });
  expect(sums.get('r')).toMatchObject({
    id: 'r',
    ...total,
    ownNanoUsd: 0n,
    ownInputTokens: 0,
    ownOutputTokens: 0,
    ownEntries: 0,
    ownUnpriced: 0,
  });
});
it('I-COST-4: a correction stands where the entry stands, and counts its tokens no second time', () => {
  const wrong = call({ chargedTo: ['b'], role: 'coder', provider: 'p', cachedInputTokens: 3, cacheWriteTokens: 4, reasoningTokens: 5 });
  const said = { eventId: 'fix', costNanoUsd: -7n, priceVersion: null, late: true, reason: 'twice', atMs: 8, recordedAtMs: 9 };
  const tokens = { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 };
  expect(adjustmentOf(wrong, said)).toEqual({ ...wrong, ...tokens, ...said, pricedBy: 'adjustment', refersTo: 'e' });
});
