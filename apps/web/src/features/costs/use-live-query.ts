'use client';
import { useEffect } from 'react';
import { type Topic, useTopicAtMost } from '@/live';

/** Asks again while costs move, or another topic, at most every `everyMs`, one request at a time, and not while nobody looks. */
export function useFollowCosts(
  query: { refetch(options: { cancelRefetch: boolean }): unknown },
  everyMs: number,
  topic: Topic = 'costs',
): void {
  const version = useTopicAtMost(topic, everyMs);
  const { refetch } = query;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new version means new amounts
  useEffect(() => {
    if (!document.hidden) void refetch({ cancelRefetch: false });
  }, [version, refetch]);
}
