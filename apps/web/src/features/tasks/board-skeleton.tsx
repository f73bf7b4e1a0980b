import { Skeleton } from '@/ui/skeleton';

const heights = [3, 2, 2, 4, 1, 1];

/** Columns in the shape of the board. */
export function BoardSkeleton() {
  return (
    <div role="status" className="flex min-h-0 flex-1 gap-3 overflow-hidden p-4">
      <span className="sr-only">Loading tasks</span>
      {heights.map((n, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: identical placeholders
        <div key={i} className="flex w-[272px] shrink-0 flex-col gap-2 rounded-lg bg-sunken p-2">
          <Skeleton className="mb-1 w-20" />
          {Array.from({ length: n }, (_, k) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: identical placeholders
            <Skeleton key={k} className="h-[84px]" />
          ))}
        </div>
      ))}
    </div>
  );
}
