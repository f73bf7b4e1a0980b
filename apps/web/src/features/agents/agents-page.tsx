'use client';
import { Network } from 'lucide-react';
import dynamic from 'next/dynamic';
import { useEffect } from 'react';
import { StartDemo } from '@/features/demo/start-demo';
import { Past, usePastSeq } from '@/features/history';
import { liveOf, useFleetReady, useLive, useLiveStatus } from '@/live';
import { again } from '@/ui/again';
import { Button } from '@/ui/button';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { Skeleton } from '@/ui/skeleton';
import { useSelectedAgent } from '@/ui/use-url';
import { whenIdle } from '@/ui/when-idle';
import { AgentsToolbar } from './agents-toolbar';
import { FleetAnnouncer } from './fleet-announcer';
import { AgentTree } from './tree/agent-tree';
import { useAgentView, useViewOptions } from './use-agent-view';

const outline = () => again(() => import('./outline/agent-outline').then((m) => m.AgentOutline));
// who opens the tree does not wait for it; it is fetched behind the first picture, so that it opens while the server is away
const AgentOutline = dynamic(outline, { ssr: false });

export function AgentsPage() {
  const seq = usePastSeq();
  if (seq === null) return <Agents />;
  return (
    <Past seq={seq}>
      <Agents past />
    </Past>
  );
}

function Agents({ past = false }: { past?: boolean }) {
  const options = useViewOptions();
  const tree = options.view === 'tree';
  const view = useAgentView({
    session: options.session,
    // of a moment in the past the server leaves out what had ended long before it
    ended: past ? 'all' : options.ended,
    text: options.text,
    maxChildren: tree ? 8 : Number.POSITIVE_INFINITY,
    budget: tree ? 400 : 2000,
  });
  const [selected, select] = useSelectedAgent();
  const ready = useFleetReady();
  const { reveal } = view;
  useEffect(() => (ready ? whenIdle(() => void outline(), 3000) : undefined), [ready]);
  useRevealSelected(selected, ready, view.rows.some((r) => r.key === selected) || !selected, reveal);
  return (
    <>
      <AgentsToolbar options={options} view={view} />
      <FleetAnnouncer />
      {ready && view.rows.length === 0 ? (
        <Nothing options={options} />
      ) : tree ? (
        <AgentTree view={view} selected={selected} onSelect={select} waiting={ready ? null : <Waiting />} />
      ) : ready ? (
        <AgentOutline view={view} selected={selected} onSelect={select} />
      ) : (
        <Waiting />
      )}
    </>
  );
}

/** A link to an agent that is folded away unfolds what hides it, once. */
function useRevealSelected(selected: string | null, ready: boolean, shown: boolean, reveal: (id: string) => void) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each selection; folding it away later is a wish
  useEffect(() => {
    if (ready && selected && !shown) reveal(selected);
  }, [selected, ready]);
}

function Waiting() {
  const { phase, error } = useLiveStatus();
  const { retry } = useLive();
  if (phase === 'failed') return <ErrorState error={error} title="The fleet could not be loaded" onRetry={retry} className="flex-1" />;
  return (
    <div role="status" className="flex flex-1 items-center gap-14 overflow-hidden px-10">
      <span className="sr-only">Loading the fleet</span>
      <Skeleton className="h-16 w-60 shrink-0 rounded-lg" />
      {[3, 5].map((n) => (
        <div key={n} className="flex shrink-0 flex-col gap-3">
          {Array.from({ length: n }, (_, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: identical placeholders
            <Skeleton key={i} className="h-16 w-60 rounded-lg" />
          ))}
        </div>
      ))}
    </div>
  );
}

function Nothing({ options }: { options: ReturnType<typeof useViewOptions> }) {
  const { agents, tree } = useLive().store;
  const all = () => options.set({ q: null, session: null, ended: 'all' });
  if (agents.size === 0)
    return (
      <EmptyState icon={Network} title="No agent runs here yet" className="flex-1" action={<StartDemo />}>
        Agents appear here the moment they register, each under the one that started it. Try it on any command:
        <code className="mt-3 block rounded-md border border-line bg-surface px-3 py-2 text-left font-mono text-ink text-xs">
          npx reeve run --name hello -- bash -c &quot;sleep 60&quot;
        </code>
      </EmptyState>
    );
  const narrowed = Boolean(options.text || options.session);
  if (!narrowed && liveOf(tree.totals) === 0)
    return (
      <EmptyState
        icon={Network}
        title={agents.size === 1 ? 'The one agent has ended' : `All ${agents.size} agents have ended`}
        className="flex-1"
        action={
          <>
            <Button onClick={all}>Show them</Button>
            <StartDemo />
          </>
        }
      >
        Those that ended more than 15 minutes ago leave the screen. Their costs, events and receipts are kept.
      </EmptyState>
    );
  return (
    <EmptyState icon={Network} title="No agent fits" className="flex-1" action={<Button onClick={all}>Show all {agents.size}</Button>}>
      {narrowed ? 'The filter or the session' : 'The rule for ended agents'} leaves none of {agents.size} agents on screen.
    </EmptyState>
  );
}
