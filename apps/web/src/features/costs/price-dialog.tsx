'use client';
import { nanoUsdOf, type RatesView, ratesInput } from '@reeve/core/vocabulary';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTRPC, useTRPCClient } from '@/trpc';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ErrorLine } from '@/ui/error-state';
import { Checkbox, Field, Input } from '@/ui/field';
import { plural } from '@/vocabulary/format';
import { exactUsd } from './exact-money';

/** What the dialog begins with: a model, and the rates that it has. `unpriced`: its calls wait for a price. */
export type Priced = { model: string; provider: string | null; rates: RatesView | null; unpriced: boolean };
const parts = [
  ['inputUsd', 'Input', true],
  ['outputUsd', 'Output', true],
  ['cachedInputUsd', 'Read from the cache', false],
  ['cacheWriteUsd', 'Written to the cache', false],
  ['reasoningUsd', 'Reasoning', false],
] as const;
type Part = (typeof parts)[number][0];
const shown = (usd: string | null | undefined): string => (usd ? usd.replace(/\.?0+$/, '') : '');

/** A price of the project's own, what it would change of what is booked already, and the two steps: give it, price anew. */
export function PriceDialog({ of, onClose }: { of: Priced; onClose(): void }) {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const cache = useQueryClient();
  const [model, setModel] = useState(of.model);
  const [provider, setProvider] = useState(of.provider ?? '');
  const [told, setTold] = useState<Record<Part, string>>(
    () => Object.fromEntries(parts.map(([p]) => [p, shown(of.rates?.[p])])) as Record<Part, string>,
  );
  const [from, setFrom] = useState('');
  const [anew, setAnew] = useState(true);
  const [unpricedOnly, setUnpricedOnly] = useState(of.unpriced);
  const [reason, setReason] = useState('');
  const read = ratesInput.safeParse(Object.fromEntries(parts.map(([p]) => [p, told[p].trim() || null])));
  // without a moment it holds from now on; what is booked already is older, so its price has to begin before it
  const validFrom = from ? new Date(`${from}T00:00:00Z`).toISOString() : anew ? new Date(0).toISOString() : undefined;
  const whose = { model: model.trim(), ...(provider.trim() && { provider: provider.trim() }) };
  const preview = useMutation({
    mutationFn: () =>
      client.prices.reprice.mutate({
        ...whose,
        unpricedOnly,
        dryRun: true,
        tried: { rates: read.data ?? null, ...(validFrom && { validFrom }) },
      }),
  });
  const give = useMutation({
    mutationFn: async () => {
      await client.prices.set.mutate({ ...whose, rates: read.data ?? null, ...(validFrom && { validFrom }), reason });
      if (anew) await client.prices.reprice.mutate({ ...whose, unpricedOnly });
      await cache.invalidateQueries({ queryKey: trpc.costs.pathKey() });
    },
    onSuccess: onClose,
  });
  const change = (set: () => void) => {
    set();
    preview.reset();
  };
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (read.success && whose.model) give.mutate();
  };
  const why = !whose.model ? 'Which model?' : !read.success && 'Input and output have a price, with six places at most.';
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={of.model ? `The price of ${of.model}` : 'Give a price'}
      description="In USD a million tokens. Entries never change: what they cost more or less is an adjustment beside each, with the version of the price."
      testId="price-dialog"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button onClick={() => preview.mutate()} busy={preview.isPending} why={why || (!anew && 'Nothing that is booked would change.')}>
            Preview
          </Button>
          <Button variant="primary" type="submit" form="price" busy={give.isPending} why={why}>
            {anew ? 'Give and re-price' : 'Give'}
          </Button>
        </>
      }
    >
      <form id="price" onSubmit={submit} noValidate className="flex flex-col gap-4">
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label="Model" hint="As agents name it.">
            <Input autoFocus={!of.model} value={model} onChange={(e) => change(() => setModel(e.target.value))} spellCheck={false} />
          </Field>
          <Field label="Provider" hint="Empty: whoever answers.">
            <Input value={provider} onChange={(e) => change(() => setProvider(e.target.value))} placeholder="any" spellCheck={false} />
          </Field>
        </div>
        <div className="grid grid-cols-2 gap-4 sm:grid-cols-3">
          {parts.map(([part, label, wanted]) => (
            <Field key={part} label={label}>
              <Input
                inputMode="decimal"
                value={told[part]}
                onChange={(e) => change(() => setTold({ ...told, [part]: e.target.value }))}
                placeholder={wanted ? '3.00' : part === 'reasoningUsd' ? 'as output' : 'as input'}
              />
            </Field>
          ))}
          <Field label="Valid from" hint={anew ? 'UTC; empty: always.' : 'UTC; empty: now.'}>
            <Input type="date" value={from} onChange={(e) => change(() => setFrom(e.target.value))} />
          </Field>
        </div>
        <div className="flex flex-col gap-1">
          <Checkbox label="Price what is booked already anew" checked={anew} onChange={(e) => change(() => setAnew(e.target.checked))} />
          <Checkbox
            label="Only calls that have no price yet"
            disabled={!anew}
            checked={unpricedOnly}
            onChange={(e) => change(() => setUnpricedOnly(e.target.checked))}
          />
        </div>
        <Field label="Reason" hint="Stands in the audit log with who and when.">
          <Input value={reason} onChange={(e) => setReason(e.target.value)} />
        </Field>
        {preview.data && (
          <p role="status" className="rounded-md bg-sunken px-3 py-2 text-sm tabular-nums" data-testid="price-preview">
            {preview.data.entries === 0
              ? `None of ${plural(preview.data.looked, 'entry', 'entries')} would change.`
              : `${plural(preview.data.entries, 'entry', 'entries')}, ${signed(preview.data.deltaUsd)}`}
          </p>
        )}
        <ErrorLine error={give.error ?? preview.error} />
      </form>
    </Dialog>
  );
}
const signed = (usd: string): string => ((nanoUsdOf(usd) ?? 0n) > 0n ? `+${exactUsd(usd)}` : exactUsd(usd));
