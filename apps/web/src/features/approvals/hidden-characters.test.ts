import { describe, expect, it } from 'vitest';
import { hasHidden, segmentsOf } from './hidden-characters';

describe('hidden characters', () => {
  it('leaves ordinary text alone, tabs included', () => {
    expect(segmentsOf('\tconst é = "日本"; // 👍')).toEqual([{ text: '\tconst é = "日本"; // 👍' }]);
  });
  it('shows bidirectional overrides and zero-width marks by name', () => {
    expect(segmentsOf('if (a\u202e) {\u200b')).toEqual([
      { text: 'if (a' },
      { code: 'U+202E', name: 'right-to-left override' },
      { text: ') {' },
      { code: 'U+200B', name: 'zero-width space' },
    ]);
    expect(hasHidden('a\r')).toBe(true);
  });
});
