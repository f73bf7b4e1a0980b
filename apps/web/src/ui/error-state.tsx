'use client';
import { Lock, RotateCw, Unplug } from 'lucide-react';
import type { ReactNode } from 'react';
import { failureOf } from '@/vocabulary/errors';
import { Button } from './button';
import { EmptyState } from './empty-state';

/** What happened, what to do, a way to try again. Takes whatever was thrown. */
export function ErrorState({
  error,
  title,
  onRetry,
  action,
  className,
}: {
  error: unknown;
  title?: string;
  onRetry?: () => void;
  action?: ReactNode;
  className?: string;
}) {
  const f = failureOf(error);
  const forbidden = f.status === 403;
  return (
    <div role="alert">
      <EmptyState
        className={className}
        icon={forbidden ? Lock : Unplug}
        title={title ?? (forbidden ? 'This is not for you to see' : 'This could not be loaded')}
        action={
          <>
            {onRetry && (
              <Button onClick={onRetry}>
                <RotateCw size={14} aria-hidden /> Try again
              </Button>
            )}
            {action}
          </>
        }
      >
        {f.what}
        {f.reference && <span className="mt-1 block font-mono text-xs">Reference {f.reference}</span>}
      </EmptyState>
    </div>
  );
}

/** The same in one line, inside forms and dialogs. */
export function ErrorLine({ error, className }: { error: unknown; className?: string }) {
  if (!error) return null;
  const f = failureOf(error);
  return (
    <p role="alert" className={`rounded-md bg-danger-soft px-3 py-2 text-danger text-sm ${className ?? ''}`}>
      {f.what}
      {f.reference && <span className="font-mono text-xs"> ({f.reference})</span>}
    </p>
  );
}
