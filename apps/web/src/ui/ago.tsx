'use client';
import { formatAgo, formatDateTime, formatDuration, msOf } from '@/vocabulary/format';
import { cn } from './cn';
import { useNow } from './use-now';

/** "4 s ago", ticking once a second with every other age on the page; the moment itself on hover. */
export function Ago({ at, suffix = true, className }: { at: number | string | null; suffix?: boolean; className?: string }) {
  const now = useNow();
  if (at === null) return <span className={className}>never</span>;
  const ms = now - msOf(at);
  return (
    <time className={className} title={now ? formatDateTime(at) : undefined} dateTime={new Date(at).toISOString()} suppressHydrationWarning>
      {now ? (suffix ? formatAgo(ms) : formatDuration(Math.max(ms, 1000))) : ''}
    </time>
  );
}

/** A length of time; `until` left out means it still runs. */
export function Duration({ from, until, className }: { from: number | string; until?: number | string | null; className?: string }) {
  const now = useNow();
  const end = until == null ? now : msOf(until);
  return <span className={className}>{end ? formatDuration(end - msOf(from)) : ''}</span>;
}

/** What is left of a lease or a deadline; turns to `over` when nothing is. */
export function Countdown({
  until,
  over = 'over',
  warnMs = 5000,
  className,
}: {
  until: number | string;
  over?: string;
  warnMs?: number;
  className?: string;
}) {
  const now = useNow();
  const left = msOf(until) - now;
  if (!now) return <span className={className} />;
  return (
    <time
      dateTime={new Date(until).toISOString()}
      className={cn(left < warnMs && 'text-attention', className)}
      title={formatDateTime(until)}
    >
      {left <= 0 ? over : `${formatDuration(Math.ceil(left / 1000) * 1000)} left`}
    </time>
  );
}
