import { describe, expect, it } from 'vitest';
import type { EventMap, EventType, LoggedEvent } from '../kernel/events.ts';
import { attemptsOf } from './attempts.ts';
import { importOrder } from './import-order.ts';

const line = (key: string, ...dependsOn: string[]) => ({ key, dependsOn });
const order = (...lines: ReturnType<typeof line>[]) => {
  const r = importOrder(lines);
  return r.ok ? r.value.map((t) => t.key).join(' ') : r.error;
};

describe('the order of an import', () => {
  it('is that in which it came, each after those that it waits for', () => {
    expect(order(line('a'), line('b'), line('c'))).toBe('a b c');
    expect(order(line('c', 'b'), line('b', 'a'), line('a'), line('d', 'a', 'c'))).toBe('a b c d');
    expect(order(line('d', 'b', 'c'), line('b', 'a'), line('c', 'a'), line('a'))).toBe('a b c d');
    expect(order(line('a', 'elsewhere'), line('b', 'a', 'a'))).toBe('a b');
    expect(order()).toBe('');
  });
  it('names the circle, and nobody before it', () => {
    expect(order(line('way', 'a'), line('a', 'b'), line('b', 'c'), line('c', 'a'))).toEqual({
      code: 'would_make_cycle',
      cycle: ['a', 'b', 'c', 'a'],
    });
    expect(order(line('a', 'a'))).toEqual({ code: 'would_make_cycle', cycle: ['a', 'a'] });
  });
  it('names the key that comes twice', () => {
    const twice = (key: string) => ({ code: 'invalid_input', issues: [{ path: 'text', message: `the key ${key} comes twice` }] });
    expect(order(line('a'), line('b'), line('b'), line('a'))).toEqual(twice('b'));
    expect(order(line('a'), line('a'), line('b'))).toEqual(twice('a'));
  });
});

describe('the attempts of a task', () => {
  const fact = <T extends EventType>(type: T, atMs: number, data: Partial<EventMap[T]>): LoggedEvent =>
    ({ type, subjectId: 't', data, seq: atMs, atMs, actor: 'x' }) as unknown as LoggedEvent;
  const claimed = (attempt: number, atMs: number) => fact('task.claimed', atMs, { agentId: `a${attempt}`, token: `${attempt}`, attempt });
  const ends = (...facts: LoggedEvent[]) => attemptsOf(facts).map((a) => [a.agentId, a.fromMs, a.toMs, a.ended]);

  it('end as the fact after them says', () => {
    const how: [LoggedEvent, string][] = [
      [fact('task.completed', 5, {}), 'done'],
      [fact('task.submitted', 5, {}), 'in-review'],
      [fact('task.attempt-failed', 5, { next: 'scheduled' }), 'failed'],
      [fact('task.attempt-failed', 5, { next: 'ready' }), 'failed'],
      [fact('task.attempt-failed', 5, { next: 'dead-letter' }), 'dead-letter'],
      [fact('task.released', 5, { why: 'lease-expired' }), 'lease-expired'],
      [fact('task.cancelled', 5, {}), 'cancelled'],
    ];
    for (const [end, ended] of how) expect(ends(claimed(1, 1), end)).toEqual([['a1', 1, 5, ended]]);
  });
  it('stand in their order; the last is open until a fact ends it, and what comes later ends nothing again', () => {
    const facts = [
      fact('task.added', 0, {}),
      fact('task.cancelled', 0, {}),
      claimed(1, 1),
      fact('task.renewed', 2, {}),
      fact('task.released', 3, { why: 'holder-ended' }),
      fact('task.cancelled', 4, {}),
      claimed(2, 5),
      fact('task.commented', 6, {}),
    ];
    expect(ends(...facts)).toEqual([
      ['a1', 1, 3, 'holder-ended'],
      ['a2', 5, null, null],
    ]);
    expect(attemptsOf([])).toEqual([]);
    expect(attemptsOf([claimed(1, 1)])).toEqual([{ attempt: 1, agentId: 'a1', token: '1', fromMs: 1, toMs: null, ended: null }]);
  });
});
