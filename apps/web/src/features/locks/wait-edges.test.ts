import type { BarrierView, LockView } from '@reeve/core/vocabulary';
import { describe, expect, it } from 'vitest';
import { afterRelease, waitEdges } from './wait-edges';

const at = '2026-01-01T00:00:00.000Z';
const holder = (agentId: string) => ({ agentId, agentName: agentId.toUpperCase(), since: at, expiresAt: at });
const waiter = (agentId: string) => ({ agentId, agentName: agentId.toUpperCase(), priority: 0, since: at, deadline: at });
const lock = (name: string, holders: string[], waiters: string[], permits = 1): LockView => ({
  id: name,
  name,
  permits,
  holders: holders.map(holder),
  waiters: waiters.map(waiter),
  updatedAt: at,
});

describe('who waits for whom', () => {
  it('a waiter waits for every holder, one at a barrier for those that were named and are missing', () => {
    const barrier = {
      name: 'go',
      partyIds: ['a', 'd'],
      arrived: [{ agentId: 'a', agentName: 'A', since: at, deadline: at }],
    } as unknown as BarrierView;
    const { nodes, edges } = waitEdges([lock('gpu', ['b', 'c'], ['a'], 2), lock('free', [], [])], [barrier]);
    expect(edges).toEqual([
      { from: 'a', to: 'b', at: 'lock:gpu' },
      { from: 'a', to: 'c', at: 'lock:gpu' },
      { from: 'a', to: 'd', at: 'barrier:go' },
    ]);
    expect(nodes.map((n) => n.name)).toEqual(['A', 'B', 'C', 'd']);
  });
});

describe('what a force-release does', () => {
  it('the permits go to as many of the queue as get free, in its order', () => {
    const gpu = lock('gpu', ['b', 'c'], ['x', 'y', 'z'], 2);
    expect(afterRelease(gpu, 'b').next.map((w) => w.agentId)).toEqual(['x']);
    expect(afterRelease(gpu, null).next.map((w) => w.agentId)).toEqual(['x', 'y']);
    expect(afterRelease(gpu, 'nobody')).toEqual({ lose: [], next: [] });
  });
});
