/** The value a JSON pointer (RFC 6901) points at, or undefined. */
export function getAt(value: unknown, pointer: string): unknown {
  if (pointer === '') return value;
  let at = value;
  for (const raw of pointer.split('/').slice(1)) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Record<string, unknown>)[unescaped(raw)];
  }
  return at;
}

/** `~1` stands for a slash, `~0` for a tilde. */
function unescaped(part: string): string {
  return part.replaceAll('~0', '~').replaceAll('~1', '/');
}

/** A JSON pointer of the given parts. */
export function pointerOf(parts: string[]): string {
  return parts.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
