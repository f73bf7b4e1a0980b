/** Reads CSV text into rows of fields. Fields may be quoted; quotes inside are doubled (RFC 4180). */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  for (const line of text.replaceAll('\r\n', '\n').split('\n')) {
    if (line === '') continue;
    rows.push(parseLine(line));
  }
  return rows;
}

function parseLine(line: string): string[] {
  const fields: string[] = [];
  let field = '';
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const char = line[i] ?? '';
    if (char === '"') {
      quoted = !quoted;
    } else if (char === ',' && !quoted) {
      fields.push(field);
      field = '';
    } else {
      field += char;
    }
  }
  fields.push(field);
  return fields;
}

/** Writes rows as CSV; quotes only the fields that need it. */
export function formatCsv(rows: string[][]): string {
  const cell = (value: string) => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  return rows.map((row) => row.map(cell).join(',')).join('\n');
}
