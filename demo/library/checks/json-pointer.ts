import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { getAt, pointerOf } from '../src/tools/json-pointer.ts';

describe('json pointer', () => {
  const doc = { a: { b: [10, 20] }, 'x/y': 1, 'm~n': 2 };
  it('follows objects and lists', () => {
    assert.equal(getAt(doc, '/a/b/1'), 20);
  });
  it('is the whole for an empty pointer', () => {
    assert.equal(getAt(doc, ''), doc);
  });
  it('reads both escapes', () => {
    assert.deepEqual([getAt(doc, '/x~1y'), getAt(doc, '/m~0n')], [1, 2]);
  });
  it('finds nothing behind a leaf', () => {
    assert.equal(getAt(doc, '/a/b/1/c'), undefined);
  });
  it('writes pointers', () => {
    assert.equal(pointerOf(['x/y', 'm~n']), '/x~1y/m~0n');
  });
});
