import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { cn } from './cn';

/** What belongs here, why nothing is here, what to do next. */
export function EmptyState({
  icon: Icon,
  title,
  children,
  action,
  className,
}: {
  icon?: LucideIcon;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  className?: string;
}) {
  return (
    <div className={cn('flex flex-col items-center justify-center gap-2 px-6 py-10 text-center', className)}>
      {Icon && (
        <span className="mb-1 flex size-10 items-center justify-center rounded-lg border border-line bg-surface text-ink-3">
          <Icon size={18} aria-hidden />
        </span>
      )}
      <p className="font-semibold text-base">{title}</p>
      {children && <div className="max-w-md text-pretty text-ink-3 text-sm">{children}</div>}
      {action && <div className="mt-2 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}
