import { describe, expect, it } from 'vitest';
import { conditionsOf } from './conditions';
import { anAgent } from './samples';

describe('over budget, as the server has it', () => {
  it.each([
    ['9', false],
    ['10', false],
    ['11', true],
  ])('%s of 10 nano-USD: %s', (subtreeNanoUsd, over) => {
    expect(conditionsOf(anAgent({ id: 'a', budgetNanoUsd: '10', subtreeNanoUsd }), undefined, 0).includes('over-budget')).toBe(over);
  });
});
