'use client';
import { Button } from '@/ui/button';
import { EmptyState } from '@/ui/empty-state';

/** A bug of ours on one page; rail, strip and stop stay usable. */
export default function PageError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <div role="alert" className="flex flex-1 flex-col">
      <EmptyState title="This page broke" className="flex-1" action={<Button onClick={reset}>Draw it again</Button>}>
        The fleet is not affected. If it happens again, tell us: <span className="font-mono text-xs">{error.digest ?? error.message}</span>
      </EmptyState>
    </div>
  );
}
