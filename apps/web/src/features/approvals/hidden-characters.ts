/**
 * Characters that change how a line is read without being seen: bidirectional controls, zero-width marks, other
 * controls. A diff that hides them can show a person another program than the one that runs.
 */
const ranges: readonly (readonly [number, number])[] = [
  [0x00, 0x08],
  [0x0b, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x61c, 0x61c],
  [0x180e, 0x180e],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x2069],
  [0xfeff, 0xfeff],
];
const isHidden = (code: number): boolean => ranges.some(([from, to]) => code >= from && code <= to);
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
  if (!hasHidden(text)) return [{ text }];
  const segments: Segment[] = [];
  let plain = '';
  for (const character of text) {
    const at = character.codePointAt(0) ?? 0;
    if (!isHidden(at)) {
      plain += character;
      continue;
    }
    if (plain) segments.push({ text: plain });
    plain = '';
    const code = at.toString(16).padStart(4, '0');
    segments.push({ code: `U+${code.toUpperCase()}`, name: names[code] ?? 'control character' });
  }
  if (plain) segments.push({ text: plain });
  return segments;
}

export function hasHidden(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (isHidden(text.charCodeAt(i))) return true;
  return false;
}
