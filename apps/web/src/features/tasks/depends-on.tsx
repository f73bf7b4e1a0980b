'use client';
import { X } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useLiveStore, useTask } from '@/live';
import { IconButton } from '@/ui/button';
import { Field, Input } from '@/ui/field';
import { StateMark } from '@/ui/state-mark';
import { taskMarks } from '@/vocabulary/state-marks';
import { matches } from './group-board';

const most = 6;

/** Chooses tasks that must be done first: type, then pick. */
export function DependsOn({ chosen, onChange, error }: { chosen: readonly string[]; onChange(ids: string[]): void; error?: string }) {
  const store = useLiveStore();
  const [text, setText] = useState('');
  const found = useMemo(() => {
    if (!text.trim()) return [];
    const hits: string[] = [];
    for (const task of store.tasks.values()) {
      if (task.state === 'cancelled' || chosen.includes(task.id)) continue;
      if (matches(task, { text, labels: [] })) hits.push(task.id);
      if (hits.length === most) break;
    }
    return hits;
  }, [store, text, chosen]);
  return (
    <div className="flex flex-col gap-1.5">
      <Field label="Depends on" hint="It stays blocked until all of these are done." error={error}>
        <Input value={text} onChange={(e) => setText(e.target.value)} placeholder="Search for a task by title or id" />
      </Field>
      {found.length > 0 && (
        <ul aria-label="Tasks found" className="overflow-hidden rounded-md border border-line">
          {found.map((id) => (
            <li key={id}>
              <Found
                id={id}
                onPick={() => {
                  onChange([...chosen, id]);
                  setText('');
                }}
              />
            </li>
          ))}
        </ul>
      )}
      {text.trim() && found.length === 0 && <p className="text-ink-3 text-xs">No open task fits “{text.trim()}”.</p>}
      {chosen.length > 0 && (
        <ul aria-label="Chosen tasks" className="flex flex-col gap-1">
          {chosen.map((id) => (
            <Chosen key={id} id={id} onDrop={() => onChange(chosen.filter((c) => c !== id))} />
          ))}
        </ul>
      )}
    </div>
  );
}

function Found({ id, onPick }: { id: string; onPick(): void }) {
  const task = useTask(id);
  if (!task) return null;
  return (
    <button type="button" onClick={onPick} className="flex min-h-8 w-full items-center gap-2 px-3 py-1 text-left text-sm hover:bg-hover">
      <StateMark mark={taskMarks[task.state]} iconOnly />
      <span className="min-w-0 flex-1 truncate">{task.title}</span>
      <span className="font-mono text-2xs text-ink-3">{id.slice(-8)}</span>
    </button>
  );
}
function Chosen({ id, onDrop }: { id: string; onDrop(): void }) {
  const task = useTask(id);
  return (
    <li className="flex items-center gap-2 rounded-md bg-sunken py-0.5 pr-1 pl-3 text-sm">
      {task && <StateMark mark={taskMarks[task.state]} iconOnly />}
      <span className="min-w-0 flex-1 truncate">{task?.title ?? id}</span>
      <IconButton label={`Do not wait for “${task?.title ?? id}”`} onClick={onDrop}>
        <X size={14} />
      </IconButton>
    </li>
  );
}
