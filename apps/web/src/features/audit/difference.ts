/** One field that a decision changed, in words short enough for a row. */
export type Changed = { field: string; before: string; after: string };

const most = 120;
const word = (value: unknown): string => {
  if (value === null || value === undefined || value === '') return '—';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
};
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
/** Records within records by their own fields, `limits.depth`; money in dollars. */
const fields = (value: unknown, under = ''): Record<string, unknown> => {
  if (!isRecord(value)) return value === null || value === undefined ? {} : { [under || 'value']: value };
  return Object.assign({}, ...Object.entries(value).map(([k, v]) => money(k, v) ?? fields(v, under ? `${under}.${k}` : k)));
};
const money = (name: string, nano: unknown): Record<string, string> | undefined =>
  name.endsWith('NanoUsd') && typeof nano === 'string' && /^-?\d+$/.test(nano)
    ? { [name.slice(0, -'NanoUsd'.length)]: `${Number(nano) / 1e9} USD` }
    : undefined;

/** What is different between before and after, by the order of its fields; what something new was made with, all of it. */
export function changedFields(before: unknown, after: unknown): Changed[] {
  const [was, is] = [fields(before), fields(after)];
  return [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .filter((f) => JSON.stringify(was[f] ?? null) !== JSON.stringify(is[f] ?? null))
    .map((field) => ({ field, before: word(was[field]), after: word(is[field]) }));
}
