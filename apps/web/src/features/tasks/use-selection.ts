'use client';
import { createContext, useContext, useMemo, useState } from 'react';

export type Selection = {
  ids: ReadonlySet<string>;
  toggle(id: string): void;
  clear(): void;
};
export const SelectionContext = createContext<Selection | null>(null);
export function useSelection(): Selection {
  const selection = useContext(SelectionContext);
  if (!selection) throw new Error('no board above');
  return selection;
}

/** Cards that were picked out for one command: `x` on a card, or a click with Ctrl, Cmd or Shift. */
export function useSelectedCards(): Selection {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  return useMemo(
    () => ({
      ids,
      toggle: (id) =>
        setIds((before) => {
          const next = new Set(before);
          if (!next.delete(id)) next.add(id);
          return next;
        }),
      clear: () => setIds(new Set()),
    }),
    [ids],
  );
}
