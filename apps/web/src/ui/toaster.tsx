'use client';
import { useTheme } from 'next-themes';
import { useEffect } from 'react';
import { Toaster as Sonner, toast } from 'sonner';

/** Where short messages appear. `onReady` gets the way to show one, once somebody listens. */
export function Toasts({ onReady }: { onReady(show: typeof toast): void }) {
  const { resolvedTheme } = useTheme();
  useEffect(() => onReady(toast), [onReady]);
  return (
    <Sonner
      theme={resolvedTheme === 'dark' ? 'dark' : 'light'}
      position="bottom-right"
      offset={16}
      mobileOffset={{ bottom: 72 }}
      toastOptions={{
        style: {
          background: 'var(--raised)',
          border: '1px solid var(--line-strong)',
          color: 'var(--ink)',
          borderRadius: 8,
          boxShadow: 'var(--shadow-pop)',
          fontSize: 13,
        },
      }}
    />
  );
}
