'use client';
import type { OrphansView } from '@reeve/core/vocabulary';
import { Unlink } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { Dialog } from '@/ui/dialog';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { KeyHint } from '@/ui/key-hint';
import { useKey } from '@/ui/keys';
import { PageBody, PageHeader } from '@/ui/page-header';
import { SkeletonRows } from '@/ui/skeleton';
import { StateMark } from '@/ui/state-mark';
import { plural } from '@/vocabulary/format';
import { conditionMarks } from '@/vocabulary/state-marks';
import { OrphanCard } from './orphan-card';
import { sweepWords } from './orphan-words';
import { useHandleOrphans, useOrphans } from './use-orphans';

/** Agents that live though their parent is gone: the evidence, a dry run of the clean-up, and the orders. */
export function OrphansPage() {
  const orphans = useOrphans();
  const view = orphans.data;
  return (
    <>
      <PageHeader title="Orphans" hint="Agents that live, though their parent is gone" />
      <PageBody>
        {view ? (
          <Body view={view} />
        ) : orphans.isError ? (
          <ErrorState error={orphans.error} title="The orphans could not be read" onRetry={() => void orphans.refetch()} />
        ) : (
          <SkeletonRows label="Looking for orphans" />
        )}
      </PageBody>
    </>
  );
}

function Body({ view }: { view: OrphansView }) {
  if (view.total === 0)
    return (
      <EmptyState icon={Unlink} title="No orphans">
        An agent whose parent ended or is lost would stand here, with its evidence and what the sweeper would do about it.
      </EmptyState>
    );
  const rest = view.total - view.items.length;
  return (
    <div className="mx-auto flex max-w-5xl flex-col gap-4">
      <DryRun view={view} />
      <ul className="grid gap-3 lg:grid-cols-2">
        {view.items.map((c) => (
          <li key={c.agentId} className="grid">
            <OrphanCard orphan={c} halted={view.halted} />
          </li>
        ))}
      </ul>
      {rest > 0 && (
        <p className="text-center text-ink-3 text-sm">{plural(rest, 'more orphan')} not shown; GET /api/v1/orphans?limit=1000 has them.</p>
      )}
    </div>
  );
}

function DryRun({ view }: { view: OrphansView }) {
  const [asking, setAsking] = useState(false);
  const changing = view.items.filter((c) => c.would.action !== 'ignore').map((c) => c.agentId);
  const share = view.live ? Math.round(((view.would.stop + view.would.reparent) / view.live) * 100) : 0;
  return (
    <Card className="flex flex-wrap items-center gap-x-4 gap-y-2 p-4" data-testid="orphans-dry-run" data-halted={view.halted}>
      <div className="flex min-w-0 flex-1 basis-72 flex-col gap-1">
        <p role="status" className="flex items-start gap-2 font-semibold text-sm">
          <StateMark mark={conditionMarks.orphaned} iconOnly className="mt-0.5" />
          {sweepWords(view)}
        </p>
        <p className="text-ink-2 text-sm">
          {view.halted
            ? `That is ${share}% of the ${view.live} agents that live: so many at once are more likely a fault of the supervision than of the agents. Nothing is changed until there are fewer, or until you decide.`
            : 'A dry run by the sweeper’s own planner. The sweep comes every five seconds.'}
        </p>
      </div>
      <Button
        variant={view.halted ? 'danger' : 'secondary'}
        why={changing.length === 0 ? 'Their policies leave all of them where they are.' : null}
        onClick={() => setAsking(true)}
        data-testid="orphans-apply"
      >
        Apply now to {changing.length}
      </Button>
      {asking && <Confirm agentIds={changing} view={view} onClose={() => setAsking(false)} />}
    </Card>
  );
}

function Confirm({ agentIds, view, onClose }: { agentIds: string[]; view: OrphansView; onClose(): void }) {
  // those that were on screen when it was opened, whoever comes meanwhile
  const [named] = useState(agentIds);
  const handle = useHandleOrphans();
  const confirm = () => {
    if (!handle.isPending) handle.mutate({ agentIds: named, action: 'policy' }, { onSuccess: onClose });
  };
  useKey('mod+Enter', confirm, { inDialog: true });
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      testId="orphans-confirm-dialog"
      title={`Apply the policies to ${plural(named.length, 'orphan')}`}
      description={view.halted ? 'The sweeper halted and asks for a person: this is your answer, and it counts past the halt.' : undefined}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="danger" busy={handle.isPending} onClick={confirm} data-testid="orphans-confirm">
            Apply to {named.length}
            <KeyHint keys="mod+Enter" className="ml-1" />
          </Button>
        </>
      }
    >
      <p className="text-sm">
        Each is read again first: whose parent came back is skipped. A stop goes as any other, children first, with 30 s of grace and a
        receipt.
      </p>
    </Dialog>
  );
}
