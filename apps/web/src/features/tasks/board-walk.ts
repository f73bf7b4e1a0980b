import type { ColumnId } from './board-columns';

export type Place = { column: ColumnId; index: number };
type Columns = readonly { id: ColumnId; ids: readonly string[] }[];

/** Where an arrow key leads from a card: up and down in its column, sideways to the nearest column that has cards. */
export function walk(columns: Columns, from: Place, key: string): Place | null {
  const at = columns.findIndex((c) => c.id === from.column);
  const here = columns[at];
  if (!here) return null;
  const within = (index: number): Place | null =>
    here.ids.length ? { column: here.id, index: Math.min(here.ids.length - 1, Math.max(0, index)) } : null;
  switch (key) {
    case 'ArrowDown':
      return within(from.index + 1);
    case 'ArrowUp':
      return within(from.index - 1);
    case 'PageDown':
      return within(from.index + 10);
    case 'PageUp':
      return within(from.index - 10);
    case 'Home':
      return within(0);
    case 'End':
      return within(here.ids.length - 1);
    case 'ArrowLeft':
    case 'ArrowRight': {
      const step = key === 'ArrowRight' ? 1 : -1;
      for (let i = at + step; columns[i]; i += step) {
        const column = columns[i];
        if (column?.ids.length) return { column: column.id, index: Math.min(from.index, column.ids.length - 1) };
      }
      return null;
    }
    default:
      return null;
  }
}

/** Where a card stands now; where it went if it moved, else null. */
export function placeOf(columns: Columns, taskId: string): Place | null {
  for (const c of columns) {
    const index = c.ids.indexOf(taskId);
    if (index >= 0) return { column: c.id, index };
  }
  return null;
}
