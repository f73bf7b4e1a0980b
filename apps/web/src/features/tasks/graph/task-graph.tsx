'use client';
import { type Edge, Handle, type Node, type NodeProps, Position, ReactFlow, ReactFlowProvider } from '@xyflow/react';
import { useDeferredValue, useMemo } from 'react';
import { useLiveStore, useTask, useTopicAtMost } from '@/live';
import { cn } from '@/ui/cn';
import { EmptyState } from '@/ui/empty-state';
import { StateMark } from '@/ui/state-mark';
import { plural } from '@/vocabulary/format';
import { taskMarks } from '@/vocabulary/state-marks';
import { type BoardFilter, matches } from '../group-board';
import { layoutGraph, nodeSize } from './graph-layout';

type TaskNode = Node<{ selected: boolean; onSelect(id: string): void }, 'task'>;
const nodeTypes = { task: TaskCard };
const pro = { hideAttribution: true };
const { width, height } = nodeSize;
/** Which task waits for which, and which is a part of which. */
export function TaskGraphView(props: { filter: BoardFilter; selected: string | null; onSelect(id: string | null): void }) {
  return (
    <ReactFlowProvider>
      <Graph {...props} />
    </ReactFlowProvider>
  );
}

function Graph({ filter, selected, onSelect }: { filter: BoardFilter; selected: string | null; onSelect(id: string | null): void }) {
  const store = useLiveStore();
  const version = useTopicAtMost('tasks', 1000);
  const later = useDeferredValue(filter);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version stands for what the store holds
  const graph = useMemo(
    () =>
      layoutGraph(store.tasks, (id) => {
        const task = store.tasks.get(id);
        return task !== undefined && matches(task, later);
      }),
    [store, version, later],
  );
  const nodes = useMemo(
    () =>
      graph.nodes.map(
        ({ id, x, y }): TaskNode => ({
          id,
          type: 'task',
          position: { x, y },
          width,
          height,
          measured: nodeSize,
          data: { selected: id === selected, onSelect },
        }),
      ),
    [graph, selected, onSelect],
  );
  const edges = useMemo(
    () =>
      graph.edges.map(
        ({ from, to, kind }): Edge => ({
          id: `${kind}:${from}:${to}`,
          source: from,
          target: to,
          className: kind === 'part' ? 'task-edge task-edge-part' : 'task-edge',
          focusable: false,
        }),
      ),
    [graph],
  );
  if (!graph.nodes.length)
    return (
      <EmptyState className="flex-1" title="No task waits for another">
        Tasks that depend on each other, or are parts of one, stand here from left to right in the order in which they can be done.
      </EmptyState>
    );
  return (
    <section aria-label="Dependencies" data-testid="task-graph" className="relative isolate min-h-0 min-w-0 flex-1 bg-bg">
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        fitView
        fitViewOptions={{ maxZoom: 1, padding: 0.1 }}
        minZoom={0.1}
        maxZoom={1.5}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        elementsSelectable={false}
        deleteKeyCode={null}
        panOnScroll
        zoomOnDoubleClick={false}
        proOptions={pro}
        onPaneClick={() => onSelect(null)}
      />
      {graph.left > 0 && (
        <p className="absolute bottom-3 left-3 rounded-md border border-line bg-surface px-2 py-1 text-ink-3 text-xs">
          {plural(graph.left, 'more task')} left out. Filter to see them.
        </p>
      )}
    </section>
  );
}

function TaskCard({ id, data }: NodeProps<TaskNode>) {
  const task = useTask(id);
  if (!task) return null;
  return (
    <>
      <Handle type="target" position={Position.Left} isConnectable={false} className="invisible" />
      <Handle type="source" position={Position.Right} isConnectable={false} className="invisible" />
      <button
        type="button"
        data-graph-task={id}
        onClick={() => data.onSelect(id)}
        aria-pressed={data.selected}
        style={nodeSize}
        className={cn(
          'nodrag nopan pointer-events-auto flex flex-col justify-center gap-0.5 rounded-md border bg-surface px-2.5 text-left',
          data.selected ? 'border-accent' : 'border-line hover:border-line-strong',
        )}
      >
        <span className="w-full truncate font-medium text-sm">{task.title}</span>
        <span className="flex w-full items-center gap-2 text-ink-3 text-xs">
          <StateMark mark={taskMarks[task.state]} />
          {task.claim && <span className="min-w-0 truncate">{task.claim.agentName ?? task.claim.agentId}</span>}
        </span>
      </button>
    </>
  );
}
