'use client';
import type { TaskView } from '@reeve/core/vocabulary';
import { useMemo } from 'react';
import { useLiveStore, useTask, useTopicAtMost } from '@/live';
import { StateMark } from '@/ui/state-mark';
import { taskMarks } from '@/vocabulary/state-marks';
import { Part } from './part';

/** What this task waits for, and what waits for it. */
export function TaskLinks({ task, onSelect }: { task: TaskView; onSelect(id: string): void }) {
  const store = useLiveStore();
  const version = useTopicAtMost('tasks', 1000);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version stands for what the store holds
  const neededBy = useMemo(
    () => [...store.tasks.values()].filter((t) => t.dependsOn.includes(task.id)).map((t) => t.id),
    [store, task.id, version],
  );
  return (
    <>
      {task.dependsOn.length > 0 && (
        <Part title={`Depends on ${task.dependsOn.length}${task.waitingFor.length ? `, waits for ${task.waitingFor.length}` : ''}`}>
          <TaskList ids={task.dependsOn} onSelect={onSelect} />
        </Part>
      )}
      {neededBy.length > 0 && (
        <Part title={`Needed by ${neededBy.length}`}>
          <TaskList ids={neededBy.slice(0, 20)} onSelect={onSelect} />
        </Part>
      )}
    </>
  );
}

function TaskList({ ids, onSelect }: { ids: readonly string[]; onSelect(id: string): void }) {
  return (
    <ul className="-mx-2 flex flex-col">
      {ids.map((id) => (
        <li key={id}>
          <TaskLine id={id} onSelect={onSelect} />
        </li>
      ))}
    </ul>
  );
}
function TaskLine({ id, onSelect }: { id: string; onSelect(id: string): void }) {
  const task = useTask(id);
  return (
    <button
      type="button"
      onClick={() => onSelect(id)}
      className="flex min-h-7 w-full items-center gap-2 rounded px-2 py-0.5 text-left hover:bg-hover"
    >
      {task && <StateMark mark={taskMarks[task.state]} iconOnly />}
      <span className="min-w-0 flex-1 truncate">{task?.title ?? id}</span>
      {task && <span className="text-ink-3 text-xs">{taskMarks[task.state].word}</span>}
    </button>
  );
}
