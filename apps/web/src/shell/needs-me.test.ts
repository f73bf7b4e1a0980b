import { describe, expect, it } from 'vitest';
import type { LiveStore } from '@/live';
import { anAgent } from '@/live/samples';
import { type Need, needsOf } from './needs-me';
import { newsOf } from './notify-needs';

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
        { id: 'f', budgetNanoUsd: '10', subtreeNanoUsd: '7' },
      ),
    );
    expect(needs.map((n) => [n.key, n.count, n.text])).toEqual([
      ['over-budget', 2, '2 over budget'],
      ['near-budget', 1, '1 near a budget’s end'],
    ]);
  });
  it('tells of what there is more of, once, and not of a stop that somebody has begun', () => {
    const need = (key: string, count: number) => ({ key, count, text: '', href: '' }) as Need;
    const keys = (before: Need[], now: Need[]) => newsOf(before, now).map((n) => n.key);
    expect(keys([], [need('over-budget', 1), need('stops', 1)])).toEqual(['over-budget']);
    expect(keys([need('over-budget', 1)], [need('over-budget', 1)])).toEqual([]);
    expect(keys([need('over-budget', 2)], [need('over-budget', 1), need('dead', 1)])).toEqual(['dead']);
    expect(keys([need('over-budget', 1)], [need('over-budget', 2)])).toEqual(['over-budget']);
  });
});
