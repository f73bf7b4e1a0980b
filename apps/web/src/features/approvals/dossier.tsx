'use client';
import { useQuery } from '@tanstack/react-query';
import { ArrowLeft, RefreshCw } from 'lucide-react';
import Link from 'next/link';
import { useEffect, useMemo, useState } from 'react';
import { useChange } from '@/live';
import { useTRPC } from '@/trpc';
import { Ago } from '@/ui/ago';
import { Button, buttonStyle } from '@/ui/button';
import { ErrorState } from '@/ui/error-state';
import { PageBody, PageHeader } from '@/ui/page-header';
import { Skeleton, SkeletonRows } from '@/ui/skeleton';
import { StateMark } from '@/ui/state-mark';
import { changeMarks } from '@/vocabulary/state-marks';
import { Activation } from './activation';
import { BlastRadiusView } from './blast-radius';
import { CommentOnPlace, type CommentPlace } from './comment-place';
import { Comments } from './comments';
import { DecisionPanel } from './decision';
import { DiffView } from './diff-view';
import { Approvals, Timeline } from './history';
import { idleLines } from './line-coverage';
import { OpenHoles } from './open-holes';
import { parseDiff, pathOfFile } from './parse-diff';
import { Proof } from './proof';
import { Section } from './section';

/**
 * Everything a person needs to decide on one change, in the order in which it should be read. What moves (state,
 * gates, approvals) comes from the live store; the diff is loaded once and stays, so that nobody decides on a text
 * that changed under their eyes.
 */
export function Dossier({ id }: { id: string }) {
  const trpc = useTRPC();
  const live = useChange(id);
  const loaded = useQuery(trpc.changes.get.queryOptions({ id }, { staleTime: Number.POSITIVE_INFINITY, refetchOnWindowFocus: false }));
  const { data, refetch } = loaded;
  const [about, setAbout] = useState<CommentPlace | null>(null);
  const newer = live && data && live.updatedAt > data.updatedAt;
  const change = live && (!data || newer || live.updatedAt === data.updatedAt) ? live : data;
  const moved = Boolean(data?.diffHash && change?.diffHash && change.diffHash !== data.diffHash);
  const diffArrived = Boolean(data && !data.diff && change?.diffHash);
  useEffect(() => {
    if (diffArrived) void refetch();
  }, [diffArrived, refetch]);
  const layers = useMemo(() => new Map(change?.blastRadius?.files.map((f) => [f.path, f.layer])), [change?.blastRadius]);
  const idle = useMemo(() => idleLines(moved ? undefined : change?.blastRadius?.lineCoverage), [moved, change?.blastRadius]);
  const tests = useMemo(() => new Set(parseDiff(data?.testPatch ?? '').map(pathOfFile)), [data?.testPatch]);

  if (loaded.error && !change)
    return (
      <>
        <PageHeader title="Change" />
        <ErrorState error={loaded.error} title="This change could not be loaded" onRetry={() => void refetch()} action={<BackLink />} />
      </>
    );
  if (!change) return <DossierSkeleton />;
  return (
    <>
      <PageHeader
        title={
          <span className="flex min-w-0 items-center gap-2">
            <Link href="/approvals" aria-label="Back to approvals" className={buttonStyle({ variant: 'ghost', size: 'icon-sm' })}>
              <ArrowLeft size={16} aria-hidden />
            </Link>
            <span className="min-w-0 break-words leading-6">{change.title}</span>
          </span>
        }
      >
        <span data-testid="change-state" data-state={change.state}>
          <StateMark mark={changeMarks[change.state]} soft />
        </span>
        <a href="#decide" className={buttonStyle({ size: 'sm' })}>
          Go to the decision
        </a>
      </PageHeader>
      <PageBody>
        <article className="mx-auto flex max-w-5xl flex-col gap-6">
          <Section title="Why" hint={<Byline change={change} />}>
            <p className="max-w-prose whitespace-pre-wrap break-words text-base">{change.reason}</p>
            {change.refusal && (
              <p className="mt-3 rounded-md bg-danger-soft px-3 py-2 text-danger text-sm">
                <strong className="font-semibold">{change.refusal.rule}</strong>: {change.refusal.detail}
              </p>
            )}
          </Section>
          <Section title="What changes" hint={data && !data.diff ? 'as the agent sent it; git has not made the diff yet' : undefined}>
            {moved && (
              <p
                role="alert"
                className="mb-3 flex flex-wrap items-center gap-3 rounded-md bg-attention-soft px-3 py-2 text-attention text-sm"
              >
                This change has moved on since you opened it. What you see below is the older diff.
                <Button size="sm" onClick={() => void refetch()}>
                  <RefreshCw size={14} aria-hidden /> Load the new diff
                </Button>
              </p>
            )}
            {data ? (
              <CommentOnPlace value={setAbout}>
                <DiffView
                  key={data.diffHash}
                  diff={data.diff ?? `${data.testPatch}\n${data.fixPatch}`}
                  layers={layers}
                  tests={tests}
                  idle={idle}
                />
              </CommentOnPlace>
            ) : loaded.error ? (
              <ErrorState error={loaded.error} title="The diff could not be loaded" onRetry={() => void refetch()} />
            ) : (
              <SkeletonRows rows={8} label="Loading the diff" />
            )}
          </Section>
          <Section title="How far it reaches">
            <BlastRadiusView radius={change.blastRadius} />
          </Section>
          <Section title="Proof" hint="run by the supervisor, never by the agent">
            <Proof gates={change.gates} />
          </Section>
          {change.activation && (
            <Section title="Putting it to use" hint="checked on the merged commit, taken back if that fails">
              <Activation activation={change.activation} gates={change.gates} />
            </Section>
          )}
          <OpenHoles />
          <div className="grid gap-6 md:grid-cols-2">
            <Section title="What happened">
              <Timeline items={change.timeline} />
            </Section>
            <Section title="Decisions so far">
              <Approvals items={change.approvals} diffHash={change.diffHash} />
            </Section>
          </div>
          <Section title="Comments" hint="a comment decides nothing">
            <Comments change={change} about={about} onSaid={() => void refetch()} />
          </Section>
          <DecisionPanel change={change} shownHash={data?.diff ? data.diffHash : null} onDecided={() => void refetch()} />
        </article>
      </PageBody>
    </>
  );
}

function Byline({
  change,
}: {
  change: { agentId: string; agentName: string | null; repositoryName: string; branch: string | null; createdAt: string };
}) {
  return (
    <>
      proposed by{' '}
      <Link href={`/agents?agent=${encodeURIComponent(change.agentId)}`} className="text-accent underline underline-offset-2">
        {change.agentName ?? change.agentId}
      </Link>{' '}
      for {change.repositoryName} <Ago at={change.createdAt} />
      {change.branch && (
        <>
          {' '}
          on <span className="break-all font-mono">{change.branch}</span>
        </>
      )}
    </>
  );
}

const BackLink = () => (
  <Link href="/approvals" className={buttonStyle()}>
    All changes
  </Link>
);

function DossierSkeleton() {
  return (
    <>
      <PageHeader title={<Skeleton className="h-5 w-64" />} />
      <PageBody>
        <SkeletonRows rows={12} label="Loading the change" />
      </PageBody>
    </>
  );
}
