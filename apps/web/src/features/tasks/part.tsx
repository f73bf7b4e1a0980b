import type { ReactNode } from 'react';

export function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="border-line border-t px-4 py-3 text-sm">
      <h3 className="mb-1.5 font-semibold text-xs">{title}</h3>
      {children}
    </section>
  );
}
