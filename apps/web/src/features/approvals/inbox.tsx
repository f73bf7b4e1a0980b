'use client';
import type { ChangeView } from '@reeve/core/vocabulary';
import { GitPullRequestArrow } from 'lucide-react';
import { useRef } from 'react';
import { useChanges, useLiveReady, useLiveStatus } from '@/live';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { PageBody, PageHeader } from '@/ui/page-header';
import { SkeletonRows } from '@/ui/skeleton';
import { useRowKeys } from '@/ui/use-row-keys';
import { plural } from '@/vocabulary/format';
import { groupOf, type InboxGroup } from './decide-rules';
import { InboxRow } from './inbox-row';

const groups: { id: InboxGroup; title: string; none: string }[] = [
  { id: 'waiting', title: 'Waiting for you', none: 'Nothing waits for you.' },
  { id: 'in-gates', title: 'In the gates', none: 'No change is being checked.' },
  { id: 'decided', title: 'Decided', none: 'Nothing was decided yet.' },
];
/** So many come with the live snapshot. */
const mostChanges = 200;
const oldestFirst = (a: ChangeView, b: ChangeView) => a.createdAt.localeCompare(b.createdAt);
const newestFirst = (a: ChangeView, b: ChangeView) => b.updatedAt.localeCompare(a.updatedAt);

export function Inbox() {
  const ready = useLiveReady();
  const status = useLiveStatus();
  const changes = useChanges();
  const box = useRef<HTMLDivElement>(null);
  useRowKeys(box);
  const waiting = changes.filter((c) => groupOf(c.state) === 'waiting').length;
  return (
    <>
      <PageHeader
        title="Approvals"
        hint={ready ? (waiting ? `${plural(waiting, 'change waits', 'changes wait')} for you` : 'nothing waits for you') : undefined}
      />
      <PageBody>
        {!ready ? (
          status.phase === 'failed' ? (
            <ErrorState error={status.error} title="The changes could not be loaded" />
          ) : (
            <SkeletonRows rows={6} label="Loading changes" />
          )
        ) : changes.length === 0 ? (
          <EmptyState icon={GitPullRequestArrow} title="No agent has proposed a change yet">
            An agent that finds a bug in its own code proposes a failing test and its fix here. The supervisor runs the gates; you read the
            diff and decide. Register a repository in Settings so that agents can propose changes to it.
          </EmptyState>
        ) : (
          <div ref={box} className="mx-auto flex max-w-5xl flex-col gap-6">
            {groups.map((g) => (
              <Group
                key={g.id}
                {...g}
                changes={changes.filter((c) => groupOf(c.state) === g.id).sort(g.id === 'decided' ? newestFirst : oldestFirst)}
              />
            ))}
            {changes.length >= mostChanges && (
              <p className="text-ink-3 text-xs">These are the newest {mostChanges} changes. Older ones are in Activity, under Changes.</p>
            )}
          </div>
        )}
      </PageBody>
    </>
  );
}

function Group({ title, none, changes }: { title: string; none: string; changes: ChangeView[] }) {
  return (
    <section aria-label={title}>
      <h2 className="mb-1.5 flex items-baseline gap-2 font-semibold text-sm">
        {title} <span className="font-normal text-ink-3 text-xs">{changes.length}</span>
      </h2>
      {changes.length ? (
        <ul className="divide-y divide-line overflow-hidden rounded-lg border border-line bg-surface">
          {changes.map((c) => (
            <InboxRow key={c.id} id={c.id} />
          ))}
        </ul>
      ) : (
        <p className="text-ink-3 text-sm">{none}</p>
      )}
    </section>
  );
}
