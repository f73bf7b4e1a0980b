import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decide } from '../src/core/decide.ts';

const job = { id: 'a', tool: 'csv', priority: 0, addedMs: 0 };

describe('decide', () => {
  it('rests without a job', () => {
    assert.deepEqual(decide(undefined, 0), { kind: 'rest' });
  });
  it('works on a job', () => {
    assert.deepEqual(decide(job, 2), { kind: 'work', job });
  });
  it('asks a person after three failures', () => {
    assert.deepEqual(decide(job, 3), { kind: 'ask', why: 'a failed 3 times' });
  });
});
