/** The list in pieces of at most `size`. */
export function chunk<T>(list: T[], size: number): T[][] {
  if (!(size >= 1)) throw new RangeError('size must be at least 1');
  const out: T[][] = [];
  for (let i = 0; i < list.length; i += size) out.push(list.slice(i, i + size));
  return out;
}

/** The first of each key, in order. */
export function uniqueBy<T>(list: T[], key: (item: T) => string): T[] {
  const seen = new Set<string>();
  return list.filter((item) => {
    const k = key(item);
    if (seen.has(k)) return false;
    seen.add(k);
    return true;
  });
}

/** Items by key, each group in order. */
export function groupBy<T>(list: T[], key: (item: T) => string): Record<string, T[]> {
  const groups: Record<string, T[]> = {};
  for (const item of list) {
    const k = key(item);
    if (groups[k]) groups[k].push(item);
    else groups[k] = [item];
  }
  return groups;
}
