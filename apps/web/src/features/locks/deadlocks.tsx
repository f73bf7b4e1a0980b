'use client';
import type { DeadlockView } from '@reeve/core/vocabulary';
import { Ago } from '@/ui/ago';
import { formatDuration } from '@/vocabulary/format';
import { AgentName, thing } from './names';
import { WaitRing } from './wait-ring';

/** What was found and broken up: the circle, whose wait was ended, and by which rule. */
export function Deadlocks({ deadlocks }: { deadlocks: DeadlockView[] }) {
  return (
    <ol className="flex flex-col divide-y divide-line">
      {deadlocks.map((d) => (
        <li key={d.seq} className="flex flex-wrap items-center gap-x-6 gap-y-2 px-4 py-3" data-testid="deadlock">
          <WaitRing
            label={`A circle of ${d.cycle.length} agents`}
            nodes={d.cycle.map((c) => ({ id: c.agentId, name: c.agentName ?? c.agentId }))}
            edges={d.cycle.map((c, i) => ({ from: c.agentId, to: d.cycle[(i + 1) % d.cycle.length]?.agentId ?? c.agentId, at: c.waitsAt }))}
            victim={d.victimId}
          />
          <div className="flex min-w-0 flex-1 basis-64 flex-col gap-2 text-sm">
            <p className="text-ink-3 text-xs">
              <Ago at={d.at} /> · event {d.seq}
            </p>
            <ol className="flex flex-col gap-0.5">
              {d.cycle.map((c) => (
                <li key={c.agentId} className="flex items-baseline gap-1.5">
                  <AgentName id={c.agentId} name={c.agentName} />
                  <span className="min-w-0 truncate text-ink-3">waited at {thing(c.waitsAt)}</span>
                </li>
              ))}
            </ol>
            <p className="text-pretty">
              The wait of <b>{d.victimName ?? d.victimId}</b> was ended after {formatDuration(d.waitedMs)}; what it holds it lets go itself.{' '}
              <span className="text-ink-3">The rule: the lowest priority, then the youngest wait, then the highest id.</span>
            </p>
          </div>
        </li>
      ))}
    </ol>
  );
}
