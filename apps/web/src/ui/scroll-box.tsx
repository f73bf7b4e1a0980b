import type { ComponentProps } from 'react';

/** A box that scrolls: named, and reachable by keyboard, or what it hides is lost to who has no mouse. */
export function ScrollBox({ label, ...props }: ComponentProps<'section'> & { label: string }) {
  // biome-ignore lint/a11y/noNoninteractiveTabindex: focus is what lets the arrow keys scroll it
  return <section aria-label={label} tabIndex={0} {...props} />;
}
