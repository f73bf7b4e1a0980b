/**
 * JSON with the keys of every object in order: the same content always has the same text, and so the same digest. The
 * keys are put in order first and the text is made in one go: a text made piece by piece takes several times as long,
 * and this runs under the project's lock.
 */
export const canonicalJson = (value: unknown): string => JSON.stringify(inOrder(value)) ?? 'null';

function inOrder(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(inOrder);
  // without a prototype, so that `__proto__` is a key like any other
  const out = Object.create(null) as Record<string, unknown>;
  for (const key of Object.keys(value).sort()) out[key] = inOrder((value as Record<string, unknown>)[key]);
  return out;
}

/** How many bytes `text` takes in UTF-8; a lone surrogate counts as the three of its replacement. */
export function utf8Bytes(text: string): number {
  let bytes = text.length;
  if (!beyondAscii.test(text)) return bytes;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) continue;
    if (code < 0x800) bytes += 1;
    else {
      const pair = code >= 0xd800 && code < 0xdc00 && i + 1 < text.length && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00;
      bytes += 2;
      // two units, four bytes
      if (pair) i += 1;
    }
  }
  return bytes;
}

const beyondAscii = /[\u0080-\uffff]/;
