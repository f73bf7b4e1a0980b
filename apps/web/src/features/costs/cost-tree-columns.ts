import type { CostTreeSort } from '@reeve/core/vocabulary';

/** One grid for the head and every line; columns leave from the right as the screen gets narrower. */
export const treeGrid =
  'grid items-center gap-x-2 px-3 sm:gap-x-4 sm:px-4 grid-cols-[minmax(0,1fr)_72px_76px] sm:grid-cols-[minmax(0,1fr)_84px_172px_84px] lg:grid-cols-[minmax(220px,1fr)_88px_180px_88px_88px_64px_72px]';
type Column = { title: string; sort?: CostTreeSort; hint?: string; className: string };
/** The amount of a column whose lines have a bar behind it. */
export const besideBar = 'justify-end text-right sm:pr-[76px]';
export const treeColumns: readonly Column[] = [
  { title: 'Agent', sort: 'label', className: '' },
  { title: 'Own', sort: 'ownUsd', hint: 'What it spent itself', className: 'justify-end text-right' },
  { title: 'Subtree', sort: 'subtreeUsd', hint: 'With everything below it; the dark part of the bar is its own', className: besideBar },
  {
    title: 'An hour',
    hint: 'What its subtree spends, at the pace of the last ten minutes',
    className: 'justify-end text-right max-sm:hidden',
  },
  {
    title: 'Reserved',
    sort: 'reservedUsd',
    hint: 'Set aside by its subtree for calls under way',
    className: 'justify-end text-right max-lg:hidden',
  },
  { title: 'Calls', sort: 'entries', hint: 'Entries of its subtree', className: 'justify-end text-right max-lg:hidden' },
  {
    title: 'Unpriced',
    sort: 'unpriced',
    hint: 'Calls of its subtree without a known price. They are not counted as zero: the amount is a floor.',
    className: 'justify-end text-right max-lg:hidden',
  },
];
export const treeSorts = treeColumns.flatMap((c) => c.sort ?? []);
