import { describe, expect, it } from 'vitest';
import { findDeadlock, type Wait } from './wait-graph.ts';

const wait = (agentId: string, at: string, on: string[], over: Partial<Wait> = {}): Wait => ({
  agentId,
  requestId: `${agentId}/${at}`,
  at,
  needs: 'any',
  on,
  priority: 0,
  sinceMs: 0,
  ...over,
});

describe('I-SYNC-7: deadlocks among waits', () => {
  it('a circle of two is found, told from the victim on', () => {
    const found = findDeadlock([wait('a', 'lock:x', ['b'], { sinceMs: 1 }), wait('b', 'lock:y', ['a'], { sinceMs: 2 })]);
    expect(found?.cycle).toEqual(['b', 'lock:y', 'a', 'lock:x', 'b']);
    expect(found?.victim.agentId).toBe('b');
  });
  it('waiting for oneself is one', () => {
    expect(findDeadlock([wait('a', 'lock:x', ['a'])])?.cycle).toEqual(['a', 'lock:x', 'a']);
  });
  it('a long circle is, a chain that ends at somebody who works is not', () => {
    const chain = ['a', 'b', 'c', 'd'].map((id, i, all) => wait(id, `lock:${id}`, [all[i + 1] ?? 'worker']));
    expect(findDeadlock(chain)).toBeUndefined();
    expect(findDeadlock([...chain.slice(0, 3), wait('d', 'lock:d', ['a'])])?.cycle).toHaveLength(9);
  });
  it('the victim: lowest priority, then youngest wait, then highest id; whatever the order of the input', () => {
    const circle = (over: Record<string, Partial<Wait>>) => {
      const waits = ['a', 'b', 'c'].map((id, i, all) => wait(id, `lock:${id}`, [all[(i + 1) % 3] as string], over[id]));
      const victims = new Set([waits, [...waits].reverse()].map((w) => findDeadlock(w)?.victim.agentId));
      expect(victims.size).toBe(1);
      return [...victims][0];
    };
    expect(circle({ a: { priority: -1 }, b: { sinceMs: 9 } })).toBe('a');
    expect(circle({ a: { priority: 1, sinceMs: 9 }, b: { sinceMs: 5 }, c: { sinceMs: 4 } })).toBe('b');
    expect(circle({})).toBe('c');
  });
  it('no false one: a holder of the semaphore that is not in the circle will let go', () => {
    const waits = [wait('a', 'lock:pool', ['b', 'worker']), wait('b', 'lock:y', ['a'])];
    expect(findDeadlock(waits)).toBeUndefined();
    expect(findDeadlock([...waits, wait('worker', 'lock:y', ['a'])])).toBeDefined();
  });
  it('no false one: an agent with a second wait that can end will go on', () => {
    const waits = [wait('a', 'lock:x', ['b']), wait('b', 'lock:y', ['a'])];
    expect(findDeadlock([...waits, wait('a', 'lock:z', ['worker'])])).toBeUndefined();
    expect(findDeadlock([...waits, wait('b', 'lock:z', [])])).toBeUndefined();
  });
  it('a party of a barrier needs all that are missing: one of them in the circle is enough', () => {
    const party = wait('a', 'barrier:m', ['b', 'worker'], { needs: 'all' });
    expect(findDeadlock([party, wait('b', 'lock:x', ['a'])])?.cycle).toEqual(['b', 'lock:x', 'a', 'barrier:m', 'b']);
    expect(findDeadlock([party, wait('worker', 'lock:x', ['other'])])).toBeUndefined();
    expect(findDeadlock([wait('a', 'barrier:m', [], { needs: 'all' })])).toBeUndefined();
  });
  it('who only waits behind a circle is not blamed for it', () => {
    const found = findDeadlock([
      wait('behind', 'lock:x', ['a'], { priority: -9 }),
      wait('a', 'lock:y', ['b']),
      wait('b', 'lock:x', ['a'], { priority: 3 }),
    ]);
    expect(found?.victim.agentId).toBe('a');
    expect(found?.cycle).not.toContain('behind');
  });
});
