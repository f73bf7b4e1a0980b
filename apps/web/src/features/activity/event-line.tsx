import type { EventView } from '@reeve/core/vocabulary';
import { Filter } from 'lucide-react';
import Link from 'next/link';
import { memo } from 'react';
import { useAgent, useChange, useTask } from '@/live';
import { IconButton } from '@/ui/button';
import { cn } from '@/ui/cn';
import { formatClock, formatDateTime } from '@/vocabulary/format';
import { toneText } from '@/vocabulary/state-marks';
import { actorOf, hrefOf } from './event-groups';
import { toneOf } from './event-tone';

/** One fact: when, what, about whom, by whom. The sentence is text, whatever an agent called itself. */
export const EventLine = memo(function EventLine({ event, onSubject }: { event: EventView; onSubject(id: string): void }) {
  const href = hrefOf(event.subjectKind, event.subjectId);
  const actor = actorOf(event.actor);
  const tone = toneOf(event.type, event.data);
  const by = useAgent(actor.kind === 'agent' ? actor.id : null)?.name ?? actor.words;
  const task = useTask(event.subjectKind === 'task' ? event.subjectId : null);
  const change = useChange(event.subjectKind === 'change' ? event.subjectId : null);
  // an event that names its subject itself need not say it twice
  const title = task?.title ?? change?.title;
  const subject = title && !event.sentence.includes(title) ? title : null;
  const text = (
    <>
      {subject && <span className="text-ink">{subject}: </span>}
      <span className={cn(subject && !tone && 'text-ink-2')}>{event.sentence}</span>
    </>
  );
  return (
    <div className="group flex min-h-8 items-baseline gap-3 px-4 py-1.5 text-sm hover:bg-hover max-sm:flex-wrap max-sm:gap-x-2 max-sm:gap-y-0">
      <Link
        href={`/agents?seq=${event.seq}`}
        title={`${formatDateTime(event.at)}, event ${event.seq}: how it was then`}
        className="w-16 shrink-0 font-mono text-ink-3 text-xs underline-offset-2 hover:underline"
      >
        <time dateTime={event.at} suppressHydrationWarning>
          {formatClock(event.at)}
        </time>
      </Link>
      <span className="w-40 shrink-0 truncate font-mono text-2xs text-ink-3" title={event.type}>
        {event.type}
      </span>
      <span className={cn('min-w-0 flex-1 break-words max-sm:basis-full', tone && toneText[tone])}>
        {href ? (
          <Link href={href} className="underline-offset-2 hover:underline" data-row>
            {text}
          </Link>
        ) : (
          text
        )}
      </span>
      <span className="w-32 shrink-0 truncate text-right text-ink-3 text-xs max-md:hidden" title={event.actor}>
        by {by}
      </span>
      <IconButton
        label="Only events about this subject"
        onClick={() => onSubject(event.subjectId)}
        className="-my-1.5 size-6 shrink-0 self-center opacity-0 focus-visible:opacity-100 group-focus-within:opacity-100 group-hover:opacity-100 max-md:hidden"
      >
        <Filter size={12} />
      </IconButton>
    </div>
  );
});
