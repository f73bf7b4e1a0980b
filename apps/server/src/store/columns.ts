import { cleanText } from '@reeve/core';

/** How one field of a record stands in its row: its SQL type, and both ways of converting. */
export type Column = {
  name: string;
  /** How it is read, where not as it is: what `pg` takes apart slowly comes as a number or as JSON. */
  selection?: (column: string) => string;
  /** Type of the unnest parameter: one array a column. */
  sqlType: string;
  /** How the unnested value becomes the column's; `json` and `text[]` travel as text. */
  expression: (alias: string) => string;
  encode: (value: never) => unknown;
  /** From the text that the database sends. */
  decode: (text: string) => unknown;
  /** What SQL null stands for. */
  none: unknown;
};

const same = (v: unknown) => v;
const plain = (sqlType: string, name: string, decode: (text: string) => unknown = same): Column => ({
  name,
  sqlType,
  expression: (a) => a,
  encode: same,
  decode,
  none: null,
});

export const text = (name: string): Column => plain('text', name);
export const int = (name: string): Column => plain('int', name, Number);
export const float = (name: string): Column => plain('float8', name, Number);
export const bool = (name: string): Column => plain('boolean', name, (v) => v === 't');
/** int8 that fits a JavaScript number: token counts. */
export const count = (name: string): Column => plain('int8', name, Number);
/** int8 as bigint: money and claim tokens. */
export const big = (name: string): Column => ({
  ...plain('int8', name, BigInt),
  encode: (v: bigint | null) => (v === null ? null : v.toString()),
});
/** timestamptz as milliseconds since the epoch. */
export const ms = (name: string): Column => ({
  ...plain('timestamptz', name, (v) => Math.round(Number(v))),
  selection: (column) => `date_part('epoch', ${column}) * 1000`,
  encode: (v: number | null) => (v === null ? null : isoText(v)),
});
let lastIso: [ms: number, text: string] = [0, '1970-01-01T00:00:00.000Z'];
/** A moment as PostgreSQL reads it. Most of a batch is the same one. */
export function isoText(ms: number): string {
  if (lastIso[0] !== ms) lastIso = [ms, new Date(ms).toISOString()];
  return lastIso[1];
}
/** jsonb; SQL null where the value is null. */
export const json = (name: string): Column => ({
  name,
  sqlType: 'text',
  expression: (a) => `${a}::jsonb`,
  encode: (v: unknown) => (v === null || v === undefined ? null : jsonText(v)),
  decode: JSON.parse,
  none: null,
});
/** What may not stand in the database as it is: made unreadable on the way there, and read on the way back. */
export type Sealer = { seal(plain: string, about: string): string; open(stored: string, about: string): string };
/** jsonb that holds a sealed text; what was stored before it was sealed is read as it is. */
export const sealedJson = (name: string, about: string, sealer: Sealer): Column => ({
  ...json(name),
  encode: (v: unknown) => (v === null || v === undefined ? null : JSON.stringify(sealer.seal(jsonText(v), about))),
  decode: (stored: string) => {
    const value: unknown = JSON.parse(stored);
    return typeof value === 'string' ? JSON.parse(sealer.open(value, about)) : value;
  },
});
/** Most lists are empty: null is that on the way here, and costs nothing. */
const empty: readonly never[] = Object.freeze([]);
/** jsonb that is a list. */
export const list = (name: string): Column => ({
  ...json(name),
  selection: (column) => `nullif(${column}, '[]'::jsonb)`,
  none: empty,
});
/** text[]; unnest would flatten an array of arrays, so each travels as JSON. */
export const texts = (name: string): Column => ({
  name,
  sqlType: 'text',
  selection: (column) => `to_json(nullif(${column}, '{}'))`,
  expression: (a) => `array(select jsonb_array_elements_text(${a}::jsonb))`,
  encode: (v: readonly string[]) => (v.length ? jsonText(v) : '[]'),
  decode: JSON.parse,
  none: empty,
});
/** A column that the database fills. */
export type Columns<T> = { [K in keyof T]-?: Column };

/** PostgreSQL holds neither U+0000 nor lone surrogates; input is clean of both, and what the server adds is made so here. */
export const storable = (v: unknown): unknown => (typeof v === 'string' ? cleanText(v) : v);
/** The same in JSON, where they stand as escapes; a text that spells such an escape out is left as it is. */
export function jsonText(v: unknown): string {
  const text = stringify(v);
  return text.includes('\\u') ? text.replace(/(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g, '$1') : text;
}
function stringify(v: unknown): string {
  try {
    return JSON.stringify(v);
  } catch {
    // a bigint: rare, and asking for it at every key costs more than the rest
    return JSON.stringify(v, (_, x) => (typeof x === 'bigint' ? x.toString() : x));
  }
}
