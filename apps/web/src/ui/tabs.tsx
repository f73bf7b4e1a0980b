'use client';
import { Tabs as T } from 'radix-ui';
import type { ComponentProps, ReactNode } from 'react';
import { cn } from './cn';

export const Tabs = T.Root;
export function TabList({ className, ...props }: ComponentProps<typeof T.List>) {
  return <T.List className={cn('flex gap-4 overflow-x-auto border-line border-b px-4', className)} {...props} />;
}
export function Tab({ className, ...props }: ComponentProps<typeof T.Trigger>) {
  return (
    <T.Trigger
      className={cn(
        '-mb-px inline-flex h-9 items-center gap-1.5 whitespace-nowrap border-transparent border-b-2 font-medium text-ink-3 text-sm hover:text-ink data-[state=active]:border-accent data-[state=active]:text-ink',
        className,
      )}
      {...props}
    />
  );
}
export function TabPanel({ className, ...props }: ComponentProps<typeof T.Content>) {
  return <T.Content className={cn('outline-none', className)} {...props} />;
}

/** One of a few: two to four words side by side. A radio group to assistive technology. */
export function Segmented<V extends string>({
  label,
  value,
  onChange,
  options,
  className,
}: {
  label: string;
  value: V;
  onChange(value: V): void;
  options: readonly { value: V; label: ReactNode; hint?: string }[];
  className?: string;
}) {
  return (
    <fieldset className={cn('inline-flex h-8 items-center rounded-md border border-line bg-sunken p-0.5', className)}>
      <legend className="sr-only">{label}</legend>
      {options.map((o) => (
        <label
          key={o.value}
          title={o.hint}
          className={cn(
            'inline-flex h-[26px] flex-1 cursor-pointer items-center justify-center gap-1.5 whitespace-nowrap rounded px-2.5 font-medium text-ink-2 text-xs hover:text-ink has-focus-visible:outline-2 has-focus-visible:outline-accent',
            value === o.value && 'bg-raised text-ink shadow-[0_0_0_1px_var(--line-strong)]',
          )}
        >
          <input type="radio" className="sr-only" name={label} checked={value === o.value} onChange={() => onChange(o.value)} />
          {o.label}
        </label>
      ))}
    </fieldset>
  );
}
