'use client';
import type { CutView } from '@reeve/core/vocabulary';
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { Network, RotateCcw } from 'lucide-react';
import { useState } from 'react';
import { liveOf, useAgent, useSubtreeCounts } from '@/live';
import { useTRPC } from '@/trpc';
import { Ago } from '@/ui/ago';
import { Button } from '@/ui/button';
import { notifyFailure } from '@/ui/toast';
import { CutDialog } from './cut-dialog';
import { cutWords, missingWords, startOf } from './cut-words';

/** Of an agent with others below it: what they saved together, and the way back for all of them. */
export function CutList({ id, ended }: { id: string; ended: boolean }) {
  const trpc = useTRPC();
  const name = useAgent(id)?.name ?? 'The agent';
  const below = useSubtreeCounts(id);
  const cuts = useQuery({ ...trpc.cuts.list.queryOptions({ id, limit: 5 }), refetchInterval: 1500, placeholderData: keepPreviousData });
  const [open, setOpen] = useState<CutView | null>(null);
  const ask = useMutation(trpc.checkpoints.ask.mutationOptions({ onSuccess: () => void cuts.refetch(), onError: (e) => notifyFailure(e) }));
  const items = cuts.data?.items ?? [];
  if (items.length === 0 && (below ? liveOf(below) : 0) < 2) return null;
  return (
    <section className="border-line border-t px-4 py-3" data-testid="cuts">
      <div className="flex flex-wrap items-center gap-2 pb-1">
        <h3 className="flex-1 font-medium text-ink-3 text-xs">With all below it</h3>
        <Button
          size="sm"
          busy={ask.isPending}
          why={ended && 'It has ended.'}
          onClick={() => ask.mutate({ id, subtree: true, reason: 'an operator asked' })}
          data-testid="save-subtree"
        >
          <Network size={12} aria-hidden /> Save all now
        </Button>
      </div>
      {items.length === 0 && <p className="text-ink-3 text-sm">They have not been asked to save together yet.</p>}
      <ol className="flex flex-col gap-2">
        {items.map((c) => (
          <li key={c.id} data-testid="cut">
            <div className="flex items-center gap-2.5">
              <p className="min-w-0 flex-1 text-sm">
                <span className="text-ink-2">{cutWords(c)}</span>
                <span className="block text-ink-3 text-xs">
                  <Ago at={c.createdAt} />
                  {c.reason && ` · ${c.reason}`}
                </span>
              </p>
              <Button
                size="sm"
                why={c.state === 'forming' && 'Not all have saved yet.'}
                onClick={() => setOpen(c)}
                data-testid="restore-cut"
              >
                <RotateCcw size={12} aria-hidden /> Go back…
              </Button>
            </div>
            {c.state !== 'complete' && (
              <ul className="text-ink-3 text-xs">
                {c.members
                  .filter((m) => m.missing !== null)
                  .slice(0, 6)
                  .map((m) => (
                    <li key={m.agentId}>{missingWords(m)}</li>
                  ))}
              </ul>
            )}
            {c.restore && <Progress restore={c.restore} />}
          </li>
        ))}
      </ol>
      {open && <CutDialog key={open.id} cut={open} name={name} onClose={() => setOpen(null)} />}
    </section>
  );
}

function Progress({ restore }: { restore: NonNullable<CutView['restore']> }) {
  const started = restore.starts.filter((s) => s.state === 'started').length;
  const others = restore.starts.filter((s) => s.state !== 'started');
  return (
    <div className="mt-1 rounded-md bg-sunken px-2.5 py-1.5 text-xs" data-testid="cut-restore">
      <p>
        {restore.doneAt === null ? 'Going back' : 'Went back'} <Ago at={restore.doneAt ?? restore.startedAt} />: {started} of{' '}
        {restore.starts.length} started
        {restore.leftOut.length > 0 && `, ${restore.leftOut.length} left out`}
      </p>
      <ul className="text-ink-3">
        {others.slice(0, 8).map((s) => (
          <li key={s.agentId} className={s.state === 'failed' ? 'text-danger' : undefined}>
            {s.name} {startOf(s)}
          </li>
        ))}
      </ul>
    </div>
  );
}
