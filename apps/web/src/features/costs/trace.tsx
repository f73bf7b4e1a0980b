import type { ReactNode } from 'react';

/** A figure that leads to what it is made of. */
export const Trace = ({ onClick, children }: { onClick(): void; children: ReactNode }) => (
  <button type="button" className="rounded text-left hover:text-accent hover:underline" title="Show what it is made of" onClick={onClick}>
    {children}
  </button>
);
