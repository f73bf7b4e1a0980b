/** RFC 4180, with a guard: a cell that a spreadsheet would run as a formula is written as text. */
export function toCsv(header: readonly string[], rows: Iterable<readonly (string | number | boolean | null)[]>): string {
  const lines = [header.map(cell).join(',')];
  for (const row of rows) lines.push(row.map(cell).join(','));
  return `${lines.join('\r\n')}\r\n`;
}

function cell(value: string | number | boolean | null): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  // Agents choose names and models: `=HYPERLINK(…)` must not run on the operator's machine. Plain numbers stay numbers.
  const safe = /^[=+\-@\t\r]/.test(value) && !/^-?\d+(\.\d+)?$/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** `costs-by-agent-2026-11-24-0930.csv`, in UTC. */
export const csvName = (what: string, nowMs: number): string =>
  `${what}-${new Date(nowMs).toISOString().slice(0, 16).replace('T', '-').replace(':', '')}.csv`;
