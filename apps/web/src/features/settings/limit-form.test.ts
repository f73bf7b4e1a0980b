import { describe, expect, it } from 'vitest';
import { limitProblem } from './limit-form';

describe('a limit as typed', () => {
  it.each([
    ['children', '12', null],
    ['children', ' 0 ', null],
    ['children', '', 'a whole number'],
    ['children', '-1', 'a whole number'],
    ['children', '1.5', 'a whole number'],
    ['children', '1e3', 'a whole number'],
    ['children', '1000000', null],
    ['children', '1000001', 'at most 1,000,000'],
    ['depth', '64', null],
    ['depth', '65', 'at most 64'],
  ] as const)('%s %j → %s', (name, typed, problem) => expect(limitProblem(name, typed)).toBe(problem));
});
