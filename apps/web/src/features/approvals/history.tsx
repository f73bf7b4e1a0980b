'use client';
import type { ChangeApproval, ChangeView } from '@reeve/core/vocabulary';
import { useLiveStore, useTopicAtMost } from '@/live';
import { Ago } from '@/ui/ago';
import { StateMark } from '@/ui/state-mark';
import { formatClock, formatDateTime } from '@/vocabulary/format';
import { changeMarks, type Mark } from '@/vocabulary/state-marks';
import { shortHash } from './short-hash';

/** The log speaks of agents by id; a person knows them by name. */
export function useNames(): (text: string) => string {
  const store = useLiveStore();
  useTopicAtMost('agents', 5000);
  return (text) => text.replace(/\bagt_[0-9a-f]{32}\b/g, (id) => store.agents.get(id)?.name ?? id);
}

export function Timeline({ items }: { items: ChangeView['timeline'] }) {
  const named = useNames();
  if (!items.length) return <p className="text-ink-3 text-sm">Nothing has happened yet.</p>;
  return (
    <ol className="relative ml-1 border-line border-l pl-4">
      {items.map((item, i) => (
        <li
          // biome-ignore lint/suspicious/noArrayIndexKey: a log that only grows at its end
          key={i}
          className="relative py-1 text-sm before:absolute before:top-[11px] before:-left-[20.5px] before:size-2 before:rounded-full before:border-2 before:border-line-strong before:bg-surface"
        >
          <time dateTime={item.at} title={formatDateTime(item.at)} className="mr-2 font-mono text-ink-3 text-xs" suppressHydrationWarning>
            {formatClock(item.at)}
          </time>
          <span className="break-words text-ink-2">{named(item.text)}</span>
        </li>
      ))}
    </ol>
  );
}

const approved: Mark = { ...changeMarks.merged, word: 'Approved' };
const rejected: Mark = { ...changeMarks.rejected, word: 'Rejected' };

export function Approvals({ items, diffHash }: { items: readonly ChangeApproval[]; diffHash: string | null }) {
  const named = useNames();
  if (!items.length)
    return <p className="text-ink-3 text-sm">Nobody has decided yet. Nobody approves their own change or a descendant’s.</p>;
  return (
    <ul className="flex flex-col gap-2">
      {items.map((a) => (
        <li key={a.id} className="rounded-md border border-line px-3 py-2 text-sm">
          <p className="flex flex-wrap items-center gap-x-2">
            <StateMark mark={a.decision === 'approved' ? approved : rejected} />
            <span className="font-medium">{named(a.by)}</span>
            <span className="text-ink-3 text-xs">{a.byKind}</span>
            {a.override && <span className="text-attention text-xs">set the rules of the repository aside</span>}
            <Ago at={a.at} className="ml-auto text-ink-3 text-xs" />
          </p>
          {a.comment && <p className="mt-1 whitespace-pre-wrap break-words text-ink-2">{a.comment}</p>}
          <p className="mt-1 text-ink-3 text-xs">
            on <span className="font-mono">{shortHash(a.diffHash)}</span>
            {diffHash && a.diffHash !== diffHash && ': void, the change is another one by now'}
          </p>
        </li>
      ))}
    </ul>
  );
}
