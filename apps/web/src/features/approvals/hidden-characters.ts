/**
 * Characters that change how a line is read without being seen: bidirectional controls, zero-width marks, other
 * controls. A diff that hides them can show a person another program than the one that runs.
 */
const hidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;
const names: Record<string, string> = {
  '200b': 'zero-width space',
  '200e': 'left-to-right mark',
  '200f': 'right-to-left mark',
  '202a': 'left-to-right embedding',
  '202b': 'right-to-left embedding',
  '202c': 'end of embedding',
  '202d': 'left-to-right override',
  '202e': 'right-to-left override',
  '2066': 'left-to-right isolate',
  '2067': 'right-to-left isolate',
  '2068': 'first strong isolate',
  '2069': 'end of isolate',
  feff: 'byte order mark',
  '000d': 'carriage return',
};

export type Segment = { text: string } | { code: string; name: string };

/** A line with its hidden characters as visible marks; ordinary text comes back as one piece. */
export function segmentsOf(text: string): Segment[] {
  if (!hidden.test(text)) return [{ text }];
  const segments: Segment[] = [];
  let plain = '';
  for (const character of text) {
    if (!hidden.test(character)) {
      plain += character;
      continue;
    }
    if (plain) segments.push({ text: plain });
    plain = '';
    const code = (character.codePointAt(0) ?? 0).toString(16).padStart(4, '0');
    segments.push({ code: `U+${code.toUpperCase()}`, name: names[code] ?? 'control character' });
  }
  if (plain) segments.push({ text: plain });
  return segments;
}

export const hasHidden = (text: string): boolean => hidden.test(text);
