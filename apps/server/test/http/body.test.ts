import { describe, expect, it } from 'vitest';
import { FailureLimit } from '../../src/auth/failure-limit.ts';
import { isNestedDeeper } from '../../src/trpc/nesting.ts';

const deeper = (json: string, most = 3) => isNestedDeeper(Buffer.from(json), most);

describe('how deep JSON is, before it is read', () => {
  it.each([
    ['[[[1]]]', false],
    ['[[[[1]]]]', true],
    ['{"a":{"b":[{}]}}', true],
    ['[[],[],[[]],{"a":[]}]', false],
    // brackets in a text are no brackets, whatever stands before its quotes
    ['["[[[[{{{{"]', false],
    ['["\\"[[[["]', false],
    ['["\\\\",[[[1]]]]', true],
    ['["\\\\\\"[[[["]', false],
    ['{"[[[[":1}', false],
    // no JSON at all
    ['[[["', false],
    ['', false],
    [']]]][[[[', false],
    [']]]][[[[[[[[', true],
  ])('%s', (json, is) => {
    expect(deeper(json)).toBe(is);
  });
  it('agrees with what is there when it is read', () => {
    let seed = 7;
    const next = (n: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed % n;
    };
    const depthOf = (v: unknown): number => (typeof v === 'object' && v !== null ? 1 + Math.max(0, ...Object.values(v).map(depthOf)) : 0);
    const value = (left: number): unknown => {
      const kind = left > 0 ? next(5) : 3 + next(2);
      if (kind === 0) return Array.from({ length: next(3) }, () => value(left - 1));
      if (kind <= 2) return Object.fromEntries(Array.from({ length: next(3) }, (_, i) => [`k"${i}\\[{`, value(left - 1)]));
      return kind === 3 ? ['"', '\\', '[', '{"', '\\"', ']}'][next(6)] : next(100);
    };
    for (let i = 0; i < 2_000; i++) {
      const v = value(8);
      for (const most of [0, 2, 5]) expect(deeper(JSON.stringify(v), most), JSON.stringify(v)).toBe(depthOf(v) > most);
    }
  });
});

describe('tries', () => {
  it('are as many as may fail, in a window; what is under way counts until it is over', () => {
    let nowMs = 0;
    const limit = new FailureLimit(3, 60_000, 2, () => nowMs);
    const [one, two] = [limit.begin('a'), limit.begin('a')];
    expect([limit.isOver('a'), limit.isOver('b')]).toEqual([true, false]);
    one(true);
    two(false);
    expect(limit.isOver('a')).toBe(false);
    limit.begin('a')(true);
    const last = limit.begin('a');
    expect(limit.isOver('a')).toBe(true);
    last(false);
    expect(limit.isOver('a')).toBe(false);
    limit.failed('a');
    expect(limit.isOver('a')).toBe(true);
    nowMs = 60_000;
    expect(limit.isOver('a')).toBe(false);
  });
});
