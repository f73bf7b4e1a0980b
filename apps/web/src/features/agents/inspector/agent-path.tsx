'use client';
import { Fragment } from 'react';
import { useLiveStore, useTopic } from '@/live';
import { useSelectedAgent } from '@/ui/use-url';

/** From the root down to the parent; each opens its own inspector. */
export function AgentPath({ id }: { id: string }) {
  const store = useLiveStore();
  useTopic('tree');
  const [, select] = useSelectedAgent();
  const path: string[] = [];
  for (let p = store.tree.parent(id); p && path.length < 64; p = store.tree.parent(p)) path.unshift(p);
  if (path.length === 0) return <p className="text-ink-3 text-xs">Root of its session</p>;
  // far down, the middle is left out
  const shown = path.length > 4 ? [path[0], null, ...path.slice(-2)] : path;
  return (
    <nav aria-label="Path" className="flex min-w-0 items-center gap-1 overflow-hidden text-ink-3 text-xs">
      {shown.map((p, i) => (
        <Fragment key={p ?? 'gap'}>
          {i > 0 && <span aria-hidden>/</span>}
          {p ? (
            <button type="button" className="min-w-0 truncate hover:text-ink hover:underline" onClick={() => select(p)}>
              {store.agents.get(p)?.name ?? p}
            </button>
          ) : (
            <span title={`${path.length - 3} more`}>…</span>
          )}
        </Fragment>
      ))}
    </nav>
  );
}
