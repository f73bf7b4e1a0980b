import { describe, expect, it } from 'vitest';
import { firstFailure } from './first-failure';

describe('the line that a person looks for', () => {
  it('is found in the output of common runners', () => {
    expect(firstFailure(['TAP version 13', 'ok 1 - reads', '    not ok 2 - counts', 'not ok 3'])).toBe(2);
    expect(firstFailure([' ✓ a', ' FAIL  test/a.test.ts'])).toBe(1);
    expect(firstFailure(['src/a.ts', 'error TS2322: no'])).toBe(1);
    expect(firstFailure(['x', 'AssertionError [ERR_ASSERTION]: 1 == 2'])).toBe(1);
  });
  it('is not guessed from ordinary lines', () => {
    expect(firstFailure(['ok 1 - handles an Error', '# 0 failed', 'no errors found', 'not okay, but fine'])).toBeNull();
  });
});
