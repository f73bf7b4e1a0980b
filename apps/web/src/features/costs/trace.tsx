import type { ReactNode } from 'react';

/** A figure that leads to what it is made of. */
export const Trace = ({
  onClick,
  tabIndex,
  title,
  children,
}: {
  onClick(): void;
  tabIndex?: number;
  title?: string;
  children: ReactNode;
}) => (
  <button
    type="button"
    tabIndex={tabIndex}
    className="rounded text-left hover:text-accent hover:underline"
    title={title ?? 'Show what it is made of'}
    onClick={onClick}
  >
    {children}
  </button>
);
