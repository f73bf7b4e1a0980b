'use client';
import { X } from 'lucide-react';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { useEffect } from 'react';
import { useAgent, useLiveStore, useStop, useTopic } from '@/live';
import { Countdown } from '@/ui/ago';
import { IconButton } from '@/ui/button';
import { StateMark } from '@/ui/state-mark';
import { useIsPhone } from '@/ui/use-media';
import { agentMarks, stopMarks } from '@/vocabulary/state-marks';
import { KillNow } from './kill-now';
import { subjectOf, summaryOf, unconfirmedMeaning } from './stop-words';
import { dismissStop, noticeStop, useWatchedStops } from './watched-stops';
import { WaveProgress } from './wave-progress';

/** Stops under way, on every page, until they were seen to end. */
export function StopPanels() {
  const store = useLiveStore();
  useTopic('stops');
  const path = usePathname();
  const phone = useIsPhone();
  const watched = useWatchedStops().filter((id) => path !== `/stops/${id}`);
  useEffect(() => {
    for (const s of store.stops.values()) if (s.state === 'stopping') noticeStop(s.id);
  });
  if (watched.length === 0) return null;
  const most = phone ? 1 : 3;
  return (
    <section
      aria-label="Stops"
      className="pointer-events-none fixed inset-x-2 bottom-[64px] z-30 flex flex-col gap-2 sm:inset-x-auto sm:left-4 sm:w-[340px] md:bottom-4 md:left-[68px] xl:left-[204px]"
    >
      {watched.length > most && (
        <Link
          href="/stops"
          className="pointer-events-auto w-fit rounded-md border border-line-strong bg-raised px-2 py-1 text-accent text-xs shadow-pop"
        >
          {watched.length - most} more
        </Link>
      )}
      {watched.slice(-most).map((id) => (
        <StopPanel key={id} id={id} />
      ))}
    </section>
  );
}

function StopPanel({ id }: { id: string }) {
  const stop = useStop(id);
  const root = useAgent(stop?.agentId ?? undefined);
  if (!stop) return null;
  const s = summaryOf(stop);
  const name = subjectOf(stop, root?.name);
  const done = stop.state === 'done';
  return (
    <article
      data-testid="stop-progress"
      data-state={stop.state}
      className="pop-in pointer-events-auto flex flex-col gap-3 rounded-lg border border-line-strong bg-raised p-3 shadow-pop"
    >
      <header className="flex items-start gap-2">
        <div className="min-w-0 flex-1">
          <p className="flex items-center gap-2">
            <StateMark mark={done ? stopMarks.done : stopMarks.stopping} />
            <span className="truncate font-semibold text-sm">{name}</span>
          </p>
          <p role="status" className="text-ink-2 text-sm">
            {s.text}
          </p>
        </div>
        <IconButton label="Hide this; the receipt stays" onClick={() => dismissStop(id)}>
          <X size={14} />
        </IconButton>
      </header>
      <div className="max-sm:hidden">
        <WaveProgress stop={stop} />
      </div>
      {s.unconfirmed > 0 && (
        <p className="text-ink-2 text-xs max-sm:hidden" title={unconfirmedMeaning}>
          <StateMark mark={agentMarks.unconfirmed} className="mr-1.5 align-bottom" />
          Nothing proves that it ended; the receipt says more.
        </p>
      )}
      <footer className="flex items-center gap-3">
        {!done && s.open > 0 && (
          <span className="text-ink-3 text-xs">
            Force: <Countdown until={stop.deadline} over="the grace is over" className="font-medium text-ink-2" />
          </span>
        )}
        <span className="ml-auto" />
        <Link href={`/stops/${id}`} className="text-accent text-xs hover:underline">
          Receipt
        </Link>
        <KillNow stop={stop} open={s.open} />
      </footer>
    </article>
  );
}
