/** How deep an input may be nested. */
export const mostNested = 100;

/**
 * Whether JSON opens more than `most` brackets and braces one in the other, told from its bytes: a body of brackets alone is
 * refused before a value is made of each, which would hold everybody else up. What is no JSON may get either answer.
 */
export function isNestedDeeper(json: Buffer, most: number): boolean {
  let depth = 0;
  for (let i = 0; i < json.length; i++) {
    switch (json[i]) {
      case 0x22: // to the quote that ends the string, past those with a backslash before them
        for (i = json.indexOf(0x22, i + 1); i > 0 && backslashesBefore(json, i) % 2 === 1; ) i = json.indexOf(0x22, i + 1);
        if (i < 0) return false;
        break;
      case 0x5b:
      case 0x7b:
        depth += 1;
        if (depth > most) return true;
        break;
      case 0x5d:
      case 0x7d:
        depth -= 1;
    }
  }
  return false;
}
function backslashesBefore(json: Buffer, at: number): number {
  let from = at;
  while (json[from - 1] === 0x5c) from -= 1;
  return at - from;
}

/** The same of a value that was read. Walked level by level, not by recursion. */
export function isDeeperThan(value: unknown, most: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > most) return true;
    const below: unknown[] = [];
    for (const v of level) if (typeof v === 'object' && v !== null) for (const w of Object.values(v)) below.push(w);
    level = below;
  }
  return false;
}
