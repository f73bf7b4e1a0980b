import type { TaskView } from '@reeve/core/vocabulary';
import { describe, expect, it } from 'vitest';
import { groupLanes, mostLanes } from './lanes';

const task = (id: string, over: Partial<TaskView> = {}) =>
  ({
    id,
    title: id,
    state: 'ready',
    priority: 0,
    labels: [],
    claim: null,
    gate: null,
    createdAt: '',
    updatedAt: '',
    finishedAt: null,
    ...over,
  }) as TaskView;
const heldBy = (agentId: string) => ({ state: 'claimed' as const, claim: { agentId, agentName: null, expiresAt: '' } });
const everything = { text: '', labels: [] };
const places: Record<string, { name: string; sessionId: string }> = {
  root: { name: 'planner', sessionId: 'root' },
  a: { name: 'coder', sessionId: 'root' },
};
const lanesOf = (kind: 'label' | 'session' | 'agent', tasks: TaskView[]) =>
  groupLanes(tasks, everything, kind, (id) => places[id]).lanes.map((l) => [l.title, l.board.shown]);

describe('swimlanes', () => {
  it('are by the first label, the largest first, what has none last', () => {
    const tasks = [task('1'), task('2'), task('3', { labels: ['ui'] }), task('4', { labels: ['db', 'ui'] }), task('5', { labels: ['db'] })];
    expect(lanesOf('label', tasks)).toEqual([
      ['db', 2],
      ['ui', 1],
      ['No label', 2],
    ]);
  });
  it('are by who holds a task or handed it in, and by the session of that agent', () => {
    const gate = { review: true, evidence: [], shown: [], missing: [], submittedBy: { agentId: 'a', agentName: 'coder' } };
    const tasks = [task('1', heldBy('a')), task('2', { state: 'in-review', gate }), task('3', heldBy('root')), task('4')];
    expect(lanesOf('agent', tasks)).toEqual([
      ['coder', 2],
      ['planner', 1],
      ['Nobody', 1],
    ]);
    expect(lanesOf('session', tasks)).toEqual([
      ['planner', 3],
      ['No session', 1],
    ]);
  });
  it('are so many at most, and the rest is told', () => {
    const tasks = Array.from({ length: mostLanes + 3 }, (_, i) => task(`${i}`, { labels: [`l${i}`] }));
    const { lanes, more } = groupLanes(tasks, everything, 'label', () => undefined);
    expect([lanes.length, more]).toEqual([mostLanes, 3]);
  });
});
