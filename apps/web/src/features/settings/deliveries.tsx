'use client';
import type { DeliveryView } from '@reeve/core/vocabulary';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useTRPC } from '@/trpc';
import { Ago, Countdown } from '@/ui/ago';
import { Button } from '@/ui/button';
import { ErrorLine, ErrorState } from '@/ui/error-state';
import { SkeletonRows } from '@/ui/skeleton';
import { Badge } from '@/ui/state-mark';

const tones = { waiting: 'attention', delivered: 'success', failed: 'danger' } as const;

/** What was sent, each try with its answer; the newest first. */
export function Deliveries({ webhookId }: { webhookId: string }) {
  const trpc = useTRPC();
  const query = useQuery(trpc.webhooks.deliveries.queryOptions({ id: webhookId, limit: 20 }, { refetchInterval: 5_000 }));
  const retry = useMutation(trpc.webhooks.retry.mutationOptions({ onSettled: () => void query.refetch() }));
  const items = query.data?.items;
  if (query.error && !items)
    return <ErrorState error={query.error} title="The deliveries could not be loaded" onRetry={() => void query.refetch()} />;
  if (!items) return <SkeletonRows rows={2} label="Loading deliveries" />;
  if (items.length === 0) return <p className="mt-2 text-ink-3 text-sm">Nothing was sent yet: no alert came since it was added.</p>;
  return (
    <div className="mt-2 rounded-md border border-line">
      <ul aria-label="Deliveries" className="divide-y divide-line text-sm">
        {items.map((d) => (
          <li key={d.id} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2" data-testid="delivery">
            <Badge tone={tones[d.state]}>{d.state}</Badge>
            <span className="font-mono text-xs">{d.type}</span>
            <span className="min-w-0 flex-1 break-words text-ink-3 text-xs">{said(d)}</span>
            <span className="text-ink-3 text-xs">
              {d.state === 'waiting' && d.nextAt ? (
                <>
                  again in <Countdown until={d.nextAt} over="a moment" />
                </>
              ) : (
                <Ago at={d.createdAt} />
              )}
            </span>
            {d.state !== 'delivered' && (
              <Button size="sm" busy={retry.isPending && retry.variables.id === d.id} onClick={() => retry.mutate({ id: d.id })}>
                Send again
              </Button>
            )}
          </li>
        ))}
      </ul>
      <ErrorLine error={retry.error} />
      {query.data?.nextCursor && (
        <p className="border-line border-t px-3 py-2 text-ink-3 text-xs">The newest 20 are shown; the API has all of 30 days.</p>
      )}
    </div>
  );
}
function said({ tries }: DeliveryView): string {
  const last = tries.at(-1);
  if (!last) return 'not sent yet';
  const answer = last.status === null ? (last.error ?? 'no answer') : `answered ${last.status} after ${last.ms} ms`;
  return tries.length > 1 ? `try ${tries.length}: ${answer}` : answer;
}
