'use client';
import type { LockView } from '@reeve/core/vocabulary';
import { LockOpen } from 'lucide-react';
import { Ago, Countdown } from '@/ui/ago';
import { Button } from '@/ui/button';
import { Table, TBody, TD, TH, THead, TR } from '@/ui/table';
import { AgentName } from './names';

const mostWaiters = 5;

export function LockTable({ locks, onRelease }: { locks: LockView[]; onRelease(lock: LockView): void }) {
  return (
    <Table className="min-w-[600px]">
      <THead>
        <TR>
          <TH>Lock</TH>
          <TH>Held by</TH>
          <TH>Waiting, next first</TH>
          <TH>
            <span className="sr-only">Orders</span>
          </TH>
        </TR>
      </THead>
      <TBody>
        {locks.map((l) => (
          <TR key={l.id} data-testid={`lock-${l.name}`} className="align-top">
            <TD className="max-w-56">
              <span className="block truncate font-medium">{l.name}</span>
              <span className="text-ink-3 text-xs">
                {l.permits === 1 ? 'mutex' : `semaphore, ${l.holders.length} of ${l.permits} permits out`}
              </span>
            </TD>
            <TD>
              <ul className="flex flex-col gap-0.5">
                {l.holders.map((h) => (
                  <li key={`${h.agentId}${h.since}`} className="flex items-baseline gap-2">
                    <AgentName id={h.agentId} name={h.agentName} />
                    <Countdown until={h.expiresAt} over="lease over" className="shrink-0 text-ink-3 text-xs" />
                  </li>
                ))}
                {l.holders.length === 0 && <li className="text-ink-3">nobody</li>}
              </ul>
            </TD>
            <TD>
              <ol className="flex flex-col gap-0.5">
                {l.waiters.slice(0, mostWaiters).map((w) => (
                  <li key={`${w.agentId}${w.since}`} className="flex items-baseline gap-2">
                    <AgentName id={w.agentId} name={w.agentName} />
                    <span className="shrink-0 text-ink-3 text-xs">
                      {w.priority !== 0 && `priority ${w.priority} · `}
                      <Ago at={w.since} suffix={false} />
                    </span>
                  </li>
                ))}
                {l.waiters.length === 0 && <li className="text-ink-3">nobody</li>}
                {l.waiters.length > mostWaiters && <li className="text-ink-3 text-xs">and {l.waiters.length - mostWaiters} more</li>}
              </ol>
            </TD>
            <TD numeric>
              <Button
                size="sm"
                variant="danger-quiet"
                why={l.holders.length === 0 && 'Nobody holds it.'}
                onClick={() => onRelease(l)}
                data-testid={`release-${l.name}`}
              >
                <LockOpen size={12} aria-hidden /> Release…
              </Button>
            </TD>
          </TR>
        ))}
      </TBody>
    </Table>
  );
}
