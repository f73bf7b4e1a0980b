import { describe, expect, it } from 'vitest';
import { isoOf, isoOrNull } from './clock.ts';
import { InvariantError, invariant, unreachable } from './invariant.ts';
import { err, ok } from './result.ts';
import { cleanJson } from './text.ts';
import { agentTransitions, canMove, changeTransitions, isFinal, isFinalAgent, isLiveAgent, isRestorable } from './transitions.ts';

it('times go out as ISO 8601 in UTC, and nothing stays nothing', () => {
  expect([isoOf(0), isoOrNull(0), isoOrNull(null), isoOrNull(undefined)]).toEqual([
    '1970-01-01T00:00:00.000Z',
    '1970-01-01T00:00:00.000Z',
    null,
    null,
  ]);
});
it('expected failures are values, bugs throw with what they are', () => {
  expect([ok(1), err('e')]).toEqual([
    { ok: true, value: 1 },
    { ok: false, error: 'e' },
  ]);
  expect(() => invariant(true, 'no')).not.toThrow();
  expect(() => invariant(0, 'told')).toThrow(new InvariantError('told'));
  expect(() => unreachable({ a: 1 } as never)).toThrow('unreachable: {"a":1}');
  expect(new InvariantError('x').name).toBe('InvariantError');
});

describe('the state tables', () => {
  const states = Object.keys(agentTransitions) as (keyof typeof agentTransitions)[];
  it('say which states live, are final, or can be restored', () => {
    expect(states.filter(isLiveAgent)).toEqual(['starting', 'running', 'paused', 'lost', 'stopping']);
    expect(states.filter(isFinalAgent)).toEqual(['stopped', 'killed', 'completed', 'failed']);
    expect(states.filter(isRestorable)).toEqual(['starting', 'running', 'paused', 'lost', 'stopped', 'completed', 'failed']);
  });
  it('know a move and an end', () => {
    expect([canMove(agentTransitions, 'running', 'paused'), canMove(agentTransitions, 'stopped', 'running')]).toEqual([true, false]);
    expect([isFinal(changeTransitions, 'refused'), isFinal(changeTransitions, 'merged')]).toEqual([true, false]);
  });
});

it('a clean value comes back as it is, at every depth; one that is not is made anew', () => {
  const clean = { a: [1, null, { b: 'x' }], c: undefined };
  expect(cleanJson(clean)).toBe(clean);
  expect(cleanJson({ 'k\u0000': 1, v: 'x\u0000' })).toEqual({ k: 1, v: 'x' });
  expect(cleanJson({ 'k\u0000': 1 })).toEqual({ k: 1 });
  expect(cleanJson(['x\u0000', null])).toEqual(['x', null]);
});
