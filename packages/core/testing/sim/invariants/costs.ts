import { type CostEntry, payloadOf } from '../../../src/costs/cost-entry.ts';
import { isFinalAgent } from '../../../src/kernel/transitions.ts';
import type { Model } from '../model.ts';
import type { Invariant } from './invariant.ts';

type Sum = { own: bigint; total: bigint; entries: number; unpriced: number };
type Books = {
  sums: Map<string, Sum>;
  entries: Map<string, { entry: CostEntry; payload: string }>;
  all: bigint;
  cursor: Iterator<[string, CostEntry]>;
};

/** The ledger added up a second time, entry by entry as they come: our own sums, not the core's fold. */
const booksOf = (m: Model): Books =>
  m.remember('books', () => ({ sums: new Map(), entries: new Map(), all: 0n, cursor: m.state.ledger.entries() }));
const sumOf = (b: Books, id: string): Sum => {
  let sum = b.sums.get(id);
  if (!sum) {
    sum = { own: 0n, total: 0n, entries: 0, unpriced: 0 };
    b.sums.set(id, sum);
  }
  return sum;
};

export const costInvariants: readonly Invariant[] = [
  {
    id: 'I-COST-1',
    says: 'an event id counts once for ever, and never with another content',
    check(m) {
      const books = booksOf(m);
      if (m.state.ledger.size === books.entries.size) return undefined;
      for (let left = m.state.ledger.size - books.entries.size; left > 0; left--) {
        const { value } = books.cursor.next();
        const [key, entry] = value as [string, CostEntry];
        books.entries.set(key, { entry, payload: payloadOf(entry) });
        const nano = entry.costNanoUsd ?? 0n;
        books.all += nano;
        const own = sumOf(books, entry.agentId);
        own.own += nano;
        own.entries += 1;
        own.unpriced += (entry.costNanoUsd === null ? 1 : 0) + (entry.unpricedDelta ?? 0);
        for (const id of entry.path) sumOf(books, id).total += nano;
      }
      return undefined;
    },
    settled(m) {
      const books = booksOf(m);
      for (const [key, { entry, payload }] of books.entries)
        if (m.state.ledger.get(key) !== entry || payloadOf(entry) !== payload) return `${key} is not what was stored first`;
      return undefined;
    },
  },
  {
    id: 'I-COST-3',
    says: 'an entry keeps the path of its agent at the moment it was recorded',
    check(m) {
      if (m.state.ledger.size === m.ledgerSize || m.commands.some((c) => c.type !== 'costs.report')) return undefined;
      for (const entry of fresh(m)) {
        const path = m.replay.agents.get(entry.agentId)?.path;
        if (!path || entry.path.join() !== path.join()) return `${entry.eventId} has the path ${entry.path.join(' ')}`;
        if (entry.sessionId !== path[0]) return `${entry.eventId} stands in the session ${entry.sessionId}`;
      }
      return undefined;
    },
  },
  {
    id: 'I-COST-7',
    says: 'costs after a stop or an end are taken and flagged',
    check(m) {
      if (m.state.ledger.size === m.ledgerSize || m.commands.some((c) => c.type !== 'costs.report')) return undefined;
      for (const entry of fresh(m)) {
        const agent = m.replay.agents.get(entry.agentId);
        // under a large stop that still enlists, by the fence above
        const late = agent !== undefined && (isFinalAgent(agent.state) || agent.stopId !== null || m.fenceOver(agent.path) !== undefined);
        if (entry.late !== late) return `${entry.eventId} of ${entry.agentId} (${agent?.state}) is flagged ${entry.late}`;
      }
      return undefined;
    },
  },
  {
    id: 'I-COST-8',
    says: 'what has no price is unpriced, never zero',
    check(m, commit) {
      for (const r of commit.rollups) {
        const own = booksOf(m).sums.get(r.id);
        if (own && (own.unpriced < 0 || own.unpriced !== r.ownUnpriced || own.entries !== r.ownEntries))
          return `${r.id}: ${r.ownUnpriced} unpriced of ${r.ownEntries}`;
      }
      for (const entry of fresh(m))
        if ((entry.pricedBy === 'unpriced') !== (entry.costNanoUsd === null) || (entry.unpricedDelta && entry.pricedBy !== 'adjustment'))
          return `${entry.eventId} by ${entry.pricedBy}`;
      return undefined;
    },
  },
  {
    id: 'I-COST-9',
    says: 'the rollup equals the ledger, and the roots add up to it',
    check(m, commit) {
      for (const r of commit.rollups) {
        const sum = booksOf(m).sums.get(r.id);
        if (sum?.own !== r.ownNanoUsd || sum.total !== r.totalNanoUsd)
          return `${r.id} has ${r.ownNanoUsd}/${r.totalNanoUsd}, its entries ${sum?.own}/${sum?.total}`;
      }
      return undefined;
    },
    settled(m) {
      const books = booksOf(m);
      let own = 0n;
      for (const r of m.state.rollups.values()) own += r.ownNanoUsd;
      if (own !== books.all) return `direct costs are ${own}, the ledger has ${books.all}`;
      const roots = new Map<string, bigint>();
      for (const { entry } of books.entries.values()) {
        const root = entry.path[0] as string;
        roots.set(root, (roots.get(root) ?? 0n) + (entry.costNanoUsd ?? 0n));
      }
      for (const [id, sum] of books.sums) if (m.state.rollups.get(id)?.totalNanoUsd !== sum.total) return `the total of ${id} is off`;
      let total = 0n;
      for (const sum of roots.values()) total += sum;
      return total === books.all ? undefined : `the roots have ${total}, the ledger ${books.all}`;
    },
  },
];

/** The entries of this commit: a map keeps its order, so the new ones are the last. */
function fresh(m: Model): CostEntry[] {
  if (m.state.ledger.size === m.ledgerSize) return [];
  return [...m.state.ledger.values()].slice(m.ledgerSize);
}
