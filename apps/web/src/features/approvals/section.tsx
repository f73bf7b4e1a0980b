import type { ReactNode } from 'react';

/** A titled part of a long page, quieter than a card: the reader goes through it from top to bottom. */
export function Section({ title, hint, children }: { title: string; hint?: ReactNode; children: ReactNode }) {
  return (
    <section aria-label={title} className="min-w-0">
      <header className="mb-2 flex flex-wrap items-baseline gap-x-3">
        <h2 className="font-semibold text-lg">{title}</h2>
        {hint && <span className="min-w-0 text-ink-3 text-xs">{hint}</span>}
      </header>
      {children}
    </section>
  );
}
