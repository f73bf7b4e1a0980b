'use client';
import type { StopEvidence, StopReceiptLine, StopView } from '@reeve/core/vocabulary';
import Link from 'next/link';
import { Ago } from '@/ui/ago';
import { Badge, StateMark } from '@/ui/state-mark';
import { Table, TBody, TD, TH, THead, TR } from '@/ui/table';
import { formatClock, formatDuration, plural } from '@/vocabulary/format';
import { outcomeMarks, stopMarks } from '@/vocabulary/state-marks';
import { evidenceWords, wavesOf } from './stop-words';

/** Outcome and evidence for every member, kept for ever. */
export function Receipt({ stop }: { stop: StopView }) {
  return (
    <Table aria-label="Receipt">
      <THead>
        <TR>
          <TH>Agent</TH>
          <TH>Outcome</TH>
          <TH>Evidence</TH>
          <TH numeric>Asked</TH>
          <TH numeric>Took</TH>
        </TR>
      </THead>
      {wavesOf(stop).map((w, i) => (
        <TBody key={w.wave}>
          <TR className="bg-sunken">
            <th colSpan={5} scope="rowgroup" className="px-3 text-left font-medium text-ink-3 text-xs">
              Wave {i + 1} · {w.ended} of {w.lines.length} ended
              {w.unconfirmed > 0 && <span className="text-danger"> · {w.unconfirmed} unconfirmed</span>}
            </th>
          </TR>
          {w.lines.map((l) => (
            <Line key={l.agentId} line={l} />
          ))}
        </TBody>
      ))}
    </Table>
  );
}

function Line({ line }: { line: StopReceiptLine }) {
  const { askedAt, endedAt } = line;
  return (
    <TR data-testid={`receipt-${line.name}`} data-outcome={line.outcome ?? 'open'}>
      <TD className="whitespace-nowrap font-medium">
        <Link href={`/agents?agent=${line.agentId}`} className="hover:underline">
          {line.name}
        </Link>
      </TD>
      <TD>
        <StateMark
          mark={line.outcome ? outcomeMarks[line.outcome] : { ...stopMarks.stopping, word: askedAt ? 'Asked' : 'Waiting for its children' }}
        />
      </TD>
      <TD className="min-w-56">{line.evidence ? <Evidence evidence={line.evidence} /> : <span className="text-ink-3">None yet</span>}</TD>
      <TD numeric className="text-ink-2">
        {askedAt ? formatClock(askedAt) : '—'}
      </TD>
      <TD numeric className="text-ink-2">
        {askedAt && endedAt ? (
          formatDuration(Math.max(0, Date.parse(endedAt) - Date.parse(askedAt)))
        ) : askedAt ? (
          <Ago at={askedAt} suffix={false} />
        ) : (
          '—'
        )}
      </TD>
    </TR>
  );
}

function Evidence({ evidence: e }: { evidence: StopEvidence }) {
  const p = e.process;
  const late = e.costAfterAcceptanceUsd && Number(e.costAfterAcceptanceUsd) > 0 ? e.costAfterAcceptanceUsd : null;
  return (
    <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
      <span title={e.detail}>{evidenceWords[e.how]}</span>
      {p && (
        <>
          <Badge>{p.containment}</Badge>
          {p.exitCode !== null && <Badge>exit {p.exitCode}</Badge>}
          {p.signal && <Badge tone={p.killed ? 'danger' : 'neutral'}>{p.signal}</Badge>}
          <Badge tone={p.survivors ? 'danger' : 'neutral'}>
            {p.survivors ? `${plural(p.survivors, 'process', 'processes')} left` : 'no process left'}
          </Badge>
        </>
      )}
      {e.claimsReleased > 0 && <Badge>{plural(e.claimsReleased, 'claim')} released</Badge>}
      {e.ordersCancelled > 0 && <Badge>{plural(e.ordersCancelled, 'start')} cancelled</Badge>}
      {e.locksFreed > 0 && <Badge>{plural(e.locksFreed, 'lock')} freed</Badge>}
      {late && <Badge tone="attention">${Number(late).toFixed(4)} after the stop</Badge>}
      {!p && e.detail && <span className="text-ink-3 text-xs">{e.detail}</span>}
    </div>
  );
}
