import type { StopView } from '@reeve/core/vocabulary';
import { toCsv } from '@/vocabulary/csv';

const columns = [
  'agent_id',
  'name',
  'wave',
  'outcome',
  'evidence',
  'detail',
  'containment',
  'exit_code',
  'signal',
  'processes_left',
  'asked_at',
  'killed_at',
  'deadline',
  'ended_at',
  'claims_released',
  'starts_cancelled',
  'locks_freed',
  'events_flushed',
  'cost_after_acceptance_usd',
] as const;

/** A line a member, in the order of the receipt; what is not known yet is empty. */
export const receiptCsv = (stop: StopView): string =>
  toCsv(
    columns,
    stop.receipt.map((l) => {
      const { evidence: e } = l;
      const p = e?.process;
      return [
        l.agentId,
        l.name,
        l.wave,
        l.outcome,
        e?.how ?? null,
        e?.detail ?? null,
        l.containment,
        p?.exitCode ?? null,
        p?.signal ?? null,
        p?.survivors ?? null,
        l.askedAt,
        l.killedAt,
        l.deadline,
        l.endedAt,
        e?.claimsReleased ?? null,
        e?.ordersCancelled ?? null,
        e?.locksFreed ?? null,
        l.eventsFlushed,
        e?.costAfterAcceptanceUsd ?? null,
      ];
    }),
  );

/** `receipt-stp_….json`: as `GET /api/v1/stops/{id}` answers it. */
export const receiptName = (stop: Pick<StopView, 'id'>, kind: 'json' | 'csv'): string => `receipt-${stop.id}.${kind}`;
