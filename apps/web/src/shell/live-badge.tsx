'use client';
import { useLiveStatus } from '@/live';
import { cn } from '@/ui/cn';
import { useNow } from '@/ui/use-now';
import { formatAgo } from '@/vocabulary/format';

/** "Live · 2 s ago" or that it is not; what is on screen stays usable either way. */
export function LiveBadge() {
  const { phase, lastHeardMs } = useLiveStatus();
  const now = useNow();
  const ago = lastHeardMs !== null && now ? formatAgo(now - lastHeardMs) : null;
  const words = {
    loading: 'Connecting…',
    live: 'Live',
    reconnecting: 'Reconnecting…',
    failed: 'Not connected',
  } as const;
  const tone = phase === 'live' ? 'bg-success' : phase === 'failed' ? 'bg-danger' : 'bg-attention pulse-soft';
  return (
    <span
      data-testid="live-status"
      data-phase={phase}
      role="status"
      title={
        phase === 'live'
          ? 'Every change arrives here as it happens.'
          : 'What you see is as old as the last contact. Controls still work once the server is back.'
      }
      className="inline-flex items-center gap-2 whitespace-nowrap text-ink-2 text-xs"
    >
      <span aria-hidden className={cn('size-2 rounded-full', tone)} />
      <span>{words[phase]}</span>
      {ago && phase !== 'loading' && (
        <span aria-hidden className="text-ink-3 max-sm:hidden">
          · {ago}
        </span>
      )}
    </span>
  );
}
