import { encodeAgent } from '@reeve/core/vocabulary';
import { describe, expect, it, vi } from 'vitest';
import { anAgent, aSnapshot } from './samples';
import { LiveStore } from './store';

const loaded = () => {
  const store = new LiveStore();
  store.load(aSnapshot([anAgent({ id: 'a' }), anAgent({ id: 'b', parentId: 'a' })]));
  store.flush();
  return store;
};

describe('the keyed store', () => {
  it('tells only those who show the record, once per flush', () => {
    const store = loaded();
    const [a, b] = [vi.fn(), vi.fn()];
    store.subscribe('agent', 'a', a);
    store.subscribe('agent', 'b', b);
    store.apply(['h', 'b', 10, 20, 'reading', 0.5]);
    store.apply(['h', 'b', 11, 21, 'writing', 0.6]);
    expect(b).not.toHaveBeenCalled();
    store.flush();
    expect(b).toHaveBeenCalledTimes(1);
    expect(a).not.toHaveBeenCalled();
    expect(store.agents.get('b')?.activity).toBe('writing');
  });

  it('knows when an agent saved last, and a heartbeat without it leaves that alone', () => {
    const store = loaded();
    expect(store.agents.get('a')?.checkpointMs).toBeNull();
    store.apply(['h', 'a', 10, 20, null, null, 7]);
    store.apply(['h', 'a', 11, 21, null, null]);
    expect(store.agents.get('a')?.checkpointMs).toBe(7);
    store.apply(['h', 'a', 12, 22, null, null, null]);
    expect(store.agents.get('a')?.checkpointMs).toBeNull();
  });
  it('keeps locks and barriers while anybody holds or waits, and tells whoever shows them', () => {
    const store = loaded();
    const heard = vi.fn();
    store.subscribeTopic('locks', heard);
    const party = { agentId: 'a', agentName: 'a', since: '' };
    const lock = { id: 'l', name: 'deploy', permits: 1, holders: [{ ...party, expiresAt: '' }], waiters: [], updatedAt: '' };
    const barrier = { id: 'b', name: 'x', generation: 1, expected: 2, onPartyDeath: 'break' as const, partyIds: [], updatedAt: '' };
    store.apply(['l', lock]);
    store.apply(['b', { ...barrier, arrived: [{ ...party, deadline: '' }] }]);
    store.flush();
    expect([[...store.locks.keys()], [...store.barriers.keys()], heard.mock.calls.length]).toEqual([['l'], ['b'], 1]);
    store.apply(['l', { ...lock, holders: [] }]);
    store.apply(['b', { ...barrier, arrived: [] }]);
    store.flush();
    expect([store.locks.size, store.barriers.size, heard.mock.calls.length]).toEqual([0, 0, 2]);
    store.apply(['l', lock]);
    store.load(aSnapshot([]));
    expect(store.locks.size).toBe(0);
  });

  it('replaces records and never edits them', () => {
    const store = loaded();
    const before = store.agents.get('a');
    store.apply(['c', 'a', '5', '9', 2]);
    expect(before?.subtreeNanoUsd).toBe('0');
    expect(store.agents.get('a')).toMatchObject({ ownNanoUsd: '5', subtreeNanoUsd: '9', unpriced: 2 });
  });

  it('a cost or a heartbeat of an agent it does not know is no news', () => {
    const store = loaded();
    store.apply(['c', 'ghost', '5', '9', 0]);
    store.apply(['h', 'ghost', 1, 2, null, null]);
    expect(store.agents.has('ghost')).toBe(false);
  });

  it('a change of state reaches the counts of every ancestor on screen, but does not touch the shape', () => {
    const store = loaded();
    const [counts, tree, states] = [vi.fn(), vi.fn(), vi.fn()];
    store.subscribe('counts', 'a', counts);
    store.subscribeTopic('tree', tree);
    store.subscribeTopic('states', states);
    const [, ...row] = ['a', ...encodeAgent(anAgent({ id: 'b', parentId: 'a', state: 'failed' }))] as const;
    store.apply(['a', ...row]);
    store.flush();
    expect(counts).toHaveBeenCalledTimes(1);
    expect(states).toHaveBeenCalledTimes(1);
    expect(tree).not.toHaveBeenCalled();
  });

  it('keeps the same list of ids until one comes', () => {
    const store = loaded();
    const ids = store.ids('agents');
    store.apply(['h', 'a', 1, 2, null, null]);
    expect(store.ids('agents')).toBe(ids);
    store.apply(['a', ...encodeAgent(anAgent({ id: 'c', parentId: 'a' }))]);
    expect(store.ids('agents')).toEqual(['a', 'b', 'c']);
  });

  it('a new snapshot forgets what is gone and tells everybody', () => {
    const store = loaded();
    const [b, agents] = [vi.fn(), vi.fn()];
    store.subscribe('agent', 'b', b);
    store.subscribeTopic('agents', agents);
    store.load(aSnapshot([anAgent({ id: 'a' })]));
    store.flush();
    expect(b).toHaveBeenCalledTimes(1);
    expect(agents).toHaveBeenCalledTimes(1);
    expect(store.agents.has('b')).toBe(false);
    expect(store.tree.children('a')).toEqual([]);
  });

  it('no longer tells who has left', () => {
    const store = loaded();
    const a = vi.fn();
    store.subscribe('agent', 'a', a)();
    store.apply(['c', 'a', '1', '1', 0]);
    store.flush();
    expect(a).not.toHaveBeenCalled();
  });
});
