import { comparePlaces } from '../checkpoints/checkpoint.ts';
import { type CostEntry, payloadOf, unpricedOf } from '../costs/cost-entry.ts';
import { foldEntries, type Rollup } from '../costs/rollup.ts';
import type { Tx } from '../supervisor/ports.ts';
import { type AgentEventRow, type AgentLogLine, type MemoryState, pairKey } from './memory-state.ts';

/** The append-only side of a transaction: the ledger with its rollups, the events of agents, and their output. */
export class MemoryAppends {
  readonly entries = new Map<string, CostEntry>();
  readonly conflicts: CostEntry[] = [];
  readonly sums = new Map<string, Rollup>();
  readonly reported = new Map<string, AgentEventRow>();
  readonly lines: AgentLogLine[] = [];

  constructor(private readonly state: MemoryState) {}

  readonly ledger: Tx['ledger'] = {
    append: async (entries) =>
      entries.map((e) => {
        const key = pairKey(e.agentId, e.eventId);
        const before = this.entries.get(key) ?? this.state.ledger.get(key);
        if (!before) this.entries.set(key, e);
        return !before ? 'accepted' : payloadOf(before) === payloadOf(e) ? 'duplicate' : 'conflict';
      }),
    find: async (agentId, eventId) => {
      const key = pairKey(agentId, eventId);
      return this.entries.get(key) ?? this.state.ledger.get(key);
    },
    repriceable: async (of, after, limit) => {
      const all = [...this.state.ledger.values(), ...this.entries.values()];
      const added = new Map<string, { nano: bigint; unpriced: number }>();
      for (const e of all)
        if (e.pricedBy === 'adjustment' && e.priceVersion !== null && e.refersTo !== null) {
          const key = pairKey(e.agentId, e.refersTo);
          const before = added.get(key);
          added.set(key, {
            nano: (before?.nano ?? 0n) + (e.costNanoUsd ?? 0n),
            unpriced: (before?.unpriced ?? 0) + (e.unpricedDelta ?? 0),
          });
        }
      const found = all
        .map((entry, at) => ({ entry, at: at + 1 }))
        .filter(
          ({ entry: e, at }) =>
            at > Number(after ?? 0) &&
            e.model === of.model &&
            (of.provider === null || e.provider === of.provider) &&
            (e.pricedBy === 'unpriced' || (e.pricedBy === 'table' && !of.unpricedOnly)) &&
            (of.fromMs === null || e.atMs >= of.fromMs) &&
            (of.toMs === null || e.atMs < of.toMs),
        );
      const page = found.slice(0, limit);
      return {
        rows: page.map(({ entry }) => {
          const of = added.get(pairKey(entry.agentId, entry.eventId));
          return { entry, repricedNanoUsd: of?.nano ?? 0n, isUnpriced: unpricedOf(entry) + (of?.unpriced ?? 0) > 0 };
        }),
        next: found.length > limit ? String(page.at(-1)?.at) : null,
      };
    },
    keepConflicts: async (entries) => void this.conflicts.push(...entries),
    recordedSince: async (agentIds, sinceMs) => {
      const sums = new Map<string, bigint>();
      for (const e of [...this.state.ledger.values(), ...this.entries.values()])
        if (e.late && e.recordedAtMs >= sinceMs && agentIds.includes(e.agentId))
          sums.set(e.agentId, (sums.get(e.agentId) ?? 0n) + (e.costNanoUsd ?? 0n));
      return sums;
    },
    spentSince: async (agentId, sinceMs) => {
      let spent = 0n;
      for (const e of [...this.state.ledger.values(), ...this.entries.values()])
        if (e.atMs >= sinceMs && (agentId === null || e.path.includes(agentId))) spent += e.costNanoUsd ?? 0n;
      return spent;
    },
    chargedSince: async (agentId, sinceMs) => {
      let spent = 0n;
      for (const e of [...this.state.ledger.values(), ...this.entries.values()])
        if (e.recordedAtMs >= sinceMs && (agentId === null || e.path.includes(agentId) || e.chargedTo.includes(agentId)))
          spent += e.costNanoUsd ?? 0n;
      return spent;
    },
  };
  private sumOf(id: string): Rollup | undefined {
    return this.sums.get(id) ?? this.state.rollups.get(id);
  }
  readonly rollups: Tx['rollups'] = {
    add: async (entries) => {
      for (const [id, sum] of foldEntries(entries, (of) => this.sumOf(of))) this.sums.set(id, sum);
    },
    get: async (id) => this.sumOf(id),
    many: async (ids) => [...new Set(ids)].map((id) => this.sumOf(id)).filter((r) => r !== undefined),
  };
  readonly agentEvents: Tx['agentEvents'] = {
    append: async (events) =>
      events.map((e) => {
        const key = pairKey(e.agentId, e.eventId);
        if (this.reported.has(key) || this.state.agentEvents.has(key)) return false;
        this.reported.set(key, { epoch: 1, sequence: null, late: false, ...e });
        return true;
      }),
    after: async (agentId, place, limit) =>
      [...this.state.agentEvents.values(), ...this.reported.values()]
        .filter((e) => e.agentId === agentId && !e.late)
        .flatMap(({ eventId, type, atMs, data, epoch, sequence }) =>
          sequence === null ? [] : [{ eventId, type, atMs, data, epoch, sequence }],
        )
        .filter((e) => comparePlaces(e, place) > 0)
        .sort(comparePlaces)
        .slice(0, limit),
  };
  readonly logs: Tx['logs'] = { append: (agentId, lines) => void this.lines.push(...lines.map((l) => ({ ...l, agentId }))) };

  commit(): void {
    for (const [key, e] of this.entries) this.state.ledger.set(key, e);
    this.state.conflicts.push(...this.conflicts);
    for (const [id, r] of this.sums) this.state.rollups.set(id, r);
    for (const [key, e] of this.reported) this.state.agentEvents.set(key, e);
    this.state.logs.push(...this.lines);
  }
}
