import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { reportRun } from '../src/agents/report.ts';

describe('report', () => {
  it('says how many passed', () => {
    assert.equal(reportRun('csv', 'ok 1 - a\nok 2 - b\n'), 'csv: 2 tests passed');
  });
  it('names what failed', () => {
    assert.equal(reportRun('csv', 'ok 1 - a\nnot ok 2 - b\n'), 'csv: 1 test failed (b)');
  });
});
