import type { ReactNode } from 'react';
import { cn } from './cn';

/** The one heading of a page, with its controls on the right. 48 px, so that pages do not jump. */
export function PageHeader({
  title,
  hint,
  children,
  flat,
  className,
}: {
  title: ReactNode;
  hint?: ReactNode;
  children?: ReactNode;
  /** On phones the controls flow beside the title instead of under it; they order themselves. */
  flat?: boolean;
  className?: string;
}) {
  return (
    <header
      className={cn('flex min-h-12 shrink-0 flex-wrap items-center gap-x-3 gap-y-1.5 border-line border-b bg-surface px-4 py-2', className)}
    >
      <h1 className="font-semibold text-lg leading-8">{title}</h1>
      {hint && <span className="min-w-0 text-ink-3 text-sm">{hint}</span>}
      {children && <div className={cn('ml-auto flex flex-wrap items-center gap-2', flat && 'max-sm:contents')}>{children}</div>}
    </header>
  );
}
/** The scrolling body under a `PageHeader`. */
export function PageBody({ className, children }: { className?: string; children: ReactNode }) {
  return (
    <div data-page-body className={cn('relative min-h-0 flex-1 overflow-y-auto p-4', className)}>
      {children}
    </div>
  );
}
