import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { plural, slug, truncate } from '../src/tools/text.ts';

describe('text', () => {
  it('leaves a short text alone', () => {
    assert.equal(truncate('short', 10), 'short');
  });
  it('marks what it cut', () => {
    assert.ok(truncate('a rather long sentence', 10).endsWith('…'));
  });
  it('makes a slug', () => {
    assert.equal(slug('Fix: Ünusual  Names!'), 'fix-unusual-names');
  });
  it('counts in words', () => {
    assert.deepEqual([plural(1, 'test'), plural(3, 'test')], ['1 test', '3 tests']);
  });
});
