import { describe, expect, it } from 'vitest';
import { shortly, stateDiff } from './state-diff';

describe('the difference of two checkpoints', () => {
  it('names what was added, removed and changed by its path, whole branches once', () => {
    const before = { state: { step: 1, done: ['a'], gone: { x: 1 } }, messages: [{ role: 'user', text: 'hi' }] };
    const after = { state: { step: 2, done: ['a', 'b'], 'odd key': true }, messages: [{ role: 'user', text: 'hello' }, { role: 'model' }] };
    expect(stateDiff(before, after)).toEqual([
      { path: 'state.step', kind: 'changed', before: 1, after: 2 },
      { path: 'state.done[1]', kind: 'added', before: undefined, after: 'b' },
      { path: 'state["odd key"]', kind: 'added', before: undefined, after: true },
      { path: 'state.gone', kind: 'removed', before: { x: 1 }, after: undefined },
      { path: 'messages[0].text', kind: 'changed', before: 'hi', after: 'hello' },
      { path: 'messages[1]', kind: 'added', before: undefined, after: { role: 'model' } },
    ]);
  });
  it('a state that is equal has none; another kind of value is one change; it stops where it is told', () => {
    expect(stateDiff({ a: [1, { b: null }] }, { a: [1, { b: null }] })).toEqual([]);
    expect(stateDiff({ a: 1 }, [1])).toEqual([{ path: '(all of it)', kind: 'changed', before: { a: 1 }, after: [1] }]);
    expect(stateDiff({}, Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`k${i}`, i])), 4)).toHaveLength(4);
    expect(shortly('x'.repeat(500), 10)).toHaveLength(10);
  });
});
