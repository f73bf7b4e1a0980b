'use client';
import type { CheckpointContent, CheckpointView } from '@reeve/core/vocabulary';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTRPC } from '@/trpc';
import { Dialog } from '@/ui/dialog';
import { ErrorState } from '@/ui/error-state';
import { SkeletonRows } from '@/ui/skeleton';
import { formatDateTime } from '@/vocabulary/format';
import { nameOf } from './checkpoint-words';
import { shortly, stateDiff } from './state-diff';

const most = 300;
const tone = { added: 'text-success', removed: 'text-danger', changed: 'text-attention' } as const;
const sign = { added: '+', removed: '−', changed: '±' } as const;
const bodyOf = ({ state, messages, context }: CheckpointContent) => ({ state, messages, context });

type Compared = Pick<CheckpointView, 'id' | 'epoch' | 'sequence'> & { createdAt?: string };
type Props = { older: Compared; newer: Compared; title?: string; onClose(): void };

/** Two checkpoints side by side: of one agent, older first; or of two, with a title that says so. */
export function CheckpointDiff({ older, newer, title, onClose }: Props) {
  const trpc = useTRPC();
  // what is saved never changes
  const stays = { staleTime: Number.POSITIVE_INFINITY } as const;
  const a = useQuery({ ...trpc.checkpoints.get.queryOptions({ id: older.id }), ...stays });
  const b = useQuery({ ...trpc.checkpoints.get.queryOptions({ id: newer.id }), ...stays });
  const changes = useMemo(
    () => (a.data && b.data ? stateDiff(bodyOf(a.data as CheckpointContent), bodyOf(b.data as CheckpointContent), most) : undefined),
    [a.data, b.data],
  );
  const failed = [a, b].find((q) => q.isError);
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={title ?? `From ${nameOf(older)} to ${nameOf(newer)}`}
      description={older.createdAt && newer.createdAt && `${formatDateTime(older.createdAt)} to ${formatDateTime(newer.createdAt)}`}
      testId="checkpoint-diff"
    >
      {failed ? (
        <ErrorState error={failed.error} title="A checkpoint could not be read" onRetry={() => void failed.refetch()} className="py-4" />
      ) : !changes ? (
        <SkeletonRows rows={6} label="Comparing" />
      ) : changes.length === 0 ? (
        <p className="text-ink-3 text-sm">Both have the same content.</p>
      ) : (
        <>
          <ul className="flex flex-col gap-1.5">
            {changes.map((c) => (
              <li key={`${c.path}${c.kind}`} className="flex gap-2 text-sm">
                <span className={`w-3 shrink-0 font-mono ${tone[c.kind]}`} title={c.kind}>
                  {sign[c.kind]}
                  <span className="sr-only"> {c.kind}</span>
                </span>
                <div className="min-w-0 flex-1">
                  <code className="wrap-anywhere font-mono text-xs">{c.path}</code>
                  <p className="wrap-anywhere font-mono text-ink-3 text-xs">
                    {c.kind !== 'added' && <del className="no-underline opacity-80">{shortly(c.before)}</del>}
                    {c.kind === 'changed' && <span aria-hidden> → </span>}
                    {c.kind !== 'removed' && <ins className="text-ink no-underline">{shortly(c.after)}</ins>}
                  </p>
                </div>
              </li>
            ))}
          </ul>
          {changes.length >= most && <p className="pt-3 text-ink-3 text-xs">The first {most} differences.</p>}
        </>
      )}
    </Dialog>
  );
}
