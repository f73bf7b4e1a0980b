/** What a walk needs to know of a line of a tree: how deep it is, whether it is open (null: nothing to fold), and where its parent is. */
export type TreeLine = { depth: number; open: boolean | null; parent: number };

/**
 * Where an arrow key leads, as in every tree view: up and down among the cards of a column (the next one of the same
 * depth, wherever it hangs), right into the children or unfolds, left to the parent or folds.
 */
export function neighbour(rows: readonly TreeLine[], at: number, key: string): { to: number; fold?: undefined } | { fold: boolean } | null {
  const row = rows[at];
  if (!row) return null;
  switch (key) {
    case 'ArrowRight':
      if (row.open === false) return { fold: true };
      return row.open ? { to: at + 1 } : null;
    case 'ArrowLeft':
      if (row.open && row.parent < 0) return { fold: false };
      return row.parent >= 0 ? { to: row.parent } : null;
    case 'ArrowDown':
    case 'ArrowUp': {
      const by = key === 'ArrowDown' ? 1 : -1;
      for (let i = at + by; i >= 0 && i < rows.length; i += by) if (rows[i]?.depth === row.depth) return { to: i };
      return null;
    }
    case 'Home':
      return { to: 0 };
    case 'End':
      return { to: rows.length - 1 };
    default:
      return null;
  }
}
/** The same for the outline, where up and down are the lines themselves. */
export function neighbourLine(
  rows: readonly TreeLine[],
  at: number,
  key: string,
): { to: number; fold?: undefined } | { fold: boolean } | null {
  const row = rows[at];
  if (!row) return null;
  switch (key) {
    case 'ArrowDown':
      return at + 1 < rows.length ? { to: at + 1 } : null;
    case 'ArrowUp':
      return at > 0 ? { to: at - 1 } : null;
    case 'ArrowLeft':
      if (row.open) return { fold: false };
      return row.parent >= 0 ? { to: row.parent } : null;
    default:
      return neighbour(rows, at, key);
  }
}
