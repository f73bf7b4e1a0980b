'use client';
import { PageBody, PageHeader } from '@/ui/page-header';
import { Budgets } from './budgets';
import { CostChart } from './cost-chart';
import { CostTable } from './cost-table';
import { CostTotals } from './cost-totals';
import { Entries } from './entries';
import { Icicle } from './icicle';
import { PriceNote } from './price-note';
import { Prices } from './prices';
import { Reservations } from './reservations';
import { useCostView } from './use-cost-view';

/** Where the money goes: over time, over the tree, in figures; each number leads to the entries behind it. */
export function CostPage() {
  const view = useCostView();
  return (
    <>
      <PageHeader title="Costs">
        <CostTotals />
      </PageHeader>
      <PageBody>
        <div className="mx-auto flex max-w-6xl flex-col gap-4">
          <PriceNote />
          <Budgets />
          <CostChart view={view} />
          <Icicle view={view} />
          <CostTable view={view} />
          <Prices />
        </div>
      </PageBody>
      <Entries of={view.entries} />
      <Reservations of={view.reservations} />
    </>
  );
}
