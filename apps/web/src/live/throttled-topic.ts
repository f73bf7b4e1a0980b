'use client';
import { useEffect, useState } from 'react';
import { useLiveStore } from './provider';
import type { Topic } from './store';

/**
 * The version of a topic, renewed at most every `everyMs`: for lists that sort 10,000 records and for charts, which
 * need not follow every frame. The first change after a pause shows at once, the last one is never lost.
 */
export function useTopicAtMost(topic: Topic, everyMs: number): number {
  const store = useLiveStore();
  const [version, setVersion] = useState(() => store.version(topic));
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let lastMs = 0;
    const show = () => {
      timer = undefined;
      lastMs = performance.now();
      setVersion(store.version(topic));
    };
    const heard = () => {
      if (timer) return;
      const wait = lastMs + everyMs - performance.now();
      if (wait <= 0) show();
      else timer = setTimeout(show, wait);
    };
    show();
    const off = store.subscribeTopic(topic, heard);
    return () => {
      off();
      clearTimeout(timer);
    };
  }, [store, topic, everyMs]);
  return version;
}
