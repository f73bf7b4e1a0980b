'use client';
import type { ProjectView } from '@reeve/core/vocabulary';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useTRPC } from '@/trpc';

/** What an operator decided for the project. It changes rarely and is no part of the live frames: asked for every few seconds. */
export function useProject() {
  const trpc = useTRPC();
  const query = useQuery({ ...trpc.project.get.queryOptions(), refetchInterval: 3_000 });
  return { ...query, data: query.data as ProjectView | undefined };
}
/** Asks at once, for whoever has just changed it; done when the answer is on screen. */
export function useProjectChanged(): () => Promise<void> {
  const trpc = useTRPC();
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: trpc.project.get.queryKey() });
}
