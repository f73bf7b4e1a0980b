import type { TaskView } from '@reeve/core/vocabulary';
import Link from 'next/link';
import { Ago } from '@/ui/ago';
import { ScrollBox } from '@/ui/scroll-box';
import { Part } from './part';

/** What the attempts left behind: every failure, and the result. All of it is an agent's text, shown as text. */
export function TaskEvidence({ task }: { task: TaskView }) {
  return (
    <>
      {task.failures.length > 0 && (
        <Part title={`Failures, ${task.failures.length} of ${task.maxAttempts} attempts`}>
          <ol className="flex flex-col gap-2">
            {task.failures.map((f) => (
              <li key={`${f.attempt} ${f.at}`} className="rounded-md border border-line">
                <p className="flex items-center gap-2 px-3 py-1 text-ink-3 text-xs">
                  <span className="font-medium text-danger">Attempt {f.attempt}</span>
                  {f.agentId && (
                    <Link href={`/agents?agent=${encodeURIComponent(f.agentId)}`} className="truncate hover:underline">
                      {f.agentId}
                    </Link>
                  )}
                  <Ago at={f.at} className="ml-auto shrink-0" />
                </p>
                <ScrollBox label={`Error of attempt ${f.attempt}`} className="max-h-40 overflow-auto border-line border-t">
                  <pre className="whitespace-pre-wrap break-words p-3 font-mono text-2xs text-ink-2">{f.error || 'It gave no reason.'}</pre>
                </ScrollBox>
              </li>
            ))}
          </ol>
        </Part>
      )}
      {task.result !== null && task.result !== undefined && (
        <Part title="Result">
          <ScrollBox label="Result as JSON" className="max-h-72 overflow-auto rounded-md border border-line bg-sunken">
            <pre className="whitespace-pre-wrap break-words p-3 font-mono text-2xs text-ink-2">{JSON.stringify(task.result, null, 2)}</pre>
          </ScrollBox>
        </Part>
      )}
    </>
  );
}
