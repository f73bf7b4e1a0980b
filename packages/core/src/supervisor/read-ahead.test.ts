import { describe, expect, it } from 'vitest';
import { commandOf, operator, system } from '../../testing/index.ts';
import { callOf } from '../../testing/test-fleet.ts';
import type { Actor } from './commands.ts';
import { readAheadOf, wantedBy, wantsKey } from './read-ahead.ts';

const nothing = { agents: [], tasks: [], ending: [], settings: false, ready: [], requests: [] };
const token = '1';
const agent: Actor = { kind: 'agent', id: 'agt_me', epoch: 1, path: ['agt_me'] };

describe('what a batch will ask the store for', () => {
  it('nothing, where its commands tell nothing', () => {
    expect(readAheadOf([])).toEqual(nothing);
    expect(readAheadOf([commandOf('agents.pause', { id: 'agt_a' }, operator), commandOf('stops.tick', {}, system)])).toEqual(nothing);
  });
  it('the agent that speaks, whatever it says', () => {
    expect(readAheadOf([commandOf('agents.pause', { id: 'agt_a' }, agent)])).toEqual({ ...nothing, agents: ['agt_me'] });
  });
  it('for claims: their agents, the settings, the ready tasks they want, and the answers given before', () => {
    const claim = (agentId: string, more = {}) => commandOf('tasks.claim', { agentId, ...more }, operator);
    expect(
      readAheadOf([
        claim('agt_a', { limit: 3, requestId: 'r1' }),
        claim('agt_b', { limit: 4 }),
        claim('agt_b', { labels: ['ts'], capabilities: ['gpu'], requestId: 'r2' }),
      ]),
    ).toEqual({
      ...nothing,
      agents: ['agt_a', 'agt_b'],
      settings: true,
      ready: [
        { labels: [], capabilities: [], limit: 7 },
        { labels: ['ts'], capabilities: ['gpu'], limit: 1 },
      ],
      requests: [
        { scope: 'claim:agt_a', requestId: 'r1' },
        { scope: 'claim:agt_b', requestId: 'r2' },
      ],
    });
  });
  it('for what ends a claim: the task, and who waits for it where it is done', () => {
    const batch = [
      commandOf('tasks.complete', { id: 'tsk_done', token }, operator),
      commandOf('tasks.renew', { id: 'tsk_a', token }, operator),
      commandOf('tasks.release', { id: 'tsk_b', token }, operator),
      commandOf('tasks.fail', { id: 'tsk_c', token, error: 'x' }, operator),
    ];
    expect(readAheadOf(batch)).toEqual({ ...nothing, tasks: ['tsk_done', 'tsk_a', 'tsk_b', 'tsk_c'], ending: ['tsk_done'] });
  });
  it('for costs and heartbeats: whose they are, each once', () => {
    const spent = commandOf('costs.report', { entries: [callOf('agt_a', '1'), callOf('agt_b', '2')] }, operator);
    expect(readAheadOf([spent])).toEqual({ ...nothing, agents: ['agt_a', 'agt_b'], settings: true });
    const beats = ['agt_c', 'agt_c', 'agt_d'].map((id) => commandOf('agents.heartbeat', { id }, operator));
    expect(readAheadOf(beats)).toEqual({ ...nothing, agents: ['agt_c', 'agt_d'] });
  });
});

describe('claims that want the same', () => {
  it('the order of labels and of capabilities is all the same, which of both one is in is not', () => {
    expect(wantsKey({ labels: ['b', 'a'], capabilities: ['y', 'x'] })).toBe(wantsKey({ labels: ['a', 'b'], capabilities: ['x', 'y'] }));
    const different = [
      { labels: [] },
      { labels: ['a'] },
      { labels: [], capabilities: ['a'] },
      { labels: ['a'], capabilities: ['a'] },
      { labels: ['ab'] },
      { labels: ['a', 'b'] },
      { labels: [], capabilities: ['a', 'b'] },
      { labels: [], capabilities: ['ab'] },
    ].map(wantsKey);
    expect(new Set(different).size).toBe(different.length);
  });
  it('are read together, and the lists that were told stay as they are', () => {
    const labels = ['b', 'a'];
    const capabilities = ['y', 'x'];
    const claim = { agentId: 'agt_a', labels, capabilities, limit: 2, waitMs: 0 } as never;
    expect([...wantedBy([claim, claim]).values()]).toEqual([{ labels: ['b', 'a'], capabilities: ['y', 'x'], limit: 4 }]);
    expect([labels, capabilities]).toEqual([
      ['b', 'a'],
      ['y', 'x'],
    ]);
  });
});
