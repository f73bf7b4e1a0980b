'use client';
import type { TaskRecordView, TaskView } from '@reeve/core/vocabulary';
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { useEffect, useState } from 'react';
import { useTRPC } from '@/trpc';
import { Ago } from '@/ui/ago';
import { Button } from '@/ui/button';
import { Textarea } from '@/ui/field';
import { StateMark } from '@/ui/state-mark';
import { notifyFailure } from '@/ui/toast';
import { formatUsd, plural } from '@/vocabulary/format';
import { taskMarks } from '@/vocabulary/state-marks';
import { Part } from './part';

/** What was said, shown and done about one task; asked again whenever the task itself changed. */
export function TaskRecord({ task, onSelect }: { task: TaskView; onSelect(id: string): void }) {
  const trpc = useTRPC();
  const { data, refetch } = useQuery(trpc.tasks.record.queryOptions({ id: task.id }, { placeholderData: keepPreviousData }));
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new update means a new fact
  useEffect(() => void refetch(), [refetch, task.updatedAt]);
  return (
    <>
      {task.gate && <Gate task={task} />}
      {data && data.subtasks.length > 0 && <Subtasks subtasks={data.subtasks} onSelect={onSelect} />}
      {data && data.artefacts.length > 0 && <Artefacts artefacts={data.artefacts} />}
      {data && data.attempts.length > 0 && <Attempts record={data} />}
      <Comments taskId={task.id} comments={data?.comments ?? []} onSaid={() => void refetch()} />
    </>
  );
}

function Gate({ task }: { task: TaskView }) {
  const { gate } = task;
  if (!gate) return null;
  return (
    <Part title="Before it is done">
      <ul className="flex flex-col gap-1 text-ink-2">
        {gate.review && <li>{task.state === 'done' ? 'A person accepted it.' : 'A person must accept it.'}</li>}
        {gate.shown.length > 0 && <li>Shown: {gate.shown.join(', ')}</li>}
        {gate.missing.length > 0 && <li className="font-medium text-attention">Missing: {missingWords(gate.missing)}</li>}
        {gate.submittedBy && (
          <li>
            Handed in by <AgentLink id={gate.submittedBy.agentId} name={gate.submittedBy.agentName} />
          </li>
        )}
      </ul>
    </Part>
  );
}

/** Sub-tasks are listed below with their titles: here their number is enough. */
function missingWords(missing: readonly string[]): string {
  const parts = missing.filter((m) => m.startsWith('sub-task '));
  const kinds = missing.filter((m) => !m.startsWith('sub-task '));
  return [...kinds, ...(parts.length ? [plural(parts.length, 'open sub-task')] : [])].join(', ');
}

function Subtasks({ subtasks, onSelect }: { subtasks: TaskRecordView['subtasks']; onSelect(id: string): void }) {
  const settled = subtasks.filter((s) => s.state === 'done' || s.state === 'cancelled').length;
  return (
    <Part title={`Sub-tasks, ${settled} of ${subtasks.length} settled`}>
      <ul className="-mx-2 flex flex-col">
        {subtasks.map((s) => (
          <li key={s.id}>
            <button
              type="button"
              onClick={() => onSelect(s.id)}
              className="flex min-h-7 w-full items-center gap-2 rounded px-2 py-0.5 text-left hover:bg-hover"
            >
              <StateMark mark={taskMarks[s.state]} iconOnly />
              <span className="min-w-0 flex-1 truncate">{s.title}</span>
              <span className="text-ink-3 text-xs">{taskMarks[s.state].word}</span>
            </button>
          </li>
        ))}
      </ul>
    </Part>
  );
}

/** An address is an agent's text: only what a browser opens as a page is a link. */
const isPage = (uri: string): boolean => /^https?:\/\//i.test(uri);

function Artefacts({ artefacts }: { artefacts: TaskRecordView['artefacts'] }) {
  return (
    <Part title={`Artefacts, ${artefacts.length}`}>
      <ul className="flex flex-col gap-1.5">
        {artefacts.map((a) => (
          <li key={a.id} className="flex items-baseline gap-2">
            <span className="shrink-0 text-ink-3 text-xs">{a.kind}</span>
            {a.uri && isPage(a.uri) ? (
              <a href={a.uri} target="_blank" rel="noreferrer noopener" className="min-w-0 truncate text-accent hover:underline">
                {a.name}
              </a>
            ) : (
              <span className="min-w-0 truncate" title={a.uri ?? undefined}>
                {a.name}
              </span>
            )}
            <span className="ml-auto shrink-0 text-ink-3 text-xs">attempt {a.attempt}</span>
          </li>
        ))}
      </ul>
    </Part>
  );
}

function Attempts({ record }: { record: TaskRecordView }) {
  const shared = record.attempts.some((a) => a.shared);
  return (
    <Part title={`Attempts, ${formatUsd(record.costUsd)} in all`}>
      <ol className="flex flex-col gap-1.5">
        {record.attempts.map((a) => (
          <li key={a.token} className="flex items-baseline gap-2">
            <span className="shrink-0 text-ink-3 text-xs">#{a.attempt}</span>
            <AgentLink id={a.agentId} name={a.agentName} />
            <span className="shrink-0 text-ink-3 text-xs">{a.ended ? a.ended.replaceAll('-', ' ') : 'holds it'}</span>
            <span className="ml-auto shrink-0 text-xs">
              {formatUsd(a.costUsd)}
              {a.shared && <span className="text-ink-3"> *</span>}
              {a.unpriced > 0 && <span className="text-ink-3"> + {a.unpriced} unpriced</span>}
            </span>
          </li>
        ))}
      </ol>
      {shared && <p className="mt-1.5 text-ink-3 text-xs">* The agent held other tasks at that time too: the costs are of all of them.</p>}
    </Part>
  );
}

function AgentLink({ id, name }: { id: string; name: string | null }) {
  return (
    <Link href={`/agents?agent=${encodeURIComponent(id)}`} className="min-w-0 truncate text-accent hover:underline">
      {name ?? id}
    </Link>
  );
}

function Comments({ taskId, comments, onSaid }: { taskId: string; comments: TaskRecordView['comments']; onSaid(): void }) {
  const trpc = useTRPC();
  const [body, setBody] = useState('');
  const say = useMutation(
    trpc.tasks.comment.mutationOptions({
      onSuccess: () => {
        setBody('');
        onSaid();
      },
      onError: (error) => notifyFailure(error, 'The comment was not added'),
    }),
  );
  return (
    <Part title={comments.length ? `Comments, ${comments.length}` : 'Comments'}>
      <ol className="flex flex-col gap-2">
        {comments.map((c) => (
          <li key={c.id}>
            <p className="flex items-baseline gap-2 text-ink-3 text-xs">
              <span className="min-w-0 truncate">{c.by.replace(/^\w+:/, '')}</span>
              <Ago at={c.at} className="ml-auto shrink-0" />
            </p>
            <p className="whitespace-pre-wrap break-words text-ink-2">{c.body}</p>
          </li>
        ))}
      </ol>
      <form
        className="mt-2 flex flex-col gap-2"
        onSubmit={(e) => {
          e.preventDefault();
          if (body.trim()) say.mutate({ id: taskId, body });
        }}
      >
        <Textarea
          aria-label="Say something about this task"
          placeholder="Say something about this task"
          rows={2}
          maxLength={20_000}
          value={body}
          onChange={(e) => setBody(e.target.value)}
        />
        <Button type="submit" size="sm" className="self-end" busy={say.isPending} disabled={!body.trim()}>
          Comment
        </Button>
      </form>
    </Part>
  );
}
