'use client';
import type { PriceView, UnknownModel } from '@reeve/core/vocabulary';
import { useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { alone, useTRPC } from '@/trpc';
import { Button } from '@/ui/button';
import { Card, CardHeader } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { formatCount, formatDateTime, plural } from '@/vocabulary/format';
import { exactUsd } from './exact-money';
import { PriceDialog, type Priced } from './price-dialog';
import { openEntries } from './use-cost-view';

const few = 5;
/** What the project pays where that is not the list price, and models that no price is known of. */
export function Prices() {
  const trpc = useTRPC();
  const [open, setOpen] = useState<Priced | null>(null);
  const [all, setAll] = useState(false);
  const query = useQuery(trpc.prices.list.queryOptions(undefined, { refetchInterval: 15_000, trpc: alone }));
  const { data } = query;
  if (query.error && !data)
    return <ErrorState error={query.error} title="The prices could not be loaded" onRetry={() => void query.refetch()} />;
  if (!data) return null;
  const shown = all ? data.items : data.items.slice(0, few);
  return (
    <Card aria-label="Prices">
      <CardHeader
        title="Prices"
        hint="USD a million tokens; all other models have their list price"
        actions={
          <Button size="sm" onClick={() => setOpen({ model: '', provider: null, rates: null, unpriced: false })}>
            <Plus size={14} aria-hidden /> Give a price
          </Button>
        }
      />
      <ul className="divide-y divide-line" data-testid="prices">
        {data.unknown.map((u) => (
          <Unknown key={`${u.model} ${u.provider}`} of={u} onPrice={() => setOpen({ ...u, rates: null, unpriced: true })} />
        ))}
        {shown.map((p) => (
          <Price key={p.version} price={p} onPrice={() => setOpen({ ...p, unpriced: false })} />
        ))}
      </ul>
      {data.items.length + data.unknown.length === 0 && (
        <p className="px-4 py-3 text-ink-3 text-sm">Each call is priced by the list. Give a price where you pay another one.</p>
      )}
      {data.items.length > few && (
        <p className="border-line border-t px-4 py-2">
          <Button size="sm" variant="ghost" aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? 'Only the newest' : `All ${data.items.length} versions`}
          </Button>
        </p>
      )}
      {open && (
        <PriceDialog
          of={open}
          onClose={() => {
            setOpen(null);
            void query.refetch();
          }}
        />
      )}
    </Card>
  );
}

const by = (provider: string | null) => (provider ? ` at ${provider}` : '');
function Unknown({ of: u, onPrice }: { of: UnknownModel; onPrice(): void }) {
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5 text-sm">
      <span className="min-w-0 max-w-64 truncate font-medium">
        {u.model}
        <span className="text-ink-3">{by(u.provider)}</span>
      </span>
      <button
        type="button"
        className="rounded text-attention text-xs hover:underline"
        onClick={() => openEntries({ kind: 'model', key: u.model })}
      >
        {plural(u.entries, 'entry', 'entries')} without a price
      </button>
      <span className="text-ink-3 text-xs tabular-nums">
        {formatCount(u.inputTokens)} tokens in, {formatCount(u.outputTokens)} out, since {formatDateTime(u.since)}
      </span>
      <Button size="sm" className="ml-auto" onClick={onPrice} aria-label={`Give ${u.model} a price`}>
        Give a price
      </Button>
    </li>
  );
}
function Price({ price: p, onPrice }: { price: PriceView; onPrice(): void }) {
  const { rates } = p;
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5 text-sm">
      <span className="min-w-0 max-w-64 truncate font-medium">
        {p.model}
        <span className="text-ink-3">{by(p.provider)}</span>
      </span>
      <span className="tabular-nums">
        {rates ? `${exactUsd(rates.inputUsd)} in, ${exactUsd(rates.outputUsd)} out` : 'the list price again'}
        {rates?.cachedInputUsd && <span className="text-ink-3">, {exactUsd(rates.cachedInputUsd)} read from the cache</span>}
        {rates?.cacheWriteUsd && <span className="text-ink-3">, {exactUsd(rates.cacheWriteUsd)} written to it</span>}
        {rates?.reasoningUsd && <span className="text-ink-3">, {exactUsd(rates.reasoningUsd)} reasoning</span>}
      </span>
      <span className="text-ink-3 text-xs" title={p.reason || undefined}>
        version {p.version}, from {formatDateTime(p.validFrom)}, by {p.createdBy.replace(/^[a-z]+:/, '')}
      </span>
      <Button size="sm" variant="ghost" className="ml-auto" onClick={onPrice} aria-label={`Change the price of ${p.model}`}>
        Change or re-price
      </Button>
    </li>
  );
}
