'use client';
import type { StopSummary } from '@reeve/core/vocabulary';
import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { useAgent, useLiveStore, useStop } from '@/live';
import { useTRPC } from '@/trpc';
import { Ago, Countdown, Duration } from '@/ui/ago';
import { Card, CardHeader } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { PageBody, PageHeader } from '@/ui/page-header';
import { SkeletonRows } from '@/ui/skeleton';
import { StateMark } from '@/ui/state-mark';
import { formatDateTime } from '@/vocabulary/format';
import { stopMarks } from '@/vocabulary/state-marks';
import { KillNow } from './kill-now';
import { Receipt } from './receipt';
import { ReceiptExport } from './receipt-export';
import { Note } from './stop-preview';
import { actorWords, modes, subjectOf, summaryOf, unconfirmedMeaning } from './stop-words';
import { WaveProgress } from './wave-progress';

/** A stop and its receipt: live while it runs, the record afterwards. */
export function StopPage({ id }: { id: string }) {
  const trpc = useTRPC();
  const live = useStop(id);
  const stored = useQuery({ ...trpc.stops.summary.queryOptions({ id }), enabled: !live });
  const stop = live ?? (stored.data as StopSummary | undefined);
  return (
    <>
      <PageHeader
        title={stop ? <Title stop={stop} /> : 'Stop'}
        hint={
          <Link href="/stops" className="hover:underline">
            All stops
          </Link>
        }
      >
        {stop && <KillNow stop={stop} open={summaryOf(stop).open} />}
      </PageHeader>
      <PageBody>
        {stop ? (
          <Body stop={stop} />
        ) : stored.isError ? (
          <ErrorState error={stored.error} title="This receipt could not be read" onRetry={() => void stored.refetch()} />
        ) : (
          <SkeletonRows label="Loading the receipt" />
        )}
      </PageBody>
    </>
  );
}
function Title({ stop }: { stop: StopSummary }) {
  const root = useAgent(stop.agentId ?? undefined);
  return <>{stop.agentId === null ? 'Emergency stop' : `Stop of ${subjectOf(stop, root?.name)}`}</>;
}

function Body({ stop }: { stop: StopSummary }) {
  const store = useLiveStore();
  const s = summaryOf(stop);
  const done = stop.state === 'done';
  return (
    <div className="mx-auto flex max-w-5xl flex-col gap-4">
      <Card className="grid gap-4 p-4 md:grid-cols-2">
        <div className="flex flex-col gap-3">
          <p className="flex flex-wrap items-center gap-2">
            <StateMark mark={stopMarks[stop.state]} soft />
            <span role="status" className="font-semibold text-base">
              {s.text}
            </span>
          </p>
          <WaveProgress stop={stop} />
        </div>
        <dl className="grid h-fit grid-cols-[88px_minmax(0,1fr)] gap-y-1 text-sm">
          <Fact name="Mode">{modes.find((m) => m.value === stop.mode)?.word ?? stop.mode}</Fact>
          <Fact name="Reason">{stop.reason || '—'}</Fact>
          <Fact name="By">{actorWords(stop.actor, (id) => store.agents.get(id)?.name)}</Fact>
          <Fact name="Accepted">
            {formatDateTime(stop.acceptedAt)} (<Ago at={stop.acceptedAt} />)
          </Fact>
          {done ? (
            <Fact name="Took">
              <Duration from={stop.acceptedAt} until={stop.endedAt} />
            </Fact>
          ) : (
            <Fact name="Force">
              <Countdown until={stop.deadline} over="the grace is over" />
            </Fact>
          )}
        </dl>
      </Card>
      {s.unconfirmed > 0 && <Note>{unconfirmedMeaning}</Note>}
      <Card>
        <CardHeader
          title="Receipt"
          hint={done ? 'kept for ever' : 'filling as the evidence comes in'}
          actions={<ReceiptExport id={stop.id} />}
        />
        <Receipt stop={stop} />
      </Card>
    </div>
  );
}
function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-3">{name}</dt>
      <dd className="wrap-anywhere">{children}</dd>
    </>
  );
}
