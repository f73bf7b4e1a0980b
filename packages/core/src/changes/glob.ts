/**
 * Globs as CODEOWNERS writes them, without regular expressions: an owner's pattern with many stars must not be able to
 * hang the supervisor, so each segment is matched by the two-pointer walk, which is quadratic at worst.
 *
 * - `/src/x` and `src/x` start at the root, `*.snap` or `dist` (no slash inside) match at any depth;
 * - a pattern also covers everything below a directory it names, except when its last segment is a lone `*`
 *   (`docs/*` is the files of docs, not those of docs/a/);
 * - `**` stands for any number of directories, `*` and `?` stay within one segment.
 *
 * Use it for one pattern; which of several rules counts is in `layerOf`. It compares letter case exactly.
 *
 * @example
 * matchesGlob('*.snap', 'a/b/c.snap'); // → true
 * matchesGlob('/docs/*', 'docs/a/b.md'); // → false
 * matchesGlob('src/core', 'src/core/plan.ts'); // → true
 */
export function matchesGlob(pattern: string, path: string): boolean {
  const { segments, coversBelow } = compile(pattern);
  if (segments.length === 0) return false;
  return matchSegments(segments, path.split('/'), coversBelow);
}

type Compiled = { segments: string[]; coversBelow: boolean };

function compile(pattern: string): Compiled {
  let text = pattern.trim();
  const anchored = text.replace(/\/+$/, '').includes('/');
  const directoryOnly = text.endsWith('/');
  text = text.replace(/^\/+|\/+$/g, '');
  if (text === '') return { segments: [], coversBelow: false };
  const segments = text.split(/\/+/);
  if (!anchored) segments.unshift('**');
  if (directoryOnly) segments.push('**');
  const coversBelow = segments.at(-1) !== '*';
  // `a/**` is what lies below a, not a file of that name.
  if (segments.at(-1) === '**') segments.push('*');
  return { segments, coversBelow };
}

/** Keeps the set of pattern positions that the path read so far can stand at; `**` stays where it is, or is skipped. */
function matchSegments(pattern: string[], path: string[], coversBelow: boolean): boolean {
  let reached = closure(pattern, new Set([0]));
  for (const [index, part] of path.entries()) {
    const next = new Set<number>();
    for (const at of reached) {
      const segment = pattern[at];
      if (segment === undefined) continue;
      if (segment === '**') next.add(at);
      else if (matchSegment(segment, part)) next.add(at + 1);
    }
    reached = closure(pattern, next);
    if (reached.has(pattern.length) && (coversBelow || index === path.length - 1)) return true;
    if (reached.size === 0) return false;
  }
  return false;
}

/** A `**` may also stand for nothing, so its successor is reachable at once. */
function closure(pattern: string[], from: Set<number>): Set<number> {
  const all = new Set(from);
  for (const at of all) if (pattern[at] === '**') all.add(at + 1);
  return all;
}

function matchSegment(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let starAt = -1;
  let resumeAt = 0;
  while (t < text.length) {
    if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t]) && pattern[p] !== '*') {
      p++;
      t++;
    } else if (pattern[p] === '*') {
      starAt = p++;
      resumeAt = t;
    } else if (starAt >= 0) {
      p = starAt + 1;
      t = ++resumeAt;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
