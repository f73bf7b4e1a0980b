import { storable } from './columns.ts';

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
/** One field of each row. Neighbours are often alike: such a one is written once. */
function joined<T>(rows: readonly T[], elementOf: (row: T) => unknown, written: (value: never) => string): string {
  let text = '{';
  let last: unknown;
  let lastText = '';
  for (let i = 0; i < rows.length; i++) {
    const value = elementOf(rows[i] as T);
    if (i === 0 || value !== last) {
      last = value;
      lastText = written(value as never);
    }
    text += i === 0 ? lastText : `,${lastText}`;
  }
  return `${text}}`;
}
/** Of one field of each row. */
export const arrayText = <T>(rows: readonly T[], field: (row: T) => unknown): string => joined(rows, field, element);
/** The same without what the database cannot hold: looked for once in all, since nothing of it is written without quotes. */
export const storableText = <T>(rows: readonly T[], field: (row: T) => unknown): string => storable(arrayText(rows, field)) as string;

type Literal = { text: string; element: string };
const literals = new WeakMap<readonly string[], Literal>();
/** One list; the path of an agent is the same list at every call. */
function literal(list: readonly string[]): Literal {
  let known = literals.get(list);
  if (known === undefined) {
    const text = arrayText(list, (v) => v);
    known = { text, element: element(text) };
    literals.set(list, known);
  }
  return known;
}
export const literalOf = (list: readonly string[]): string => literal(list).text;
/** Of one list of each row, each as the text of its literal. */
export const literalsText = <T>(rows: readonly T[], field: (row: T) => readonly string[]): string =>
  joined(rows, field, (list: readonly string[]) => literal(list).element);
