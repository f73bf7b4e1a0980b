'use client';
import { draggable } from '@atlaskit/pragmatic-drag-and-drop/adapter/element-adapter';
import type { TaskView } from '@reeve/core/vocabulary';
import { RotateCcw } from 'lucide-react';
import { memo, useEffect, useRef, useState } from 'react';
import { useTask } from '@/live';
import { Countdown } from '@/ui/ago';
import { cn } from '@/ui/cn';
import { StateMark } from '@/ui/state-mark';
import { plural } from '@/vocabulary/format';
import { taskMarks } from '@/vocabulary/state-marks';
import { CardMenu } from './card-menu';
import { useMoves } from './use-moves';
import { useSelection } from './use-selection';

/** One height for every card, so that a column needs no measuring. */
export const cardPx = 92;
export const dragKind = 'task';

export const Card = memo(function Card({
  id,
  selected,
  current,
  onSelect,
  onFocus,
}: {
  id: string;
  selected: boolean;
  /** The one card of the board that Tab reaches. */
  current: boolean;
  onSelect(id: string): void;
  onFocus(id: string): void;
}) {
  const task = useTask(id);
  const moves = useMoves();
  const selection = useSelection();
  const picked = selection.ids.has(id);
  const box = useRef<HTMLElement>(null);
  const [dragging, setDragging] = useState(false);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    return draggable({
      element,
      getInitialData: () => ({ kind: dragKind, id }),
      onDragStart: () => setDragging(true),
      onDrop: () => setDragging(false),
    });
  }, [id]);
  if (!task) return null;
  const pending = moves.isPending(id);
  return (
    <article
      ref={box}
      data-testid="task-card"
      data-task={id}
      data-state={task.state}
      data-picked={picked || undefined}
      aria-busy={pending || undefined}
      className={cn(
        'group relative flex h-[84px] cursor-grab flex-col gap-1 rounded-md border border-line bg-surface px-3 py-2 hover:border-line-strong',
        picked && 'border-accent bg-accent-soft',
        selected && 'border-accent! shadow-[0_0_0_1px_var(--accent)]',
        (dragging || pending) && 'opacity-50',
      )}
    >
      <div className="flex items-start gap-1">
        <button
          type="button"
          data-card={id}
          tabIndex={current ? 0 : -1}
          aria-pressed={selected}
          onClick={(e) => (e.metaKey || e.ctrlKey || e.shiftKey ? selection.toggle(id) : onSelect(id))}
          onFocus={() => onFocus(id)}
          className="line-clamp-2 min-w-0 flex-1 cursor-grab text-left text-sm leading-[18px] outline-none after:absolute after:inset-0 after:rounded-md focus-visible:after:outline-2 focus-visible:after:outline-accent"
        >
          {picked && <span className="sr-only">Selected: </span>}
          {task.title}
        </button>
        <CardMenu task={task} />
      </div>
      <CardFoot task={task} />
    </article>
  );
});

const never = Number.NEGATIVE_INFINITY;

function CardFoot({ task }: { task: TaskView }) {
  const waits = task.state === 'blocked' || task.state === 'scheduled';
  const retried = task.attempts > 0 && !task.claim && task.state !== 'done';
  return (
    <div className="mt-auto flex h-5 min-w-0 items-center gap-1.5 overflow-hidden text-ink-3 text-xs">
      {task.claim ? (
        <>
          <StateMark mark={taskMarks.claimed} iconOnly size={10} />
          <span className="min-w-0 truncate text-ink-2">{task.claim.agentName ?? task.claim.agentId}</span>
          <Countdown until={task.claim.expiresAt} over="lease over" warnMs={15_000} className="ml-auto shrink-0 whitespace-nowrap" />
        </>
      ) : (
        <>
          {task.state !== 'ready' && <StateMark mark={taskMarks[task.state]} iconOnly size={11} />}
          <Waits task={task} />
          <Labels labels={task.labels} most={(waits ? 1 : 2) - (retried || task.priority !== 0 ? 1 : 0)} />
        </>
      )}
      <span className="ml-auto inline-flex shrink-0 items-center gap-1.5">
        {retried && (
          <span className="inline-flex items-center gap-1" title={`${task.attempts} of ${task.maxAttempts} attempts used`}>
            <RotateCcw size={11} aria-hidden />
            {task.attempts}/{task.maxAttempts}
            <span className="sr-only"> attempts</span>
          </span>
        )}
        {task.priority !== 0 && !task.claim && (
          <span className="font-medium text-ink-2" title={`Priority ${task.priority}: higher goes first`}>
            P{task.priority > 0 ? `+${task.priority}` : task.priority}
          </span>
        )}
      </span>
    </div>
  );
}

function Waits({ task }: { task: TaskView }) {
  if (task.state === 'scheduled' && task.notBefore)
    return (
      <span className="shrink-0">
        <Countdown until={task.notBefore} over="any moment" warnMs={never} />
      </span>
    );
  if (task.state === 'blocked') return <span className="shrink-0">waits for {plural(task.waitingFor.length, 'task')}</span>;
  return null;
}

function Labels({ labels, most }: { labels: readonly string[]; most: number }) {
  if (!labels.length || most === 0) return null;
  return (
    <>
      {labels.slice(0, most).map((l) => (
        <span key={l} className="min-w-0 truncate rounded bg-neutral-soft px-1.5 font-medium text-2xs text-ink-2 leading-5">
          {l}
        </span>
      ))}
      {labels.length > most && (
        <span className="shrink-0" title={labels.slice(most).join(', ')}>
          +{labels.length - most}
        </span>
      )}
    </>
  );
}
