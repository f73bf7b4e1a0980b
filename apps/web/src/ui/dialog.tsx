'use client';
import { X } from 'lucide-react';
import { Dialog as D } from 'radix-ui';
import { type ReactNode, useRef } from 'react';
import { IconButton } from './button';
import { cn } from './cn';

const overlay = 'fade-in fixed inset-0 z-40 bg-black/40 dark:bg-black/60';
type Props = {
  open: boolean;
  onOpenChange(open: boolean): void;
  title: ReactNode;
  description?: ReactNode;
  children: ReactNode;
  /** Buttons come last, after what they decide on. */
  footer?: ReactNode;
  className?: string;
  testId?: string;
};

/** Centred on a desk, a sheet from below on a phone. */
export function Dialog({ open, onOpenChange, title, description, children, footer, className, testId }: Props) {
  const content = useRef<HTMLDivElement>(null);
  const opener = useRef<Element | null>(null);
  return (
    <D.Root open={open} onOpenChange={onOpenChange}>
      <D.Portal>
        <D.Overlay className={overlay} />
        <D.Content
          ref={content}
          tabIndex={-1}
          // the dialog itself: the first button would be Close, with its hint popping up
          onOpenAutoFocus={(e) => {
            e.preventDefault();
            opener.current = document.activeElement;
            const wanted = content.current?.querySelector<HTMLElement>('[autofocus], [data-autofocus]');
            (wanted ?? content.current)?.focus();
          }}
          // it has no trigger of its own: the keys go on where they were
          onCloseAutoFocus={(e) => {
            e.preventDefault();
            if (opener.current instanceof HTMLElement) opener.current.focus({ preventScroll: true });
          }}
          data-testid={testId}
          {...(description ? {} : { 'aria-describedby': undefined })}
          className={cn(
            'max-sm:sheet-in sm:pop-in fixed inset-x-0 bottom-0 z-50 flex max-h-[92dvh] flex-col rounded-t-xl border border-line-strong bg-raised shadow-pop outline-none',
            'sm:inset-x-auto sm:top-1/2 sm:bottom-auto sm:left-1/2 sm:w-[min(640px,calc(100vw-32px))] sm:-translate-x-1/2 sm:-translate-y-1/2 sm:rounded-xl',
            className,
          )}
        >
          <header className="flex items-start gap-3 border-line border-b px-4 py-3">
            <div className="min-w-0 flex-1">
              <D.Title className="font-semibold text-lg">{title}</D.Title>
              {description && <D.Description className="text-ink-3 text-sm">{description}</D.Description>}
            </div>
            <D.Close asChild>
              <IconButton label="Close" keys="Esc">
                <X size={16} />
              </IconButton>
            </D.Close>
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto p-4">{children}</div>
          {footer && (
            <footer className="flex flex-wrap items-center justify-end gap-2 border-line border-t px-4 py-3 pb-[max(12px,env(safe-area-inset-bottom))]">
              {footer}
            </footer>
          )}
        </D.Content>
      </D.Portal>
    </D.Root>
  );
}

/** A sheet from the bottom, for phones. */
export function Sheet({ open, onOpenChange, title, children, className, testId }: Omit<Props, 'footer' | 'description'>) {
  return (
    <D.Root open={open} onOpenChange={onOpenChange}>
      <D.Portal>
        <D.Overlay className={overlay} />
        <D.Content
          data-testid={testId}
          aria-describedby={undefined}
          onOpenAutoFocus={(e) => e.preventDefault()}
          className={cn(
            'sheet-in fixed inset-x-0 bottom-0 z-50 flex h-[85dvh] flex-col rounded-t-xl border-line-strong border-t bg-surface shadow-pop outline-none',
            className,
          )}
        >
          <D.Title className="sr-only">{title}</D.Title>
          {children}
        </D.Content>
      </D.Portal>
    </D.Root>
  );
}
