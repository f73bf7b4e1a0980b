import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addMonths, daysBetween, isoDay } from '../src/tools/dates.ts';

describe('dates', () => {
  it('writes a day in UTC', () => {
    assert.equal(isoDay(new Date('2024-05-01T23:30:00Z')), '2024-05-01');
  });
  it('adds months', () => {
    assert.equal(addMonths('2024-01-15', 1), '2024-02-15');
  });
  it('adds months over the end of a year', () => {
    assert.equal(addMonths('2024-11-30', 2), '2025-01-30');
  });
  it('counts days over a leap day', () => {
    assert.equal(daysBetween('2024-02-28', '2024-03-01'), 2);
  });
  it('counts backwards', () => {
    assert.equal(daysBetween('2024-03-01', '2024-02-28'), -2);
  });
});
