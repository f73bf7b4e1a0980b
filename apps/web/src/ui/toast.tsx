'use client';
import { useTheme } from 'next-themes';
import { Toaster as Sonner, toast } from 'sonner';
import { failureOf } from '@/vocabulary/errors';

export function Toaster() {
  const { resolvedTheme } = useTheme();
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
/** For what was asked and accepted; never to claim that something has ended. */
export const notify = (text: string, description?: string): void => void toast(text, { description });
export const notifyFailure = (error: unknown, what = 'That did not work'): void =>
  void toast.error(what, { description: failureOf(error).what, duration: 8000 });
