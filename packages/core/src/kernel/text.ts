/**
 * What no store can hold, U+0000 and lone surrogates, is taken out of text where it comes in: so what is compared is
 * always what is stored.
 *
 * Use it in the schemas of inputs, before anything is compared or counted.
 *
 * @example
 * cleanText('a\u0000b'); // → 'ab'
 * cleanText('🦉'); // → '🦉'
 */
export const cleanText = (text: string): string =>
  // lone halves first: with U+0000 gone from between two of them they would be a character that nobody sent
  suspicious(text) ? text.replace(/\p{Surrogate}/gu, '').replaceAll('\u0000', '') : text;

// two questions, since a text of Latin letters alone has no surrogates and is not looked through for them
const suspicious = (text: string): boolean => text.includes('\u0000') || /[\ud800-\udfff]/.test(text);

/**
 * The same for every text of a JSON value, keys as well. What is clean comes back as it is.
 *
 * Use it for fields that hold any JSON, such as results and metadata.
 *
 * @example
 * cleanJson({ 'k\u0000': ['a\ud800', 1] }); // → { k: ['a', 1] }
 */
export function cleanJson(value: unknown): unknown {
  if (typeof value === 'string') return suspicious(value) ? cleanText(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map(cleanJson);
    return items.some((v, i) => v !== value[i]) ? items : value;
  }
  const before = Object.entries(value);
  const after = before.map(([k, v]) => [suspicious(k) ? cleanText(k) : k, cleanJson(v)] as const);
  return after.some(([k, v], i) => k !== before[i]?.[0] || v !== before[i]?.[1]) ? Object.fromEntries(after) : value;
}
