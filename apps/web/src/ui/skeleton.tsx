import { cn } from './cn';

export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={cn('shimmer h-4 rounded', className)} />;
}
/** Lines in the shape of what will stand here; says so to screen readers once. */
export function SkeletonRows({ rows = 5, className, label = 'Loading' }: { rows?: number; className?: string; label?: string }) {
  return (
    <div role="status" className={cn('flex flex-col gap-3 p-4', className)}>
      <span className="sr-only">{label}</span>
      {Array.from({ length: rows }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: identical placeholders
        <Skeleton key={i} className={['w-11/12', 'w-9/12', 'w-10/12', 'w-7/12'][i % 4]} />
      ))}
    </div>
  );
}
