'use client';
import type { HistoryView } from '@reeve/core/vocabulary';
import { useMutation } from '@tanstack/react-query';
import { Download, Flag, History, Radio } from 'lucide-react';
import Link from 'next/link';
import { useEffect, useRef, useState } from 'react';
import { useTRPCClient } from '@/trpc';
import { Button } from '@/ui/button';
import { notifyFailure } from '@/ui/toast';
import { writeUrl } from '@/ui/use-url';
import { formatDateTime } from '@/vocabulary/format';
import { Difference } from './difference';
import { PastFacts } from './past-facts';

const settleMs = 120;
const goTo = (seq: number) => writeUrl({ seq: String(seq) });

/** The slider over the log, and what can be done with a point of it. */
export function TimeBar({ seq, from, past }: { seq: number; from: number | null; past: HistoryView | undefined }) {
  const client = useTRPCClient();
  const [at, setAt] = useState(seq);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => setAt(seq), [seq]);
  useEffect(() => () => clearTimeout(timer.current), []);
  // while it is dragged only the last place is asked for
  const move = (to: number) => {
    setAt(to);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => goTo(to), settleMs);
  };
  const bundle = useMutation({
    mutationFn: (range: { from: number; to: number }) => client.history.bundle.query(range),
    onSuccess: (b, range) => {
      const url = URL.createObjectURL(new Blob([JSON.stringify(b, null, 1)], { type: 'application/json' }));
      const a = document.createElement('a');
      a.href = url;
      a.download = `incident-${range.from}-${range.to}.json`;
      a.click();
      URL.revokeObjectURL(url);
    },
    onError: (e) => notifyFailure(e),
  });
  const last = Math.max(past?.lastSeq ?? seq, seq);
  return (
    <section
      aria-label="Time travel"
      className="flex shrink-0 flex-col gap-2 border-line border-b bg-attention-soft px-4 py-2"
      data-testid="time-bar"
    >
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <span className="flex items-center gap-1.5 font-medium text-attention text-sm">
          <History size={14} aria-hidden />
          {past ? <time dateTime={past.at}>{formatDateTime(past.at)}</time> : 'Opening…'}
        </span>
        <input
          type="range"
          min={1}
          max={last}
          value={at}
          onChange={(e) => move(Number(e.target.value))}
          aria-label="Point in the log"
          aria-valuetext={`event ${at} of ${last}${past ? `, ${formatDateTime(past.at)}` : ''}`}
          className="h-6 min-w-40 flex-1 accent-[var(--accent)] max-sm:basis-full"
          data-testid="time-slider"
        />
        <Link href={`/activity`} className="text-ink-3 text-xs tabular-nums underline-offset-2 hover:underline">
          event {at} of {last}
        </Link>
        <Button
          size="sm"
          onClick={() => writeUrl({ from: from === null ? String(seq) : null })}
          aria-pressed={from !== null}
          data-testid="mark-point"
        >
          <Flag size={12} aria-hidden /> {from === null ? 'Compare from here' : `From event ${from}`}
        </Button>
        {from !== null && from !== seq && (
          <Button
            size="sm"
            busy={bundle.isPending}
            onClick={() => bundle.mutate({ from: Math.min(from, seq), to: Math.max(from, seq) })}
            data-testid="incident-bundle"
          >
            <Download size={12} aria-hidden /> Incident bundle
          </Button>
        )}
        <Button size="sm" variant="primary" onClick={() => writeUrl({ seq: null, from: null })} data-testid="back-to-live">
          <Radio size={12} aria-hidden /> Back to live
        </Button>
      </div>
      {past && <PastFacts past={past} />}
      {from !== null && from !== seq && <Difference from={from} to={seq} />}
      <p className="text-ink-3 text-xs">As the log tells it: nothing can be done here. The inspector shows an agent as it is now.</p>
    </section>
  );
}
