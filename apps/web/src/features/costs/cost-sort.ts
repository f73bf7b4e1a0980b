import type { CostRow } from '@reeve/core/vocabulary';
import { compareUsd } from './exact-money';

const sortKeys = ['label', 'ownUsd', 'subtreeUsd', 'reservedUsd', 'inputTokens', 'outputTokens', 'entries', 'unpriced'] as const;
export type SortKey = (typeof sortKeys)[number];
export type Sort = { key: SortKey; descending: boolean };

export const costliestFirst: Sort = { key: 'subtreeUsd', descending: true };
/** As the URL has it: `ownUsd`, or `-ownUsd` from the most down; what is no order is the usual one. */
export function readSort(text: string | null): Sort {
  const key = sortKeys.find((k) => k === text?.replace(/^-/, ''));
  return key ? { key, descending: text?.startsWith('-') === true } : costliestFirst;
}
export const sortText = (sort: Sort): string => `${sort.descending ? '-' : ''}${sort.key}`;
/** The order among these columns: the usual one where the chosen column is not among them. */
export const sortAmong = <K extends SortKey>(sort: Sort, keys: readonly K[], usual: K): { key: K; descending: boolean } => {
  const key = keys.find((k) => k === sort.key);
  return key ? { key, descending: sort.descending } : { key: usual, descending: true };
};

/** Amounts by their exact value, names by the reader's alphabet; equal rows keep a fixed order. */
export function sortRows(rows: readonly CostRow[], sort: Sort): CostRow[] {
  const sign = sort.descending ? -1 : 1;
  const compare = (a: CostRow, b: CostRow): number => {
    switch (sort.key) {
      case 'label':
        return a.label.localeCompare(b.label, undefined, { numeric: true });
      case 'ownUsd':
      case 'subtreeUsd':
        return compareUsd(a[sort.key], b[sort.key]);
      case 'reservedUsd':
        return 0; // of the tree alone
      default:
        return a[sort.key] - b[sort.key];
    }
  };
  return [...rows].sort((a, b) => sign * compare(a, b) || (a.key < b.key ? -1 : 1));
}

/** A press on a heading: the same one turns round, another starts with what one looks for first. */
export const nextSort = (sort: Sort, key: SortKey): Sort =>
  sort.key === key ? { key, descending: !sort.descending } : { key, descending: key !== 'label' };
