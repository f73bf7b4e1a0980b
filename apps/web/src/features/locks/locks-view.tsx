'use client';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Lock } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useLiveReady, useLocks, useSlowTopic } from '@/live';
import { useTRPC } from '@/trpc';
import { Card, CardHeader } from '@/ui/card';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { PageBody } from '@/ui/page-header';
import { SkeletonRows } from '@/ui/skeleton';
import { plural } from '@/vocabulary/format';
import { BarrierTable } from './barrier-table';
import { Deadlocks } from './deadlocks';
import { ForceRelease } from './force-release';
import { LockTable } from './lock-table';
import { AgentName, thing } from './names';
import { waitEdges } from './wait-edges';
import { WaitRing } from './wait-ring';

const most = 200;

/** Who holds what, who waits for whom, and what was a deadlock. */
export function LocksView() {
  const trpc = useTRPC();
  const ready = useLiveReady();
  const { locks: inUse, barriers } = useLocks();
  const moved = useSlowTopic('locks', 500);
  const deadlocks = useQuery({ ...trpc.locks.deadlocks.queryOptions({ limit: 10 }), placeholderData: keepPreviousData });
  const { refetch } = deadlocks;
  // whoever breaks up a deadlock changes a lock
  // biome-ignore lint/correctness/useExhaustiveDependencies: that a lock moved is the reason to look
  useEffect(() => void refetch(), [refetch, moved]);
  const [releasing, setReleasing] = useState<string | null>(null);
  if (deadlocks.isError && !deadlocks.data)
    return <ErrorState error={deadlocks.error} title="The locks could not be loaded" onRetry={() => void refetch()} />;
  if (!ready || !deadlocks.data) return <SkeletonRows rows={10} label="Loading locks" />;
  const held = inUse.slice(0, most);
  const open = barriers.slice(0, most);
  const found = deadlocks.data.items;
  const lock = held.find((l) => l.name === releasing);
  if (held.length + open.length + found.length === 0)
    return (
      <EmptyState icon={Lock} title="Nobody holds or waits" className="flex-1">
        Locks, semaphores and barriers of the project appear here while an agent holds one or waits at one. Agents take them with
        <code className="mx-1 font-mono text-xs">agent.lock('deploy')</code>or over HTTP.
      </EmptyState>
    );
  const { nodes, edges } = waitEdges(held, open);
  return (
    <PageBody className="flex flex-col gap-4">
      <Card>
        <CardHeader title="Locks" hint={inUse.length > most ? `the first ${most} by name` : `${plural(held.length, 'lock')} in use`} />
        {held.length ? <LockTable locks={held} onRelease={(l) => setReleasing(l.name)} /> : <Nothing>No lock is held.</Nothing>}
      </Card>
      {edges.length > 0 && (
        <Card>
          <CardHeader title="Who waits for whom" hint="an arrow points to who must go first" />
          <div className="flex flex-wrap items-center gap-x-6 gap-y-2 px-4 py-3">
            <WaitRing nodes={nodes} edges={edges} label={`${nodes.length} agents, ${edges.length} waits`} />
            <ul className="flex min-w-0 flex-1 basis-64 flex-col gap-0.5 text-sm" data-testid="wait-list">
              {edges.slice(0, 40).map((e) => (
                <li key={`${e.from} ${e.at} ${e.to}`} className="flex items-baseline gap-1.5">
                  <AgentName id={e.from} name={nodes.find((n) => n.id === e.from)?.name ?? null} />
                  <span className="shrink-0 text-ink-3">waits at {thing(e.at)} for</span>
                  <AgentName id={e.to} name={nodes.find((n) => n.id === e.to)?.name ?? null} />
                </li>
              ))}
              {edges.length > 40 && <li className="text-ink-3">and {edges.length - 40} more</li>}
            </ul>
          </div>
        </Card>
      )}
      {open.length > 0 && (
        <Card>
          <CardHeader title="Barriers" hint="where somebody waits" />
          <BarrierTable barriers={open} />
        </Card>
      )}
      {found.length > 0 && (
        <Card>
          <CardHeader title="Deadlocks" hint="found and broken up, newest first" />
          <Deadlocks deadlocks={found} />
        </Card>
      )}
      {lock && <ForceRelease key={lock.name} lock={lock} onClose={() => setReleasing(null)} />}
    </PageBody>
  );
}
const Nothing = ({ children }: { children: string }) => <p className="px-4 py-3 text-ink-3 text-sm">{children}</p>;
