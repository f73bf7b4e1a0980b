'use client';
import { createContext, useContext } from 'react';

/** What a card may ask of its tree. Stable, so that no card renders because another was selected. */
export type TreeActions = {
  select(id: string): void;
  toggle(id: string): void;
  showWhole(id: string): void;
};
const TreeActionsContext = createContext<TreeActions | null>(null);
export const TreeActionsProvider = TreeActionsContext.Provider;
export function useTreeActions(): TreeActions {
  const actions = useContext(TreeActionsContext);
  if (!actions) throw new Error('no tree above');
  return actions;
}

/** The element of a row's card: the tree owns it by id, since React Flow's own elements stand between. */
export const cardId = (key: string): string => `card-${key}`;
