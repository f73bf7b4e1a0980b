'use client';
import { useMutation } from '@tanstack/react-query';
import { Play } from 'lucide-react';
import { useTRPC } from '@/trpc';
import { Button } from '@/ui/button';
import { notifyFailure } from '@/ui/toast';

/** Starts the demo fleet again; its first agent shows in the tree when its process runs. */
export function StartDemo() {
  const trpc = useTRPC();
  const start = useMutation(trpc.demo.start.mutationOptions({ onError: (e) => notifyFailure(e) }));
  return (
    <Button onClick={() => start.mutate()} busy={start.isPending} data-testid="start-demo">
      <Play size={14} aria-hidden /> {start.isSuccess ? 'The demo fleet starts…' : 'Start the demo fleet'}
    </Button>
  );
}
