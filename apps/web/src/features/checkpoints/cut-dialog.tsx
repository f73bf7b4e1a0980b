'use client';
import type { CutPreview, CutView } from '@reeve/core/vocabulary';
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { useTRPC, useTRPCClient } from '@/trpc';
import { Ago } from '@/ui/ago';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ErrorLine, ErrorState } from '@/ui/error-state';
import { KeyHint } from '@/ui/key-hint';
import { useKey } from '@/ui/keys';
import { Money } from '@/ui/money';
import { SkeletonRows } from '@/ui/skeleton';
import { plural } from '@/vocabulary/format';
import { cutWords } from './cut-words';

/** What each agent loses and who is left out first, the button last. How it goes on is told in the list of cuts. */
export function CutDialog({ cut, name, onClose }: { cut: CutView; name: string; onClose(): void }) {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const [partial, setPartial] = useState(false);
  const [requestId] = useState(() => crypto.randomUUID());
  const box = useId();
  const preview = useQuery({
    queryKey: ['cut-preview', cut.id],
    queryFn: () => client.cuts.preview.mutate({ id: cut.id }),
    // the agents go on while one reads
    refetchInterval: 2000,
    placeholderData: keepPreviousData,
    gcTime: 0,
  });
  const p = preview.data;
  const restore = useMutation(trpc.cuts.restore.mutationOptions({ onSuccess: onClose }));
  const why = !p
    ? 'The preview is not here yet.'
    : (p.refusal ?? (p.needsPartial && !partial ? 'Some agents are left out: tick that this is meant.' : null));
  const confirm = () => {
    if (!why && !restore.isPending) restore.mutate({ id: cut.id, partial, requestId });
  };
  useKey('mod+Enter', confirm, { inDialog: true });
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`${name} and all below it go back`}
      description={
        <>
          <Ago at={cut.createdAt} /> · {cutWords(cut)}
        </>
      }
      testId="cut-dialog"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="danger" why={why} busy={restore.isPending} onClick={confirm} data-testid="cut-confirm">
            Restore {p ? plural(p.members.length, 'agent') : ''} <KeyHint keys="mod+Enter" />
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4 text-sm">
        {!p ? (
          preview.isError ? (
            <ErrorState
              error={preview.error}
              title="The preview could not be made"
              onRetry={() => void preview.refetch()}
              className="py-4"
            />
          ) : (
            <SkeletonRows rows={4} className="p-0" label="Making the preview" />
          )
        ) : (
          <>
            <Members members={p.members} />
            {p.leftOut.length > 0 && (
              <section data-testid="cut-left-out">
                <h3 className="pb-1 font-medium text-ink-3 text-xs">Left out ({p.leftOut.length})</h3>
                <ul className="flex flex-col gap-0.5">
                  {p.leftOut.slice(0, 12).map((l) => (
                    <li key={l.agentId}>
                      <b className="font-medium">{l.name}</b> <span className="text-ink-3">{l.why}</span>
                      {l.stopped && !p.refusal && ' and is stopped'}
                    </li>
                  ))}
                  {p.leftOut.length > 12 && <li className="text-ink-3">and {p.leftOut.length - 12} more</li>}
                </ul>
                {!p.refusal && (
                  <p className="flex items-center gap-2 pt-2">
                    <input
                      id={box}
                      type="checkbox"
                      className="size-3.5 accent-[var(--accent)]"
                      checked={partial}
                      onChange={(e) => setPartial(e.target.checked)}
                    />
                    <label htmlFor={box}>Go back without them</label>
                  </p>
                )}
              </section>
            )}
            {p.refusal && <p className="rounded-md bg-danger-soft px-3 py-2 text-danger">{p.refusal}</p>}
            {!p.refusal && (
              <p className="text-ink-2">
                All old epochs are fenced at once. Then the processes start from the top down, each from its own checkpoint; this goes on by
                itself, also after a restart of the server.
              </p>
            )}
          </>
        )}
        <ErrorLine error={restore.error} />
      </div>
    </Dialog>
  );
}

function Members({ members }: { members: CutPreview['members'] }) {
  if (members.length === 0) return <p className="text-ink-3">Nobody can go on from this cut.</p>;
  return (
    <section>
      <h3 className="pb-1 font-medium text-ink-3 text-xs">What each loses</h3>
      <ul className="flex flex-col gap-1.5" data-testid="cut-members">
        {members.map((m) => (
          <li key={m.agentId}>
            <p className="flex items-baseline gap-2">
              <span className="min-w-0 truncate font-medium">{m.name}</span>
              <span className="shrink-0 text-ink-3 text-xs">epoch {m.epoch} begins</span>
            </p>
            <p className="text-ink-2 text-xs">
              the last <Ago at={m.lost.sinceMs} suffix={false} /> (<Money usd={Number(m.lost.usd)} /> with what is below it)
              {m.lost.claims.length > 0 && `, ${plural(m.lost.claims.length, 'task')} becomes ready again`}
              {m.lost.locks.length > 0 && `, ${plural(m.lost.locks.length, 'lock or wait', 'locks and waits')} given up`}
              {m.lost.events > 0 && `, ${plural(m.lost.events, 'event')} to replay`}
            </p>
            {m.inDoubt.length > 0 && (
              <p className="text-attention text-xs">
                In doubt:{' '}
                <code className="font-mono">
                  {m.inDoubt
                    .slice(0, 3)
                    .map((e) => e.key)
                    .join(', ')}
                </code>
                {m.inDoubt.length > 3 && ` and ${m.inDoubt.length - 3} more`}
              </p>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
