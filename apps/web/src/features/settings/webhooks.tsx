'use client';
import type { WebhookView } from '@reeve/core/vocabulary';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Plus, Webhook } from 'lucide-react';
import { useState } from 'react';
import { useTRPC } from '@/trpc';
import { Button } from '@/ui/button';
import { Card, CardHeader } from '@/ui/card';
import { Dialog } from '@/ui/dialog';
import { EmptyState } from '@/ui/empty-state';
import { ErrorLine, ErrorState } from '@/ui/error-state';
import { SkeletonRows } from '@/ui/skeleton';
import { Badge } from '@/ui/state-mark';
import { AddWebhook } from './add-webhook';
import { Deliveries } from './deliveries';

/** Whom alerts are sent to. */
export function Webhooks() {
  const trpc = useTRPC();
  const query = useQuery(trpc.webhooks.list.queryOptions());
  const [adding, setAdding] = useState(false);
  const items = query.data?.items;
  return (
    <Card aria-label="Webhooks" id="webhooks">
      <CardHeader
        title="Webhooks"
        hint="alerts are sent to these, signed"
        actions={
          <Button size="sm" onClick={() => setAdding(true)} data-testid="add-webhook">
            <Plus size={14} aria-hidden /> Add
          </Button>
        }
      />
      {query.error && !items ? (
        <ErrorState error={query.error} title="The webhooks could not be loaded" onRetry={() => void query.refetch()} />
      ) : !items ? (
        <SkeletonRows rows={2} label="Loading webhooks" />
      ) : items.length === 0 ? (
        <EmptyState icon={Webhook} title="No webhook yet">
          Budgets near their end or over it, wrong sums, halted orphan handling and ends that nothing proves are sent to an address of
          yours.
        </EmptyState>
      ) : (
        <ul className="divide-y divide-line">
          {items.map((w) => (
            <Row key={w.id} webhook={w} onChanged={() => void query.refetch()} />
          ))}
        </ul>
      )}
      {adding && <AddWebhook onClose={() => setAdding(false)} onAdded={() => void query.refetch()} />}
    </Card>
  );
}

function Row({ webhook: w, onChanged }: { webhook: WebhookView; onChanged(): void }) {
  const trpc = useTRPC();
  const [open, setOpen] = useState(false);
  const [removing, setRemoving] = useState(false);
  const [shown, setShown] = useState(0);
  const test = useMutation(
    trpc.webhooks.test.mutationOptions({
      onSuccess: () => {
        setOpen(true);
        setShown((n) => n + 1);
      },
    }),
  );
  const remove = useMutation(trpc.webhooks.remove.mutationOptions({ onSuccess: onChanged }));
  return (
    <li className="px-4 py-3" data-testid="webhook">
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <span className="font-semibold text-sm">{w.name}</span>
        {w.disabledBecause && <Badge tone="danger">off: {w.disabledBecause}</Badge>}
        {w.allowPrivate && <Badge>may reach this network</Badge>}
        <span className="ml-auto flex flex-wrap gap-1">
          <Button size="sm" onClick={() => setOpen(!open)} aria-expanded={open}>
            Deliveries
          </Button>
          <Button size="sm" onClick={() => test.mutate({ id: w.id })} busy={test.isPending}>
            Send a test
          </Button>
          <Button size="sm" onClick={() => setRemoving(true)}>
            Remove
          </Button>
        </span>
      </div>
      <p className="break-all font-mono text-ink-3 text-xs">{w.url}</p>
      <p className="text-ink-3 text-xs">{w.events.join(' · ')}</p>
      <ErrorLine error={test.error} />
      {open && <Deliveries key={shown} webhookId={w.id} />}
      <Dialog
        open={removing}
        onOpenChange={setRemoving}
        title={`Remove ${w.name}?`}
        description="Nothing is sent there any more. What was sent is forgotten; the audit log keeps who removed it."
        footer={
          <>
            <Button onClick={() => setRemoving(false)}>Cancel</Button>
            <Button variant="danger" busy={remove.isPending} onClick={() => remove.mutate({ id: w.id })}>
              Remove
            </Button>
          </>
        }
      >
        <ErrorLine error={remove.error} />
      </Dialog>
    </li>
  );
}
