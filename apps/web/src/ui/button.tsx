'use client';
import { cva, type VariantProps } from 'class-variance-authority';
import { Slot } from 'radix-ui';
import type { ComponentProps } from 'react';
import { cn } from './cn';
import { Tooltip } from './tooltip';

export const buttonStyle = cva(
  'inline-flex shrink-0 select-none items-center justify-center gap-1.5 whitespace-nowrap rounded-md font-medium transition-colors disabled:cursor-not-allowed disabled:opacity-50 aria-disabled:cursor-not-allowed aria-disabled:opacity-50 [&_svg]:shrink-0',
  {
    variants: {
      variant: {
        secondary: 'border border-line-strong bg-surface text-ink hover:bg-hover aria-disabled:hover:bg-surface',
        primary: 'bg-accent text-accent-ink hover:bg-accent-hover',
        ghost: 'text-ink-2 hover:bg-hover hover:text-ink',
        danger: 'bg-danger text-white hover:brightness-110 dark:text-[#1a0508]',
        'danger-quiet': 'border border-line-strong bg-surface text-danger hover:border-danger hover:bg-danger-soft',
        link: 'h-auto! px-0! text-accent underline-offset-2 hover:underline',
      },
      size: {
        sm: 'h-7 px-2 text-xs',
        md: 'h-8 px-3 text-sm',
        lg: 'h-10 px-4 text-base',
        icon: 'size-8',
        'icon-sm': 'size-7',
      },
    },
    defaultVariants: { variant: 'secondary', size: 'md' },
  },
);
export type ButtonProps = ComponentProps<'button'> &
  VariantProps<typeof buttonStyle> & {
    asChild?: boolean;
    /** Disables the button and says why; it stays focusable, so that everybody can learn the reason. */
    why?: string | null | false;
    /** Shows that the request is on its way; the label stays. */
    busy?: boolean;
  };

export function Button({ className, variant, size, asChild, why, busy, onClick, children, disabled, ...props }: ButtonProps) {
  const Comp = asChild ? Slot.Root : 'button';
  const button = (
    <Comp
      {...(asChild ? {} : { type: 'button' as const })}
      className={cn(buttonStyle({ variant, size }), className)}
      disabled={disabled}
      aria-disabled={why || busy ? true : undefined}
      aria-busy={busy || undefined}
      onClick={why || busy ? (e) => e.preventDefault() : onClick}
      {...props}
    >
      {asChild ? (
        children
      ) : (
        <>
          {busy && <span aria-hidden className="size-3 animate-spin rounded-full border-2 border-current border-t-transparent" />}
          {children}
        </>
      )}
    </Comp>
  );
  return why ? <Tooltip content={why}>{button}</Tooltip> : button;
}

/** A square button with a glyph: its label is read aloud and shown on hover. */
export function IconButton({ label, keys, size = 'icon-sm', variant = 'ghost', ...props }: ButtonProps & { label: string; keys?: string }) {
  return (
    <Tooltip content={props.why ? `${label}: ${props.why}` : label} keys={keys}>
      <Button aria-label={label} size={size} variant={variant} {...props} why={null} aria-disabled={props.why ? true : undefined} />
    </Tooltip>
  );
}
