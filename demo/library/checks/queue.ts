import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { backlog, nextJob } from '../src/orchestration/queue.ts';

const job = (id: string, tool: string, priority: number, addedMs: number) => ({ id, tool, priority, addedMs });

describe('queue', () => {
  it('takes the highest priority, then the oldest', () => {
    assert.equal(nextJob([job('a', 'csv', 0, 1), job('b', 'text', 5, 3), job('c', 'dates', 5, 2)], new Set())?.id, 'c');
  });
  it('leaves a busy tool alone', () => {
    assert.equal(nextJob([job('a', 'csv', 9, 1), job('b', 'text', 0, 2)], new Set(['csv']))?.id, 'b');
  });
  it('counts the backlog by tool', () => {
    assert.deepEqual(backlog([job('a', 'csv', 0, 1), job('b', 'csv', 0, 2), job('c', 'text', 0, 3)]), { csv: 2, text: 1 });
  });
});
