import { type AgentRow, agentRowFields, type LiveAgent } from './live.ts';
import type { BarrierView, ChangeView, LockView, StopSummary, TaskView } from './views.ts';

/**
 * What the tree draws first: every agent of a `Snapshot`, by columns. A column is one text, as the database wrote it, so
 * the server neither reads nor writes ten thousand rows while the page's scripts wait behind it on the same event loop
 * (measured: 45 ms of it for rows, 8 for columns). Values without spaces are joined by spaces, null is `-`; free text is
 * a JSON array.
 */
export type FleetColumns = Record<keyof LiveAgent, string>;
/** All agents of a project at one `seq`, by columns. */
export type Fleet = { seq: number; atMs: number; columns: FleetColumns };
/** The rest of the screen, asked for right behind the fleet: read later, so at least as new as the fleet's `seq`. */
export type Board = { tasks: TaskView[]; changes: ChangeView[]; stops: StopSummary[]; locks: LockView[]; barriers: BarrierView[] };

/**
 * The columns that may hold spaces, and are JSON arrays for that reason.
 *
 * Use it to read or to write a column; every other one splits at its spaces.
 *
 * @example
 * freeTextFields.includes('activity'); // → true
 */
export const freeTextFields = ['name', 'kind', 'role', 'model', 'activity'] as const satisfies (keyof LiveAgent)[];
const isFreeText = (field: keyof LiveAgent): boolean => (freeTextFields as readonly string[]).includes(field);

/**
 * The rows as columns, each one text. It is the reference for what the database does; a test holds the two together.
 *
 * Use it where there is no database to do it.
 *
 * @example
 * const agents = [{ id: 'agt_1', name: 'Ann B.', epoch: 1 }, { id: 'agt_2', name: 'Bob', epoch: 2 }];
 * const columns = encodeColumns(agents.map(encodeAgent));
 * columns.epoch; // → '1 2'
 * columns.parentId; // → '- -'
 * columns.name; // → '["Ann B.","Bob"]'
 */
export function encodeColumns(rows: readonly AgentRow[]): FleetColumns {
  const columns = agentRowFields.map((field, i): [string, string] => {
    const values = rows.map((row) => row[i] ?? null);
    return [field, isFreeText(field) ? JSON.stringify(values) : values.map((v) => v ?? '-').join(' ')];
  });
  return Object.fromEntries(columns) as FleetColumns;
}
