'use client';
import type { BarrierView } from '@reeve/core/vocabulary';
import { Countdown } from '@/ui/ago';
import { Table, TBody, TD, TH, THead, TR } from '@/ui/table';
import { plural } from '@/vocabulary/format';
import { AgentName } from './names';

export function BarrierTable({ barriers }: { barriers: BarrierView[] }) {
  return (
    <Table className="min-w-[600px]">
      <THead>
        <TR>
          <TH>Barrier</TH>
          <TH>Have come</TH>
          <TH>Missing</TH>
          <TH>When one leaves</TH>
        </TR>
      </THead>
      <TBody>
        {barriers.map((b) => {
          const here = new Set(b.arrived.map((p) => p.agentId));
          const named = b.partyIds.filter((id) => !here.has(id));
          return (
            <TR key={b.id} data-testid={`barrier-${b.name}`} className="align-top">
              <TD className="max-w-56">
                <span className="block truncate font-medium">{b.name}</span>
                <span className="text-ink-3 text-xs">generation {b.generation}</span>
              </TD>
              <TD>
                <ul className="flex flex-col gap-0.5">
                  {b.arrived.map((p) => (
                    <li key={p.agentId} className="flex items-baseline gap-2">
                      <AgentName id={p.agentId} name={p.agentName} />
                      <Countdown until={p.deadline} over="time is over" className="shrink-0 text-ink-3 text-xs" />
                    </li>
                  ))}
                </ul>
              </TD>
              <TD>
                {named.length > 0 ? (
                  <ul>
                    {named.map((id) => (
                      <li key={id}>
                        <AgentName id={id} name={null} />
                      </li>
                    ))}
                  </ul>
                ) : (
                  plural(Math.max(0, b.expected - b.arrived.length), 'party', 'parties')
                )}
              </TD>
              <TD className="text-ink-2">{b.onPartyDeath === 'break' ? 'it breaks for all' : 'the others go on'}</TD>
            </TR>
          );
        })}
      </TBody>
    </Table>
  );
}
