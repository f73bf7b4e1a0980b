'use client';
import type { AgentLogLine } from '@reeve/core/vocabulary';
import { useEffect, useRef, useState } from 'react';
import { useTRPCClient } from '@/trpc';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { SkeletonRows } from '@/ui/skeleton';
import { formatClock } from '@/vocabulary/format';

/** So many lines stay in the page; the rest is on the server. */
const mostLines = 1000;

/** The tail of the output, asked for each second while open. It follows the end until somebody scrolls up. */
export function AgentOutput({ id }: { id: string }) {
  const { lines, error, retry } = useTail(id);
  const box = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: new lines are what scrolls
  useEffect(() => {
    if (following.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines]);
  if (lines === null && error) return <ErrorState error={error} title="The output could not be read" onRetry={retry} />;
  if (lines === null) return <SkeletonRows label="Loading output" />;
  if (lines.length === 0)
    return (
      <EmptyState title="Nothing was printed yet">
        What a process writes to stdout and stderr is kept here, if a runner started it.
      </EmptyState>
    );
  return (
    <div
      ref={box}
      role="log"
      aria-label="Output"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      className="min-h-0 flex-1 overflow-auto bg-sunken px-3 py-2 font-mono text-xs leading-[18px] outline-offset-[-2px]"
      onScroll={(e) => {
        const b = e.currentTarget;
        following.current = b.scrollHeight - b.scrollTop - b.clientHeight < 24;
      }}
    >
      {lines.map((l) => (
        <div key={l.n} className="flex gap-2.5" title={formatClock(l.at)}>
          <span className={`wrap-anywhere min-w-0 whitespace-pre-wrap ${l.stream === 'stderr' ? 'text-attention' : 'text-ink-2'}`}>
            {plain(l.text) || ' '}
          </span>
        </div>
      ))}
    </div>
  );
}
/** Terminal colours mean nothing here. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what they are
const plain = (text: string): string => text.replace(/\u001b\[[0-9;?]*[a-zA-Z]/g, '');

function useTail(id: string) {
  const client = useTRPCClient();
  const [lines, setLines] = useState<AgentLogLine[] | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [round, setRound] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round starts over
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    let gone = false;
    let after: number | undefined;
    setLines(null);
    const read = async () => {
      try {
        const { items } = await client.agents.logs.query({ id, ...(after === undefined ? {} : { after }), limit: 500 });
        if (gone) return;
        setError(null);
        after = items.at(-1)?.n ?? after;
        setLines((old) => (old && items.length === 0 ? old : [...(old ?? []), ...items].slice(-mostLines)));
      } catch (e) {
        if (!gone) setError(e);
      }
      if (!gone) timer = setTimeout(read, document.hidden ? 5000 : 1000);
    };
    void read();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [client, id, round]);
  return { lines, error, retry: () => setRound((r) => r + 1) };
}
