import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanJson, cleanText } from './text.ts';

const bad = '\u0000\ud800\udc00\udc00';

describe('text that every store can hold', () => {
  it('loses U+0000 and lone surrogates, and nothing else', () => {
    expect(cleanText(`a\u0000b\ud800c\udc00d`)).toBe('abcd');
    // each alone: they are looked for apart
    expect([cleanText('a\u0000b'), cleanText('a\ud800b')]).toEqual(['ab', 'ab']);
    expect(cleanText('🦉 é \\u0000 \\ud800 \ufffd \u0001')).toBe('🦉 é \\u0000 \\ud800 \ufffd \u0001');
    // taking out U+0000 must not join the lone halves beside it
    expect(cleanText('\ud83e\u0000\udd89')).toBe('');
    const units = fc.array(fc.oneof(fc.integer({ min: 0xd7ff, max: 0xe000 }), fc.integer({ min: 0, max: 127 })), { maxLength: 20 });
    const whole = (c: string) => c !== '\u0000' && (c.length === 2 || c < '\ud800' || c > '\udfff');
    fc.assert(
      fc.property(units, (codes) => {
        const text = String.fromCharCode(...codes);
        return cleanText(text) === [...text].filter(whole).join('');
      }),
    );
  });
  it('in JSON, keys as well; what is clean comes back as it is', () => {
    expect(cleanJson({ [`k${bad}`]: [bad, { x: `${bad}y` }], n: 1, z: null })).toEqual({
      'k\ud800\udc00': ['\ud800\udc00', { x: '\ud800\udc00y' }],
      n: 1,
      z: null,
    });
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), (v) => cleanJson(v) === v && cleanJson(cleanJson({ v, bad })) !== null),
    );
  });
});
