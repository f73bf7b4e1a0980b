import type { AuditEntryView } from '@reeve/core/vocabulary';
import { Ago } from '@/ui/ago';
import { Table, TBody, TD, TH, THead, TR } from '@/ui/table';
import { changedFields } from './difference';

export function AuditTable({ entries }: { entries: readonly AuditEntryView[] }) {
  return (
    <Table aria-label="Decisions">
      <THead className="max-sm:hidden">
        <TR>
          <TH numeric>No.</TH>
          <TH>Who</TH>
          <TH>What</TH>
          <TH>On what</TH>
          <TH>Before → after</TH>
          <TH>Why</TH>
          <TH numeric>When</TH>
        </TR>
      </THead>
      <TBody>
        {entries.map((e) => (
          <TR
            key={e.n}
            className="align-top max-sm:flex max-sm:h-auto max-sm:flex-wrap max-sm:items-baseline max-sm:py-2"
            data-testid={`audit-${e.n}`}
          >
            <TD numeric className="text-ink-3 tabular-nums max-sm:pr-0">
              {e.n}
            </TD>
            <TD className="whitespace-nowrap font-medium" title={e.actor}>
              {e.actorName}
            </TD>
            <TD className="whitespace-nowrap font-mono text-xs leading-5">{e.action}</TD>
            <TD className="max-w-44 truncate max-sm:max-w-full font-mono text-ink-2 text-xs leading-5" title={e.subjectId}>
              {e.subjectId}
            </TD>
            <TD className="min-w-56 text-xs max-sm:basis-full empty:max-sm:hidden leading-5">
              {changedFields(e.before, e.after).map((c) => (
                <p key={c.field} className="break-words">
                  <span className="text-ink-3">{c.field}</span> {c.before} <span className="text-ink-3">→</span> {c.after}
                </p>
              ))}
            </TD>
            <TD className="min-w-44 max-w-56 text-ink-2 text-xs leading-5">{e.reason}</TD>
            <TD numeric className="text-ink-2">
              <Ago at={e.at} />
            </TD>
          </TR>
        ))}
      </TBody>
    </Table>
  );
}
