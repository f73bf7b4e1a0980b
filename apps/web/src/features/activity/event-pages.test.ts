import type { EventView } from '@reeve/core/vocabulary';
import { describe, expect, it } from 'vitest';
import { actorOf, hrefOf } from './event-groups';
import { mergeEvents, mostHeld, trimmed, withDays } from './event-pages';

const event = (seq: number, at = '2026-11-24T10:00:00.000Z'): EventView => ({
  seq,
  at,
  type: 'task.added',
  subjectKind: 'task',
  subjectId: 't',
  actor: 'system:x',
  data: {},
  sentence: '',
});

describe('the event list', () => {
  it('shows each event once, newest first, whatever order the pages came in', () => {
    const merged = mergeEvents([event(9), event(8)], [event(8), event(10), event(7)]);
    expect(merged.map((e) => e.seq)).toEqual([10, 9, 8, 7]);
  });
  it('does not grow without bound', () => {
    expect(trimmed(Array.from({ length: mostHeld + 5 }, (_, i) => event(mostHeld + 5 - i)))).toHaveLength(mostHeld);
  });
  it('draws a line where the day changes', () => {
    const rows = withDays([event(3, '2026-11-24T00:10:00Z'), event(2, '2026-11-23T23:50:00Z'), event(1, '2026-11-23T23:40:00Z')], (at) =>
      at.slice(0, 10),
    );
    expect(rows.map((r) => r.kind)).toEqual(['day', 'event', 'day', 'event', 'event']);
    expect(new Set(rows.map((r) => r.key)).size).toBe(rows.length);
  });
  it('links each subject to its place and names its actor', () => {
    expect(hrefOf('change', 'a/b')).toBe('/approvals/a%2Fb');
    expect(hrefOf('project', 'p')).toBeNull();
    expect(actorOf('agent:agt_1')).toEqual({ kind: 'agent', id: 'agt_1', words: 'an agent' });
    expect(actorOf('system')).toMatchObject({ id: null, words: 'the supervisor' });
  });
});
