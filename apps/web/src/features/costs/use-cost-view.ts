'use client';
import type { BurnWindow } from '@reeve/core/vocabulary';
import { useSearchParams } from 'next/navigation';
import { useMemo } from 'react';
import { writeUrl } from '@/ui/use-url';
import { readSort, type Sort } from './cost-sort';

export const windows = [
  { value: '15', label: '15 m', words: 'the last 15 minutes' },
  { value: '60', label: '1 h', words: 'the last hour' },
  { value: '360', label: '6 h', words: 'the last 6 hours' },
  { value: '1440', label: '24 h', words: 'the last 24 hours' },
] as const;
export const seriesBy = [
  { value: 'subtree', label: 'Subtree' },
  { value: 'model', label: 'Model' },
  { value: 'role', label: 'Role' },
] as const;
export const groupings = [
  { value: 'tree', label: 'Tree' },
  { value: 'agent', label: 'Agent' },
  { value: 'session', label: 'Session' },
  { value: 'model', label: 'Model' },
  { value: 'role', label: 'Role' },
  { value: 'day', label: 'Day' },
] as const;
export type WindowMinutes = (typeof windows)[number]['value'];
export type SeriesBy = (typeof seriesBy)[number]['value'];
export type Grouping = (typeof groupings)[number]['value'];
/** A list, whose rows hang nowhere. */
export type ListGrouping = Exclude<Grouping, 'tree'>;
/**
 * Which ledger entries are open: `agent:<id>`, `subtree:<id>`, `session:<id>`, `model:…`, `role:…`, `day:…`, `budget:<id>`, `all:`,
 * `unattributed:<id>`; `within` an agent's subtree, and
 * from one moment to another, where the number that was asked about is of no more than that.
 */
export type EntriesOf = {
  kind: 'agent' | 'subtree' | 'session' | 'model' | 'role' | 'day' | 'budget' | 'charged' | 'unattributed' | 'all';
  key: string;
  /** Not these, one `kind:key` a line: the rest beside the series of a chart. */
  except?: string | undefined;
  within?: string | undefined;
  fromMs?: number | undefined;
  toMs?: number | undefined;
};

/** Which reservations are open, or of unknown outcome: those that the budget of an agent counts, or a budget of its own. */
export type ReservationsOf = { kind: 'agent' | 'budget'; key: string; state: 'open' | 'unknown' };
export type CostView = {
  window: WindowMinutes;
  by: SeriesBy;
  group: Grouping;
  sort: Sort;
  root: string | null;
  entries: EntriesOf | null;
  reservations: ReservationsOf | null;
};

const oneOf = <V extends string>(list: readonly { value: V }[], value: string | null, otherwise: V): V =>
  list.find((o) => o.value === value)?.value ?? otherwise;

/** The whole view stands in the URL. */
export function useCostView(): CostView {
  const params = useSearchParams();
  return useMemo(() => readCostView(params), [params]);
}
export function readCostView(params: { get(name: string): string | null }): CostView {
  return {
    window: oneOf(windows, params.get('window'), '60'),
    by: oneOf(seriesBy, params.get('by'), 'subtree'),
    group: oneOf(groupings, params.get('group'), 'tree'),
    sort: readSort(params.get('sort')),
    root: params.get('root'),
    entries: readEntriesOf(params.get('entries'), params),
    reservations: readReservationsOf(params.get('reservations')),
  };
}
const momentOf = (text: string | null | undefined): number | undefined => (/^\d{1,14}$/.test(text ?? '') ? Number(text) : undefined);
export function readEntriesOf(text: string | null, params?: { get(name: string): string | null }): EntriesOf | null {
  const [, kind, key] = /^(agent|subtree|session|model|role|day|budget|charged|unattributed|all):(.*)$/s.exec(text ?? '') ?? [];
  if (!kind) return null;
  const [fromMs, toMs] = [momentOf(params?.get('from')), momentOf(params?.get('to'))];
  const within = params?.get('within') ?? undefined;
  const except = params?.get('except') ?? undefined;
  return {
    kind: kind as EntriesOf['kind'],
    key: key ?? '',
    ...(within && { within }),
    ...(except && { except }),
    ...(fromMs !== undefined && { fromMs }),
    ...(toMs !== undefined && { toMs }),
  };
}
export function readReservationsOf(text: string | null): ReservationsOf | null {
  const [, state, kind, key] = /^(open|unknown):(agent|budget):(.+)$/s.exec(text ?? '') ?? [];
  return kind ? { kind: kind as ReservationsOf['kind'], key: key ?? '', state: state as ReservationsOf['state'] } : null;
}
export const openReservations = (of: ReservationsOf | null): void => writeUrl({ reservations: of && `${of.state}:${of.kind}:${of.key}` });
export const setCostView = (patch: Partial<Record<'window' | 'by' | 'group' | 'root' | 'sort', string | null>>): void => writeUrl(patch);
/** The calls of a burn rate: their sum, so many times, is one of an hour. */
export const spanOf = (w: BurnWindow): { fromMs: number; toMs: number } => ({ fromMs: Date.parse(w.from), toMs: Date.parse(w.to) });
export const openEntries = (of: EntriesOf | null): void =>
  writeUrl({
    entries: of && `${of.kind}:${of.key}`,
    within: of?.within ?? null,
    except: of?.except ?? null,
    from: of?.fromMs === undefined ? null : String(of.fromMs),
    to: of?.toMs === undefined ? null : String(of.toMs),
  });
