'use client';
import { ChevronDown } from 'lucide-react';
import { type ComponentProps, createContext, type ReactNode, useContext, useId } from 'react';
import { cn } from './cn';

type Ids = { id: string; describedBy: string | undefined; invalid: boolean };
const FieldContext = createContext<Ids | null>(null);

/** Label, control, hint and error, tied together. The control inside takes its id from here. */
export function Field({
  label,
  hint,
  error,
  hideLabel,
  className,
  children,
}: {
  label: ReactNode;
  hint?: ReactNode;
  error?: ReactNode;
  hideLabel?: boolean;
  className?: string;
  children: ReactNode;
}) {
  const id = useId();
  const note = error ?? hint;
  return (
    <FieldContext value={{ id, describedBy: note ? `${id}-note` : undefined, invalid: Boolean(error) }}>
      <div className={cn('flex flex-col gap-1', className)}>
        <label htmlFor={id} className={hideLabel ? 'sr-only' : 'font-medium text-ink-2 text-xs'}>
          {label}
        </label>
        {children}
        {note && (
          <p id={`${id}-note`} className={cn('text-xs', error ? 'text-danger' : 'text-ink-3')}>
            {note}
          </p>
        )}
      </div>
    </FieldContext>
  );
}
function useField() {
  const ids = useContext(FieldContext);
  return ids ? { id: ids.id, 'aria-describedby': ids.describedBy, 'aria-invalid': ids.invalid || undefined } : {};
}
// 16 px on phones, or iOS zooms into the page
const control =
  'w-full rounded-md border border-line-strong bg-surface text-base text-ink placeholder:text-ink-3 hover:border-ink-3 focus-visible:border-accent focus-visible:outline-1 focus-visible:outline-offset-0 aria-invalid:border-danger disabled:opacity-50 max-sm:text-[16px] sm:text-sm';

export function Input({ className, ...props }: ComponentProps<'input'>) {
  return <input {...useField()} className={cn(control, 'h-8 px-2.5', className)} {...props} />;
}
export function Textarea({ className, ...props }: ComponentProps<'textarea'>) {
  return <textarea {...useField()} rows={3} className={cn(control, 'px-2.5 py-1.5', className)} {...props} />;
}
/** The platform's own select: it works with every assistive technology and on every phone. */
export function Select({ className, wrapClassName, children, ...props }: ComponentProps<'select'> & { wrapClassName?: string }) {
  return (
    <span className={cn('relative inline-flex', wrapClassName)}>
      <select {...useField()} className={cn(control, 'h-8 appearance-none truncate pr-7 pl-2.5', className)} {...props}>
        {children}
      </select>
      <ChevronDown aria-hidden size={14} className="pointer-events-none absolute top-1/2 right-2 -translate-y-1/2 text-ink-3" />
    </span>
  );
}
export function Checkbox({ label, className, ...props }: ComponentProps<'input'> & { label: ReactNode }) {
  return (
    <label className={cn('inline-flex cursor-pointer items-center gap-2 text-sm', className)}>
      <input type="checkbox" className="size-4 accent-(--accent)" {...props} />
      {label}
    </label>
  );
}
