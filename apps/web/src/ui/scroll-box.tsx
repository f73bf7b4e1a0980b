import type { ComponentProps } from 'react';
import { cn } from './cn';

/**
 * A box that scrolls: named, and reachable by keyboard, or what it hides is lost to who has no mouse. It is positioned,
 * so that words for screen readers inside it (`sr-only` is absolute) scroll with it and do not lengthen the page.
 */
export function ScrollBox({ label, className, ...props }: ComponentProps<'section'> & { label: string }) {
  // biome-ignore lint/a11y/noNoninteractiveTabindex: focus is what lets the arrow keys scroll it
  return <section aria-label={label} tabIndex={0} className={cn('relative', className)} {...props} />;
}
