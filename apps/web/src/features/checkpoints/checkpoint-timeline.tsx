'use client';
import type { CheckpointView } from '@reeve/core/vocabulary';
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { GitCompareArrows, RotateCcw, Save } from 'lucide-react';
import { useState } from 'react';
import { useTRPC } from '@/trpc';
import { Ago } from '@/ui/ago';
import { Button } from '@/ui/button';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { SkeletonRows } from '@/ui/skeleton';
import { notify, notifyFailure } from '@/ui/toast';
import { formatClock, plural } from '@/vocabulary/format';
import { CheckpointDiff } from './checkpoint-diff';
import { bytesWords, nameOf, triggerWords } from './checkpoint-words';
import { RestoreDialog } from './restore-dialog';

const follow = { refetchInterval: 3000, placeholderData: keepPreviousData } as const;

/** What an agent has saved, newest first: why, how large, and how long ago; what was discarded; ways back. */
export function CheckpointTimeline({ id, ended }: { id: string; ended: boolean }) {
  const trpc = useTRPC();
  const saved = useQuery({ ...trpc.checkpoints.list.queryOptions({ id }), ...follow });
  const discarded = useQuery({ ...trpc.events.list.queryOptions({ subjectId: id, type: 'checkpoint.discarded', limit: 20 }), ...follow });
  const [marked, setMarked] = useState<string[]>([]);
  const [open, setOpen] = useState<{ restore: CheckpointView } | { older: CheckpointView; newer: CheckpointView } | null>(null);
  const ask = useMutation(
    trpc.checkpoints.ask.mutationOptions({
      onSuccess: (r) =>
        r.agents
          ? notify('A checkpoint is asked for', 'It is saved at its next safe point.')
          : notify('It is asked already', 'It saves at its next safe point.'),
      onError: (e) => notifyFailure(e),
    }),
  );
  if (saved.isPending) return <SkeletonRows label="Loading checkpoints" />;
  if (!saved.data) return <ErrorState error={saved.error} title="The checkpoints could not be read" onRetry={() => void saved.refetch()} />;
  const items = saved.data.items;
  const late = discarded.data?.items ?? [];
  const askButton = (
    <Button size="sm" busy={ask.isPending} why={ended && 'It has ended.'} onClick={() => ask.mutate({ id, reason: 'an operator asked' })}>
      <Save size={12} aria-hidden /> Save now
    </Button>
  );
  if (items.length === 0)
    return (
      <EmptyState title="Nothing saved yet" action={askButton}>
        An agent saves its state with <code className="font-mono text-xs">agent.checkpointer</code>; from the latest one it can go on after
        a crash.
      </EmptyState>
    );
  const chosen = items.filter((c) => marked.includes(c.id));
  const toggle = (c: CheckpointView) => setMarked((m) => (m.includes(c.id) ? m.filter((x) => x !== c.id) : [...m, c.id].slice(-2)));
  const compare = () => {
    const [newer, older] = chosen;
    if (older && newer) setOpen({ older, newer });
  };
  return (
    <div className="flex flex-col" data-testid="checkpoints">
      <div className="flex flex-wrap items-center gap-1.5 px-4 pt-3 pb-2">
        {askButton}
        <Button size="sm" why={chosen.length !== 2 && 'Tick two to compare them.'} onClick={compare} data-testid="compare-checkpoints">
          <GitCompareArrows size={12} aria-hidden /> Compare
        </Button>
      </div>
      <ol className="flex flex-col">
        {items.map((c) => (
          <li key={c.id} className="flex items-center gap-2.5 px-4 py-1.5 hover:bg-hover">
            <input
              type="checkbox"
              className="size-3.5 shrink-0 accent-[var(--accent)]"
              checked={marked.includes(c.id)}
              onChange={() => toggle(c)}
              aria-label={`Compare checkpoint ${nameOf(c)}`}
            />
            <div className="min-w-0 flex-1">
              <p className="flex items-baseline gap-2 text-sm">
                <span className="font-medium tabular-nums">{nameOf(c)}</span>
                <span className="min-w-0 truncate text-ink-2">{triggerWords(c.trigger)}</span>
              </p>
              <p className="text-ink-3 text-xs">
                <Ago at={c.createdAt} /> · {bytesWords(c.sizeBytes)}
              </p>
            </div>
            <Button size="sm" onClick={() => setOpen({ restore: c })} data-testid={`restore-${nameOf(c)}`}>
              <RotateCcw size={12} aria-hidden /> Go back…
            </Button>
          </li>
        ))}
      </ol>
      {late.length > 0 && (
        <section className="mt-2 border-line border-t px-4 py-3">
          <h3 className="pb-1 font-medium text-ink-3 text-xs">Discarded: {plural(late.length, 'late write')}</h3>
          <ul className="flex flex-col gap-0.5 text-sm">
            {late.map((e) => (
              <li key={e.seq} className="flex items-baseline gap-2">
                <span className="shrink-0 text-ink-3 text-xs">{formatClock(e.at)}</span>
                <span className="min-w-0 truncate">
                  {String(e.data.epoch)}.{String(e.data.sequence)} came after epoch {String(e.data.currentEpoch)} had begun, or after a
                  newer one
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {open && 'restore' in open && <RestoreDialog key={open.restore.id} checkpoint={open.restore} onClose={() => setOpen(null)} />}
      {open && 'older' in open && <CheckpointDiff older={open.older} newer={open.newer} onClose={() => setOpen(null)} />}
    </div>
  );
}
