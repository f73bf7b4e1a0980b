'use client';
import type { TaskView } from '@reeve/core/vocabulary';
import { ArrowDown, ArrowUp, Ellipsis } from 'lucide-react';
import { type ComponentProps, useState } from 'react';
import { Button } from '@/ui/button';
import { Menu, type MenuItem } from '@/ui/menu';
import { columns } from './board-columns';
import { moveOf } from './move-rules';
import { useMoves } from './use-moves';

/**
 * Everything that dragging does, and why the rest is refused: the same rules by hand, keyboard and finger. A menu costs
 * more than the rest of its card, so there is one only where a pointer or the focus is.
 */
export function CardMenu({ task }: { task: TaskView }) {
  const [near, setNear] = useState(false);
  const come = () => setNear(true);
  return near ? <LiveMenu task={task} /> : <Trigger task={task} onPointerEnter={come} onPointerDown={come} onFocus={come} />;
}

function Trigger({ task, ...props }: { task: TaskView } & ComponentProps<typeof Button>) {
  return (
    <Button
      variant="ghost"
      size="icon-sm"
      aria-label={`Move “${task.title}”`}
      data-card-menu={task.id}
      tabIndex={-1}
      className="relative z-10 -mt-1 -mr-1.5 size-6 opacity-0 focus-visible:opacity-100 group-focus-within:opacity-100 group-hover:opacity-100 data-[state=open]:opacity-100 max-md:opacity-100"
      {...props}
    >
      <Ellipsis size={14} aria-hidden />
    </Button>
  );
}

function LiveMenu({ task }: { task: TaskView }) {
  const moves = useMoves();
  const items: (MenuItem | 'line')[] = columns.flatMap((c): MenuItem[] => {
    const move = moveOf(task, c.id);
    if (move.kind === 'stay') return [];
    return [
      {
        label: move.kind === 'command' ? `${move.verb} → ${c.title}` : `Move to ${c.title}`,
        why: move.kind === 'refused' ? move.because : null,
        danger: move.kind === 'command' && move.command === 'cancel',
        onSelect: () => moves.move(task.id, c.id),
      },
    ];
  });
  const ended = task.state === 'done' || task.state === 'cancelled';
  const whyNot = ended ? 'It has ended, so its place in the queue says nothing any more.' : null;
  const possible = items.filter((i) => i !== 'line' && !i.why);
  const refused = items.filter((i) => i !== 'line' && i.why);
  return (
    <Menu
      label={`Move “${task.title}”`}
      trigger={<Trigger task={task} />}
      items={[
        ...possible,
        ...(possible.length ? (['line'] as const) : []),
        { label: 'Raise priority', keys: '+', icon: <ArrowUp />, why: whyNot, onSelect: () => moves.raise(task.id, 1) },
        { label: 'Lower priority', keys: '-', icon: <ArrowDown />, why: whyNot, onSelect: () => moves.raise(task.id, -1) },
        ...(refused.length ? (['line'] as const) : []),
        ...refused,
      ]}
    />
  );
}
