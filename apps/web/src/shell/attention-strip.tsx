'use client';
import { Search } from 'lucide-react';
import Link from 'next/link';
import { useLiveReady } from '@/live';
import { IconButton } from '@/ui/button';
import { Logo } from '@/ui/logo';
import { StateMark } from '@/ui/state-mark';
import { LiveBadge } from './live-badge';
import type { Need } from './needs-me';
import { prefetchOf } from './use-warm';

/** Above every page: what waits for a person, and how fresh the screen is. It keeps its height, so that no page jumps. */
export function AttentionStrip({ needs, warm, onMenu }: { needs: Need[]; warm: boolean; onMenu(): void }) {
  const ready = useLiveReady();
  return (
    <div className="flex h-10 shrink-0 items-center gap-1 border-line border-b bg-surface pr-2 pl-3 md:h-9 md:pr-4">
      <Link href="/" prefetch={prefetchOf(warm)} aria-label="Reeve, overview" className="mr-1 md:hidden">
        <Logo />
      </Link>
      <nav aria-label="Needs attention" className="flex min-w-0 flex-1 items-center gap-1 overflow-x-auto [scrollbar-width:none]">
        {needs.map((n) => (
          <Link
            key={n.key}
            href={n.href}
            prefetch={prefetchOf(warm)}
            className="flex h-7 shrink-0 items-center rounded-md px-2 outline-offset-[-2px] hover:bg-hover"
          >
            <StateMark mark={{ ...n.mark, word: n.text }} />
          </Link>
        ))}
        {ready && needs.length === 0 && <span className="px-1 text-ink-3 text-xs">Nothing needs you</span>}
      </nav>
      <LiveBadge />
      <IconButton label="Menu" onClick={onMenu} className="md:hidden">
        <Search size={16} />
      </IconButton>
    </div>
  );
}
