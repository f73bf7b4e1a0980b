/**
 * Arrays as the text of PostgreSQL's array literals. The driver makes the same of an array, one escaped element after the
 * other; most of what is sent by the thousand needs no escape.
 */
const plain = /^[A-Za-z0-9_][\w./:@+-]*$/;
const element = (v: unknown): string => {
  if (v === null || v === undefined) return 'NULL';
  if (typeof v !== 'string') return String(v);
  if (plain.test(v) && (v.length !== 4 || v.toLowerCase() !== 'null')) return v;
  return `"${v.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
};
/** Of one field of each row. */
export function arrayText<T>(rows: readonly T[], field: (row: T) => unknown): string {
  let text = '{';
  for (let i = 0; i < rows.length; i++) text += i === 0 ? element(field(rows[i] as T)) : `,${element(field(rows[i] as T))}`;
  return `${text}}`;
}

const literals = new WeakMap<readonly string[], string>();
/** One list; the path of an agent is the same list at every call. */
export function literalOf(list: readonly string[]): string {
  let text = literals.get(list);
  if (text === undefined) {
    text = arrayText(list, (v) => v);
    literals.set(list, text);
  }
  return text;
}
