import type { RunnerOrder, RunnerReport } from '@reeve/core/vocabulary';

/** The orders of self-modification. */
export type ChangeOrder = Extract<RunnerOrder, { kind: `${string}-change` }>;

/** The report that ends an order which could not be carried out: a fault of ours, which says nothing about the change. */
export function faultReport({ kind, changeId }: ChangeOrder, text: string): RunnerReport {
  const error = text.slice(0, 20_000);
  if (kind === 'rollback-change') return { kind: 'change-rollback-failed', changeId, error };
  return kind === 'activate-change' ? { kind: 'change-activated', changeId, error } : { kind: 'change-failed', changeId, error };
}
