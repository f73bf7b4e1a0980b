import type { CostRow } from '@reeve/core/vocabulary';
import { compareUsd } from './exact-money';

export type SortKey = 'label' | 'ownUsd' | 'subtreeUsd' | 'inputTokens' | 'outputTokens' | 'entries' | 'unpriced';
export type Sort = { key: SortKey; descending: boolean };

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
      default:
        return a[sort.key] - b[sort.key];
    }
  };
  return [...rows].sort((a, b) => sign * compare(a, b) || (a.key < b.key ? -1 : 1));
}

/** A press on a heading: the same one turns round, another starts with what one looks for first. */
export const nextSort = (sort: Sort, key: SortKey): Sort =>
  sort.key === key ? { key, descending: !sort.descending } : { key, descending: key !== 'label' };
