'use client';
import { useEffect, useState } from 'react';
import { stateAt, useLiveStore } from '@/live';
import { agentMarks, agentStateOrder } from '@/vocabulary/state-marks';

/** Tells a screen reader the counts by state, politely: when they changed, at most every ten seconds. */
export function FleetAnnouncer() {
  const store = useLiveStore();
  const [text, setText] = useState('');
  useEffect(() => {
    const read = () => {
      const parts = agentStateOrder.flatMap((s) => {
        const n = store.tree.totals[stateAt[s]] ?? 0;
        return n ? [`${n} ${agentMarks[s].word.toLowerCase()}`] : [];
      });
      setText(parts.length ? `Agents: ${parts.join(', ')}.` : 'No agents.');
    };
    const timer = setInterval(read, 10_000);
    return () => clearInterval(timer);
  }, [store]);
  return (
    <div aria-live="polite" className="sr-only">
      {text}
    </div>
  );
}
