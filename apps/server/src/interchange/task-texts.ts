import { importedTask, type TaskFormat, type TaskView } from '@reeve/core/vocabulary';
import Papa from 'papaparse';
import type { z } from 'zod';
import { DomainFailure } from '../trpc/failure.ts';

type Imported = z.output<typeof importedTask>;
type Loose = Record<string, unknown>;
const most = 1_000;
const columns = ['id', 'title', 'body', 'state', 'priority', 'labels', 'dependsOn', 'needs', 'evidence', 'review', 'maxAttempts'] as const;
const lists = new Set<string>(['labels', 'dependsOn', 'needs', 'evidence']);

const invalid = (message: string): DomainFailure => new DomainFailure({ code: 'invalid_input', issues: [{ path: 'text', message }] });
const flat = (t: TaskView): Loose => ({ ...t, evidence: t.gate?.evidence ?? [], review: t.gate?.review ?? false });

/** Tasks as a text. What a spreadsheet would take for a formula is quoted; reading it back takes the quote away. */
export function writeTasks(format: TaskFormat, tasks: readonly TaskView[]): string {
  switch (format) {
    case 'jsonl':
      return tasks.map((t) => `${JSON.stringify(Object.fromEntries(columns.map((c) => [c, flat(t)[c]])))}\n`).join('');
    case 'csv': {
      const rows = tasks.map((t) => columns.map((c) => (lists.has(c) ? JSON.stringify(flat(t)[c]) : (flat(t)[c] ?? ''))));
      return `${Papa.unparse({ fields: [...columns], data: rows }, { escapeFormulae: true, newline: '\n' })}\n`;
    }
    case 'github': {
      const numberOf = new Map(tasks.map((t, i) => [t.id, i + 1]));
      return JSON.stringify(
        tasks.map((t) => issueOf(t, numberOf)),
        null,
        2,
      );
    }
  }
}
function issueOf(t: TaskView, numberOf: ReadonlyMap<string, number>) {
  const waits = t.dependsOn.flatMap((d) => (numberOf.has(d) ? [`Blocked by #${numberOf.get(d)}`] : []));
  const closed = t.state === 'done' || t.state === 'cancelled';
  return {
    number: numberOf.get(t.id),
    title: t.title,
    body: [t.body ?? '', waits.join('\n')].filter(Boolean).join('\n\n'),
    state: closed ? 'closed' : 'open',
    state_reason: t.state === 'done' ? 'completed' : t.state === 'cancelled' ? 'not_planned' : null,
    labels: t.labels.map((name) => ({ name })),
    created_at: t.createdAt,
    updated_at: t.updatedAt,
    closed_at: t.finishedAt,
    reeve: { id: t.id, priority: t.priority },
  };
}

/** What a text says is to be done. Work that is over elsewhere is left out, and nobody waits for it; rejects with the line that is wrong. */
export function readTasks(format: TaskFormat, text: string): { tasks: Imported[]; closed: number } {
  const rows = format === 'jsonl' ? jsonLines(text) : format === 'csv' ? csvRows(text) : issues(text);
  if (rows.length > most) throw invalid(`has ${rows.length} tasks; ${most} at most`);
  const isOver = (r: Loose) => r.state === 'done' || r.state === 'cancelled' || r.state === 'closed';
  const over = new Set(rows.filter(isOver).map((r) => String(r.key)));
  const tasks = rows
    .filter((r) => !isOver(r))
    .map((row, i) => {
      const parsed = importedTask.safeParse(row);
      if (!parsed.success) {
        const issue = parsed.error.issues[0];
        throw invalid(`task ${i + 1} (${String(row.key ?? 'without an id').slice(0, 80)}): ${issue?.path.join('.')} ${issue?.message}`);
      }
      return { ...parsed.data, dependsOn: parsed.data.dependsOn.filter((d) => !over.has(d)) };
    });
  return { tasks, closed: over.size };
}

function parsed(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(`${where} is no JSON`);
  }
}
function objectOf(value: unknown, where: string): Loose {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`${where} is no object`);
  return value as Loose;
}
const known = (row: Loose): Loose => ({
  ...Object.fromEntries(Object.entries(row).filter(([, v]) => v !== null && v !== '')),
  key: row.id,
});

const jsonLines = (text: string): Loose[] =>
  text.split('\n').flatMap((line, i) => (line.trim() ? [known(objectOf(parsed(line, `line ${i + 1}`), `line ${i + 1}`))] : []));

function csvRows(text: string): Loose[] {
  const { data, errors } = Papa.parse<Record<string, string>>(text.trim(), { header: true, skipEmptyLines: true });
  const error = errors.find((e) => e.code !== 'UndetectableDelimiter');
  if (error) throw invalid(`row ${(error.row ?? 0) + 1}: ${error.message}`);
  return data.map((row, i) => {
    const cells = Object.entries(row).map(([name, cell]) => [name, cellOf(name, cell, i)]);
    return known(Object.fromEntries(cells));
  });
}
function cellOf(name: string, cell: string, row: number): unknown {
  const plain = /^'[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell;
  if (plain === '') return '';
  if (name === 'priority' || name === 'maxAttempts') return Number(plain);
  if (name === 'review') return plain === 'true';
  if (!lists.has(name)) return plain;
  // a person writes them with commas
  return plain.startsWith('[')
    ? parsed(plain, `${name} of row ${row + 1}`)
    : plain
        .split(',')
        .map((p) => p.trim())
        .filter(Boolean);
}

/** Issues as GitHub's API, or `gh issue list --json`, has them; "Blocked by #7" or "Depends on #7" in the text is a dependency. */
function issues(text: string): Loose[] {
  const list = parsed(text, 'the text');
  if (!Array.isArray(list)) throw invalid('is no list of issues');
  return list.flatMap((entry, i) => {
    const issue = objectOf(entry, `issue ${i + 1}`);
    if (issue.pull_request) return [];
    const body = typeof issue.body === 'string' ? issue.body : '';
    const labels = (Array.isArray(issue.labels) ? issue.labels : []).map((l) => (typeof l === 'string' ? l : objectOf(l, 'a label').name));
    const { priority } = (issue.reeve ?? {}) as { priority?: number };
    return [
      {
        key: `#${issue.number}`,
        title: typeof issue.title === 'string' ? issue.title.slice(0, 500) : issue.title,
        body: body || null,
        state: String(issue.state).toLowerCase(),
        labels,
        ...(priority === undefined ? {} : { priority }),
        dependsOn: [...new Set([...body.matchAll(/\b(?:blocked by|depends on):?\s+(#\d+)/gi)].map((m) => m[1] as string))],
      },
    ];
  });
}
