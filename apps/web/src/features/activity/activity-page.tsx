'use client';
import { Activity, Pause, Play, X } from 'lucide-react';
import { useSearchParams } from 'next/navigation';
import { useMemo } from 'react';
import { LocksView } from '@/features/locks';
import { useAgent, useChange, useTask } from '@/live';
import { Button } from '@/ui/button';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { Select } from '@/ui/field';
import { useKey } from '@/ui/keys';
import { PageHeader } from '@/ui/page-header';
import { SkeletonRows } from '@/ui/skeleton';
import { Segmented } from '@/ui/tabs';
import { writeUrl } from '@/ui/use-url';
import { plural } from '@/vocabulary/format';
import { eventGroups } from './event-groups';
import { EventList } from './event-list';
import { useEventLog } from './use-event-log';

const views = [
  { value: 'events', label: 'Events' },
  { value: 'locks', label: 'Locks' },
] as const;
type View = (typeof views)[number]['value'];
const ViewSwitch = ({ view }: { view: View }) => (
  <Segmented label="What to show" value={view} options={views} onChange={(v) => writeUrl({ view: v === 'events' ? null : v })} />
);

export function ActivityPage() {
  const locks = useSearchParams().get('view') === 'locks';
  if (!locks) return <EventsPage />;
  return (
    <>
      <PageHeader title="Activity" hint="who holds what, and who waits">
        <ViewSwitch view="locks" />
      </PageHeader>
      <LocksView />
    </>
  );
}

function EventsPage() {
  const params = useSearchParams();
  const type = params.get('type') ?? '';
  const subjectId = params.get('subject') ?? '';
  const filter = useMemo(() => ({ type, subjectId }), [type, subjectId]);
  const log = useEventLog(filter);
  useKey('p', () => log.pause(!log.paused));
  const filtered = type !== '' || subjectId !== '';
  const clear = () => writeUrl({ type: null, subject: null });
  return (
    <>
      <PageHeader title="Activity" hint="the event log, newest first">
        <ViewSwitch view="events" />
        <Select aria-label="Kind of event" value={type} onChange={(e) => writeUrl({ type: e.target.value })}>
          {eventGroups.map((g) => (
            <option key={g.value} value={g.value}>
              {g.label}
            </option>
          ))}
          {type && !eventGroups.some((g) => g.value === type) && <option value={type}>{type}</option>}
        </Select>
        {subjectId && <SubjectChip id={subjectId} />}
        <Button onClick={() => log.pause(!log.paused)} aria-pressed={log.paused} data-testid="pause-tail">
          {log.paused ? <Play size={14} aria-hidden /> : <Pause size={14} aria-hidden />}
          {log.paused ? (log.held ? `Show ${plural(log.held, 'new event')}` : 'Follow again') : 'Pause'}
        </Button>
      </PageHeader>
      {log.error && !log.events ? (
        <ErrorState error={log.error} title="The event log could not be loaded" onRetry={log.reload} />
      ) : !log.events ? (
        <SkeletonRows rows={14} label="Loading events" />
      ) : log.events.length === 0 ? (
        <EmptyState
          icon={Activity}
          className="flex-1"
          title={filtered ? 'No event fits this filter' : 'Nothing has happened yet'}
          action={filtered && <Button onClick={clear}>Show everything</Button>}
        >
          {filtered
            ? 'New ones appear here as they happen.'
            : 'Every command that changes something becomes one event here: agents that come and go, claims, costs, stops, changes. Start an agent to see the first.'}
        </EmptyState>
      ) : (
        <EventList log={log} onSubject={(id) => writeUrl({ subject: id })} />
      )}
    </>
  );
}

function SubjectChip({ id }: { id: string }) {
  const agent = useAgent(id);
  const task = useTask(id);
  const change = useChange(id);
  const name = agent?.name ?? task?.title ?? change?.title ?? id;
  return (
    <Button onClick={() => writeUrl({ subject: null })} title={id} className="max-w-64">
      <span className="truncate">
        <span className="text-ink-3">about </span>
        {name}
      </span>
      <X size={14} aria-label="Show all subjects" />
    </Button>
  );
}
