import { type AgentRow, agentRowFields, type LiveAgent } from './live.ts';
import type { ChangeView, StopView, TaskView } from './views.ts';

/**
 * What the tree draws first: every agent of a `Snapshot`, by columns. A column is one text, as the database wrote it, so
 * the server neither reads nor writes ten thousand rows while the page's scripts wait behind it on the same event loop
 * (measured: 45 ms of it for rows, 8 for columns). Values without spaces are joined by spaces, null is `-`; free text is
 * a JSON array.
 */
export type FleetColumns = Record<keyof LiveAgent, string>;
export type Fleet = { seq: number; atMs: number; columns: FleetColumns };
/** The rest of the screen, asked for right behind the fleet: read later, so at least as new as the fleet's `seq`. */
export type Board = { tasks: TaskView[]; changes: ChangeView[]; stops: StopView[] };

export const freeTextFields = ['name', 'kind', 'role', 'model', 'activity'] as const satisfies (keyof LiveAgent)[];
const isFreeText = (field: keyof LiveAgent): boolean => (freeTextFields as readonly string[]).includes(field);

/** The reference for what the database does; a test holds the two together. */
export function encodeColumns(rows: readonly AgentRow[]): FleetColumns {
  const columns = agentRowFields.map((field, i): [string, string] => {
    const values = rows.map((row) => row[i] ?? null);
    return [field, isFreeText(field) ? JSON.stringify(values) : values.map((v) => v ?? '-').join(' ')];
  });
  return Object.fromEntries(columns) as FleetColumns;
}
