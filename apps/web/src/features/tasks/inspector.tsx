'use client';
import type { TaskView } from '@reeve/core/vocabulary';
import { useQuery } from '@tanstack/react-query';
import { ArrowDown, ArrowUp, ListPlus, Pencil, X } from 'lucide-react';
import Link from 'next/link';
import { type ReactNode, useState } from 'react';
import { useTask } from '@/live';
import { useTRPC } from '@/trpc';
import { Ago, Countdown } from '@/ui/ago';
import { Button, IconButton } from '@/ui/button';
import { ErrorState } from '@/ui/error-state';
import { SkeletonRows } from '@/ui/skeleton';
import { Badge, StateMark } from '@/ui/state-mark';
import { taskMarks } from '@/vocabulary/state-marks';
import { AddTask } from './add-task';
import { columns } from './board-columns';
import { EditTask } from './edit-task';
import { moveOf } from './move-rules';
import { Part } from './part';
import { TaskEvidence } from './task-evidence';
import { TaskHistory } from './task-history';
import { TaskLinks } from './task-links';
import { TaskRecord } from './task-record';
import { useMoves } from './use-moves';

/** Everything about one task. Tasks that left the live screen long ago are read from the server. */
export function TaskInspector({ id, onClose, onSelect }: { id: string; onClose(): void; onSelect(id: string): void }) {
  const trpc = useTRPC();
  const live = useTask(id);
  const stored = useQuery(trpc.tasks.get.queryOptions({ id }, { enabled: !live }));
  const task = live ?? (stored.data as TaskView | undefined);
  return (
    <div data-testid="task-inspector" className="flex min-h-0 flex-1 flex-col">
      <header className="flex items-start gap-2 border-line border-b px-4 py-3">
        <div className="min-w-0 flex-1">
          {task && <StateMark mark={taskMarks[task.state]} />}
          <h2 className="mt-1 break-words font-semibold text-base">{task?.title ?? 'Task'}</h2>
        </div>
        <IconButton label="Close" keys="Esc" onClick={onClose}>
          <X size={16} />
        </IconButton>
      </header>
      <div className="relative min-h-0 flex-1 overflow-y-auto">
        {task ? (
          <Body task={task} onSelect={onSelect} />
        ) : stored.error ? (
          <ErrorState error={stored.error} title="This task could not be loaded" onRetry={() => void stored.refetch()} />
        ) : (
          <SkeletonRows rows={8} label="Loading the task" />
        )}
      </div>
    </div>
  );
}

function Body({ task, onSelect }: { task: TaskView; onSelect(id: string): void }) {
  return (
    <>
      <Actions task={task} onSelect={onSelect} />
      <dl className="grid grid-cols-[104px_1fr] gap-x-3 gap-y-1.5 px-4 py-3 text-sm">
        {task.claim && (
          <>
            <Fact name="Holder">
              <Link href={`/agents?agent=${encodeURIComponent(task.claim.agentId)}`} className="text-accent hover:underline">
                {task.claim.agentName ?? task.claim.agentId}
              </Link>
            </Fact>
            <Fact name="Lease">
              <Countdown until={task.claim.expiresAt} over="over; it returns in a moment" warnMs={15_000} />
            </Fact>
            {task.claim.token && (
              <Fact name="Claim token">
                <span className="font-mono">{task.claim.token}</span>
              </Fact>
            )}
          </>
        )}
        {task.state === 'scheduled' && task.notBefore && (
          <Fact name="Ready">
            <Countdown until={task.notBefore} over="any moment" warnMs={Number.NEGATIVE_INFINITY} />
          </Fact>
        )}
        <Fact name="Attempts">
          {task.attempts} of {task.maxAttempts}
        </Fact>
        <Fact name="Added">
          <Ago at={task.createdAt} />
        </Fact>
        {task.finishedAt && (
          <Fact name="Ended">
            <Ago at={task.finishedAt} />
          </Fact>
        )}
        {task.needs.length > 0 && <Fact name="Needs">{task.needs.join(', ')}</Fact>}
        {task.labels.length > 0 && (
          <Fact name="Labels">
            <span className="flex flex-wrap gap-1">
              {task.labels.map((l) => (
                <Badge key={l}>{l}</Badge>
              ))}
            </span>
          </Fact>
        )}
        <Fact name="Id">
          <span className="select-all break-all font-mono text-xs">{task.id}</span>
        </Fact>
      </dl>
      {task.body && (
        <Part title="Details">
          <p className="whitespace-pre-wrap break-words text-ink-2">{task.body}</p>
        </Part>
      )}
      <TaskLinks task={task} onSelect={onSelect} />
      <TaskEvidence task={task} />
      <TaskRecord task={task} onSelect={onSelect} />
      <Part title="History">
        <TaskHistory taskId={task.id} updatedAt={task.updatedAt} />
      </Part>
    </>
  );
}

function Actions({ task, onSelect }: { task: TaskView; onSelect(id: string): void }) {
  const moves = useMoves();
  const [open, setOpen] = useState<'edit' | 'split' | null>(null);
  const busy = moves.isPending(task.id);
  const possible = columns.flatMap((c) => {
    const move = moveOf(task, c.id);
    return move.kind === 'command' ? [{ column: c, move }] : [];
  });
  const queued = task.state !== 'done' && task.state !== 'cancelled';
  if (!possible.length && !queued) return null;
  return (
    <div className="flex flex-wrap items-center gap-2 border-line border-b px-4 py-2.5">
      {possible.map(({ column, move }) => (
        <Button
          key={column.id}
          size="sm"
          busy={busy}
          variant={
            move.command === 'retry' || move.command === 'accept' ? 'primary' : move.command === 'cancel' ? 'danger-quiet' : 'secondary'
          }
          onClick={() => moves.move(task.id, column.id)}
        >
          {move.verb}
        </Button>
      ))}
      {queued && (
        <>
          <Button size="sm" onClick={() => setOpen('edit')} data-testid="edit-task">
            <Pencil size={13} aria-hidden /> Edit
          </Button>
          <Button size="sm" onClick={() => setOpen('split')} data-testid="add-subtask">
            <ListPlus size={13} aria-hidden /> Sub-task
          </Button>
          {open === 'edit' && <EditTask task={task} onClose={() => setOpen(null)} />}
          <AddTask open={open === 'split'} onOpenChange={() => setOpen(null)} onAdded={onSelect} parent={task} />
        </>
      )}
      {queued && (
        <span className="ml-auto inline-flex items-center gap-0.5 text-sm">
          <span className="mr-1 text-ink-3 text-xs">Priority</span>
          <IconButton label="Lower priority" keys="-" onClick={() => moves.raise(task.id, -1)}>
            <ArrowDown size={14} />
          </IconButton>
          <span className="min-w-6 text-center font-medium">{task.priority}</span>
          <IconButton label="Raise priority" keys="+" onClick={() => moves.raise(task.id, 1)}>
            <ArrowUp size={14} />
          </IconButton>
        </span>
      )}
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-3">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}
