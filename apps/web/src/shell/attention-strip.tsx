'use client';
import Link from 'next/link';
import { StateMark } from '@/ui/state-mark';
import type { Need } from './needs-me';

/** Above every page, only while something waits for a person. */
export function AttentionStrip({ needs }: { needs: Need[] }) {
  if (needs.length === 0) return null;
  return (
    <nav aria-label="Needs attention" className="flex h-9 shrink-0 items-center gap-1 overflow-x-auto border-line border-b bg-surface px-3">
      {needs.map((n) => (
        <Link key={n.key} href={n.href} className="flex h-7 shrink-0 items-center rounded-md px-2 hover:bg-hover">
          <StateMark mark={{ ...n.mark, word: n.text }} />
        </Link>
      ))}
    </nav>
  );
}
