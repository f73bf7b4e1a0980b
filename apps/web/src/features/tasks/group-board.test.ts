import type { TaskState, TaskView } from '@reeve/core/vocabulary';
import { describe, expect, it } from 'vitest';
import { groupBoard, matches } from './group-board';

const task = (id: string, state: TaskState, more: Partial<TaskView> = {}): TaskView => ({
  id,
  title: `Task ${id}`,
  body: null,
  state,
  priority: 0,
  labels: [],
  dependsOn: [],
  waitingFor: [],
  stuckOn: [],
  attempts: 0,
  maxAttempts: 3,
  notBefore: null,
  claim: null,
  failures: [],
  result: null,
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
  finishedAt: null,
  needs: [],
  parentId: null,
  subtasks: 0,
  gate: null,
  ...more,
});
const everything = { text: '', labels: [] };

describe('the board', () => {
  it('has the agents whose work is on it, and the work of one alone where asked', () => {
    const claim = { agentId: 'a', agentName: 'Ada', expiresAt: '' } as TaskView['claim'];
    const gate = { submittedBy: { agentId: 'b', agentName: 'Bob' } } as TaskView['gate'];
    const tasks = [task('1', 'claimed', { claim }), task('2', 'claimed', { claim }), task('3', 'in-review', { gate }), task('4', 'ready')];
    expect(groupBoard(tasks, everything).agents).toEqual([
      { id: 'a', name: 'Ada', count: 2 },
      { id: 'b', name: 'Bob', count: 1 },
    ]);
    const { columns, shown, agents } = groupBoard(tasks, { ...everything, agent: 'b' });
    expect([shown, columns['in-review'], agents.length]).toEqual([1, ['3'], 2]);
  });

  it('orders ready by priority, then age, and ended ones newest first', () => {
    const board = groupBoard(
      [
        task('b', 'ready', { createdAt: '2026-01-01T00:00:02.000Z' }),
        task('a', 'ready', { createdAt: '2026-01-01T00:00:01.000Z' }),
        task('first', 'ready', { priority: 5, createdAt: '2026-01-01T00:00:09.000Z' }),
        task('old', 'done', { finishedAt: '2026-01-01T00:00:01.000Z' }),
        task('new', 'done', { finishedAt: '2026-01-01T00:00:02.000Z' }),
      ],
      everything,
    );
    expect(board.columns.ready).toEqual(['first', 'a', 'b']);
    expect(board.columns.done).toEqual(['new', 'old']);
  });
  it('tells blocked from scheduled and counts what a filter hides', () => {
    const board = groupBoard([task('x', 'blocked', { labels: ['ui'] }), task('y', 'scheduled')], { text: '', labels: ['ui'] });
    expect(board.columns.blocked).toEqual(['x']);
    expect([board.totals.blocked, board.totals.scheduled, board.columns.scheduled]).toEqual([1, 1, []]);
    expect([board.shown, board.total]).toEqual([1, 2]);
    expect(board.labels).toEqual([{ label: 'ui', count: 1 }]);
  });
  it('finds every word in title, id, labels and holder', () => {
    const held = task('t-77', 'claimed', { labels: ['parser'], claim: { token: '1', agentId: 'a', agentName: 'Coder 2', expiresAt: '' } });
    expect(matches(held, { text: 'coder PARSER', labels: [] })).toBe(true);
    expect(matches(held, { text: 't-77', labels: [] })).toBe(true);
    expect(matches(held, { text: 'coder nothing', labels: [] })).toBe(false);
  });
  it('groups 10,000 tasks fast enough for a frame or two', () => {
    const many = Array.from({ length: 10_000 }, (_, i) => task(`t${i}`, i % 2 ? 'ready' : 'done', { priority: i % 7 }));
    const start = performance.now();
    groupBoard(many, everything);
    expect(performance.now() - start).toBeLessThan(500);
  });
});
