'use client';
import { ListChecks, Plus } from 'lucide-react';
import { useState } from 'react';
import { useLiveReady, useLiveStatus } from '@/live';
import { Button } from '@/ui/button';
import { Sheet } from '@/ui/dialog';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { Checkbox, Select } from '@/ui/field';
import { useKey } from '@/ui/keys';
import { PageHeader } from '@/ui/page-header';
import { useMedia } from '@/ui/use-media';
import { useUrlState } from '@/ui/use-url';
import { plural } from '@/vocabulary/format';
import { AddTask } from './add-task';
import { BoardSkeleton } from './board-skeleton';
import { BulkBar } from './bulk-bar';
import { Columns } from './columns';
import { AgentFilter, FilterText, LabelFilter } from './filter-bar';
import { TaskGraphView } from './graph/task-graph';
import { TaskInspector } from './inspector';
import { MoveDialog } from './move-dialog';
import { Swimlanes } from './swimlanes';
import {
  setBoardAgent,
  setBoardLabels,
  setBoardText,
  setLaneKind,
  showCancelled,
  useBoard,
  useBoardFilter,
  useLaneKind,
  useLanes,
} from './use-board';
import { MovesContext, useMoveCommands } from './use-moves';
import { SelectionContext, useSelectedCards } from './use-selection';

export function TaskBoard() {
  const filter = useBoardFilter();
  const board = useBoard(filter);
  const [view, setView] = useUrlState('view');
  const asGraph = view === 'graph';
  const laneKind = useLaneKind();
  const lanes = useLanes(filter, laneKind);
  const ready = useLiveReady();
  const status = useLiveStatus();
  const moves = useMoveCommands();
  const selection = useSelectedCards();
  const [selected, select] = useUrlState('task');
  const [adding, setAdding] = useState(false);
  const wide = useMedia('(min-width: 1024px)');
  useKey('n', () => setAdding(true));
  useKey('Escape', () => select(null), { enabled: selected !== null });
  const inspector = selected && <TaskInspector key={selected} id={selected} onClose={() => select(null)} onSelect={select} />;
  return (
    <MovesContext value={moves}>
      <SelectionContext value={selection}>
        <PageHeader
          title="Tasks"
          hint={
            board
              ? board.shown === board.total
                ? plural(board.total, 'task')
                : `${board.shown} of ${plural(board.total, 'task')}`
              : undefined
          }
        >
          <FilterText text={filter.text} />
          <AgentFilter agents={board?.agents ?? []} chosen={filter.agent} />
          <Select aria-label="View" value={asGraph ? 'graph' : ''} onChange={(e) => setView(e.target.value || null)} wrapClassName="w-36">
            <option value="">Board</option>
            <option value="graph">Dependencies</option>
          </Select>
          <Select
            aria-label="Swimlanes"
            disabled={asGraph}
            value={laneKind ?? ''}
            onChange={(e) => setLaneKind(e.target.value)}
            wrapClassName="w-36"
          >
            <option value="">No lanes</option>
            <option value="label">By label</option>
            <option value="session">By session</option>
            <option value="agent">By agent</option>
          </Select>
          <Checkbox label="Cancelled" checked={filter.cancelled} onChange={(e) => showCancelled(e.target.checked)} />
          <Button variant="primary" onClick={() => setAdding(true)} data-testid="add-task">
            <Plus size={14} aria-hidden /> Add task
          </Button>
        </PageHeader>
        {board && (board.labels.length > 0 || filter.labels.length > 0) && (
          <div className="border-line border-b bg-surface px-4 py-1.5">
            <LabelFilter labels={board.labels} chosen={filter.labels} />
          </div>
        )}
        <div className="flex min-h-0 flex-1">
          {!ready || !board ? (
            status.phase === 'failed' ? (
              <ErrorState error={status.error} title="The tasks could not be loaded" className="w-full" />
            ) : (
              <BoardSkeleton />
            )
          ) : board.total === 0 ? (
            <EmptyState
              className="flex-1"
              icon={ListChecks}
              title="No task yet"
              action={
                <Button variant="primary" onClick={() => setAdding(true)}>
                  <Plus size={14} aria-hidden /> Add the first task
                </Button>
              }
            >
              Tasks are work that any agent of the project may claim, one agent at a time. Add one here, or let an agent add them through
              the API.
            </EmptyState>
          ) : board.shown === 0 ? (
            <EmptyState
              className="flex-1"
              title="No task fits this filter"
              action={
                <Button
                  onClick={() => {
                    setBoardAgent('');
                    setBoardText('');
                    setBoardLabels([]);
                  }}
                >
                  Clear the filter
                </Button>
              }
            >
              {plural(board.total, 'task')} in all.
            </EmptyState>
          ) : asGraph ? (
            <TaskGraphView filter={filter} selected={selected} onSelect={select} />
          ) : (
            (lanes && <Swimlanes {...lanes} cancelled={filter.cancelled} selected={selected} onSelect={select} />) || (
              <Columns board={board} cancelled={filter.cancelled} selected={selected} onSelect={select} />
            )
          )}
          {inspector && wide && (
            <aside aria-label="Task" className="flex w-[360px] shrink-0 flex-col border-line border-l bg-surface">
              {inspector}
            </aside>
          )}
        </div>
        {inspector && !wide && (
          <Sheet open onOpenChange={(open) => !open && select(null)} title="Task">
            {inspector}
          </Sheet>
        )}
        <AddTask open={adding} onOpenChange={setAdding} onAdded={select} />
        <MoveDialog />
        <BulkBar />
        <p role="status" className="sr-only">
          {moves.said}
        </p>
      </SelectionContext>
    </MovesContext>
  );
}
