/** One field that a decision changed, in words short enough for a row. */
export type Changed = { field: string; before: string; after: string };

const most = 120;
const word = (value: unknown): string => {
  if (value === null || value === undefined || value === '') return '—';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
};
const fields = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : value === null || value === undefined ? {} : { value };

/** What is different between before and after, by the order of its fields; what something new was made with, all of it. */
export function changedFields(before: unknown, after: unknown): Changed[] {
  const [was, is] = [fields(before), fields(after)];
  return [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .filter((f) => JSON.stringify(was[f] ?? null) !== JSON.stringify(is[f] ?? null))
    .map((field) => ({ field, before: word(was[field]), after: word(is[field]) }));
}
