'use client';
import type { StopPreview } from '@reeve/core/vocabulary';
import type { ReactNode } from 'react';
import { Money } from '@/ui/money';
import { StateMark } from '@/ui/state-mark';
import { plural } from '@/vocabulary/format';
import { agentMarks, conditionMarks } from '@/vocabulary/state-marks';

const mostNames = 24;

/** What the stop would do, by the same planner that does it. */
export function PreviewBody({ preview, members }: { preview: StopPreview; members: number }) {
  const burn = Number(preview.burnUsdPerHour);
  return (
    <div data-testid="stop-preview" className="flex flex-col gap-4">
      <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-lg border border-line bg-line sm:grid-cols-4">
        <Figure name="Agents" value={members} />
        <Figure name="Waves" value={preview.waves.length} note="leaves first" />
        <Figure name="Claims released" value={preview.claims.length} />
        <Figure name="Saved an hour" value={<Money usd={burn} />} note="last 5 min" />
      </dl>
      <ol className="flex flex-col gap-2" aria-label="Waves">
        {preview.waves.map((w, i) => (
          <li key={w.wave} className="flex gap-3">
            <span className="mt-0.5 flex size-5 shrink-0 items-center justify-center rounded-full border border-line-strong font-medium text-2xs text-ink-2">
              {i + 1}
            </span>
            <ul className="flex min-w-0 flex-1 flex-wrap gap-x-3 gap-y-1">
              {w.agents.slice(0, mostNames).map((a) => (
                <li key={a.id} className="flex max-w-full items-center gap-1.5 text-sm">
                  <StateMark mark={agentMarks[a.state]} iconOnly size={12} />
                  <span className="truncate">{a.name}</span>
                  {a.containment && <span className="text-2xs text-ink-3">{a.containment}</span>}
                  {a.fencedOnly && <StateMark mark={{ ...conditionMarks.fenced, word: 'fence only' }} size={11} className="text-2xs" />}
                </li>
              ))}
              {w.agents.length > mostNames && <li className="text-ink-3 text-sm">and {w.agents.length - mostNames} more</li>}
            </ul>
          </li>
        ))}
      </ol>
      {preview.fencedOnly > 0 && (
        <Note>
          <b>{plural(preview.fencedOnly, 'agent was', 'agents were')} not launched by Reeve</b> and can only be fenced: from the moment you
          confirm every call is refused, but the end shows only by its own word, or as <i>unconfirmed</i> once its lease is over.
        </Note>
      )}
      {preview.claims.length > 0 && (
        <Some title="Tasks that become ready again" items={preview.claims.map((c) => ({ id: c.taskId, text: c.title }))} />
      )}
      {preview.locks.length > 0 && (
        <Some title="Locks that are freed" items={preview.locks.map((l) => ({ id: `${l.name} ${l.agentId}`, text: l.name }))} />
      )}
      {preview.openChanges.length > 0 && (
        <Some title="Changes of theirs that are still open" items={preview.openChanges.map((c) => ({ id: c.changeId, text: c.title }))} />
      )}
    </div>
  );
}

function Figure({ name, value, note }: { name: string; value: ReactNode; note?: string }) {
  return (
    <div className="flex flex-col bg-raised px-3 py-2">
      <dt className="text-ink-3 text-xs">{name}</dt>
      <dd className="font-semibold text-lg">
        {value} {note && <span className="font-normal text-ink-3 text-xs">{note}</span>}
      </dd>
    </div>
  );
}
export function Note({ children }: { children: ReactNode }) {
  return <p className="text-pretty rounded-md bg-attention-soft px-3 py-2 text-attention text-sm">{children}</p>;
}
function Some({ title, items }: { title: string; items: { id: string; text: string }[] }) {
  return (
    <section>
      <h3 className="pb-1 font-medium text-ink-3 text-xs">
        {title} ({items.length})
      </h3>
      <ul className="flex flex-col gap-0.5 text-sm">
        {items.slice(0, 5).map((i) => (
          <li key={i.id} className="truncate">
            {i.text}
          </li>
        ))}
        {items.length > 5 && <li className="text-ink-3">and {items.length - 5} more</li>}
      </ul>
    </section>
  );
}
