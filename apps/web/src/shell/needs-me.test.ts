import { describe, expect, it } from 'vitest';
import type { LiveStore } from '@/live';
import { anAgent } from '@/live/samples';
import { needsOf } from './needs-me';

const storeOf = (...agents: Parameters<typeof anAgent>[0][]) =>
  ({
    agents: new Map(agents.map((a) => [a.id, anAgent(a)])),
    changes: new Map(),
    tasks: new Map(),
    stops: new Map(),
  }) as unknown as LiveStore;

describe('what stands above every page', () => {
  it('counts budgets that are over, of those who still spend: at its last nano-USD one is not', () => {
    const over = { budgetNanoUsd: '10', subtreeNanoUsd: '11' };
    const needs = needsOf(
      storeOf(
        { id: 'a', ...over },
        { id: 'b', ...over, state: 'paused' },
        { id: 'c', ...over, state: 'completed' },
        { id: 'd', budgetNanoUsd: '10', subtreeNanoUsd: '10' },
        { id: 'e', subtreeNanoUsd: '99' },
      ),
    );
    expect(needs.map((n) => [n.key, n.count, n.text])).toEqual([['over-budget', 2, '2 over budget']]);
  });
});
