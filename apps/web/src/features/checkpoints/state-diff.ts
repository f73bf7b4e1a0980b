/** What differs between two saved states, path by path. `kind` says which side has it. */
export type StateChange = { path: string; kind: 'added' | 'removed' | 'changed'; before: unknown; after: unknown };

const isTree = (v: unknown): v is Record<string, unknown> | unknown[] => typeof v === 'object' && v !== null;
const join = (path: string, key: string | number): string =>
  typeof key === 'number'
    ? `${path}[${key}]`
    : /^[A-Za-z_$][\w$]*$/.test(key)
      ? path
        ? `${path}.${key}`
        : key
      : `${path}[${JSON.stringify(key)}]`;

/**
 * In the order of the second state, what is gone last. A whole branch that only one side has is one change. Stops at `most`:
 * then there may be more.
 */
export function stateDiff(before: unknown, after: unknown, most = 500): StateChange[] {
  const out: StateChange[] = [];
  const walk = (a: unknown, b: unknown, path: string): void => {
    if (out.length >= most || Object.is(a, b)) return;
    if (isTree(a) && isTree(b) && Array.isArray(a) === Array.isArray(b)) {
      const left = a as Record<string, unknown>;
      const right = b as Record<string, unknown>;
      const named = (k: string) => join(path, Array.isArray(b) ? Number(k) : k);
      for (const k of Object.keys(right)) {
        if (Object.hasOwn(left, k)) walk(left[k], right[k], named(k));
        else if (out.length < most) out.push({ path: named(k), kind: 'added', before: undefined, after: right[k] });
      }
      for (const k of Object.keys(left))
        if (!Object.hasOwn(right, k) && out.length < most) out.push({ path: named(k), kind: 'removed', before: left[k], after: undefined });
      return;
    }
    out.push({ path: path || '(all of it)', kind: 'changed', before: a, after: b });
  };
  walk(before, after, '');
  return out;
}

/** A value in one line. */
export function shortly(value: unknown, most = 160): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
