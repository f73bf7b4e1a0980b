import { effectivePriority } from '../../../src/coordination/lock.ts';
import type { LoggedEvent } from '../../../src/kernel/events.ts';
import { isFinalAgent } from '../../../src/kernel/transitions.ts';
import type { Model } from '../model.ts';
import type { Invariant } from './invariant.ts';

type Holder = { agentId: string; expiresAtMs: number };
type Waiter = { agentId: string; priority: number; sinceMs: number; deadlineMs: number; order: number };
/** Locks as their facts tell of them: kept by the last of the lock's invariants, so that the others see what was before. */
type LockBook = { permits: number; token: bigint; holders: Map<string, Holder>; waiters: Map<string, Waiter> };
type Meeting = { generation: number; parties: number; lost: number; there: Set<string> };

function lockOf(m: Model, id: string): LockBook {
  const books = m.remember('locks', () => new Map<string, LockBook>());
  let book = books.get(id);
  if (!book) {
    book = { permits: 1, token: 0n, holders: new Map(), waiters: new Map() };
    books.set(id, book);
  }
  return book;
}
const keyOf = (p: { agentId: string; requestId: string | null }): string => `${p.agentId} ${p.requestId}`;
const hasEnded = (m: Model, id: string): boolean => isFinalAgent(m.replay.agents.get(id)?.state ?? 'failed');

export const coordinationInvariants: readonly Invariant[] = [
  {
    id: 'I-SYNC-2',
    says: 'the token of a lock grows with every grant, and only what is held is freed or renewed',
    on: ['lock.granted', 'lock.freed', 'lock.renewed'],
    fact(m, e) {
      const book = lockOf(m, e.subjectId);
      if (e.type === 'lock.granted')
        return BigInt(e.data.token) > book.token ? undefined : `${e.data.name}: ${book.token} → ${e.data.token}`;
      if (e.type !== 'lock.freed' && e.type !== 'lock.renewed') return undefined;
      return book.holders.has(e.data.token) ? undefined : `${e.type} of the permit ${e.data.token} of ${e.subjectId}, which nobody holds`;
    },
  },
  {
    id: 'I-SYNC-3',
    says: 'who waits no more never ends up holding',
    on: ['lock.granted'],
    fact(m, e, commit) {
      if (e.type !== 'lock.granted') return undefined;
      const { agentId, name, waitedMs } = e.data;
      const waiter = lockOf(m, e.subjectId).waiters.get(keyOf(e.data));
      if (waitedMs > 0 && !waiter) return `${agentId} got ${name} after ${waitedMs} ms, and it did not wait`;
      if (waiter && waiter.deadlineMs < commit.atMs) return `${agentId} got ${name} after its time`;
      // a change holds the lease of its repository in its own name
      if (m.state.changes.has(agentId)) return undefined;
      return hasEnded(m, agentId) ? `${agentId} has ended and got ${name}` : undefined;
    },
  },
  {
    id: 'I-SYNC-4',
    says: 'first come, first served within a priority, with ageing',
    on: ['lock.granted'],
    fact(m, e, { atMs }) {
      if (e.type !== 'lock.granted') return undefined;
      const { waiters } = lockOf(m, e.subjectId);
      const mine = waiters.get(keyOf(e.data));
      for (const w of waiters.values()) {
        if (w === mine || w.deadlineMs <= atMs || hasEnded(m, w.agentId)) continue;
        // somebody who has just come passes nobody who waits
        if (!mine) return `${e.data.agentId} got ${e.data.name} at once while ${w.agentId} waited`;
        const [theirs, ours] = [effectivePriority(w, atMs), effectivePriority(mine, atMs)];
        if (theirs > ours || (theirs === ours && w.order < mine.order)) return `${e.data.agentId} got ${e.data.name} before ${w.agentId}`;
      }
      return undefined;
    },
  },
  {
    id: 'I-SYNC-1',
    says: 'unexpired permits held never exceed the permits',
    on: ['lock.defined', 'lock.granted', 'lock.waiting', 'lock.renewed', 'lock.freed', 'lock.wait-ended'],
    fact(m, e, { atMs }) {
      const book = lockOf(m, e.subjectId);
      keep(book, e, atMs);
      let held = 0;
      for (const h of book.holders.values()) if (h.expiresAtMs > atMs) held += 1;
      return held > book.permits ? `${e.subjectId} has ${book.permits} permits and ${held} holders` : undefined;
    },
  },
  {
    id: 'I-SYNC-5',
    says: 'no permit is held past its lease, and nobody waits while one is free or past its time',
    settled(m, nowMs) {
      const past = (ms: number): boolean => ms + 5_000 < nowMs;
      for (const l of m.state.locks.values()) {
        for (const h of l.holders) if (past(h.expiresAtMs)) return `${h.agentId} holds ${l.name} past its lease`;
        if (l.holders.length < l.permits && l.waiters.length) return `${l.waiters[0]?.agentId} waits for ${l.name}, and a permit is free`;
        for (const w of l.waiters) if (past(w.deadlineMs)) return `${w.agentId} waits for ${l.name} past its time`;
      }
      for (const b of m.state.barriers.values())
        for (const p of b.arrived) if (past(p.deadlineMs)) return `${p.agentId} waits at ${b.name} past its time`;
      return undefined;
    },
  },
  {
    id: 'I-SYNC-6',
    says: 'a barrier lets all go on or none, once a generation, and only when all have come',
    on: ['barrier.opened', 'barrier.arrived', 'barrier.left', 'barrier.released', 'barrier.broken'],
    fact(m, e) {
      const meetings = m.remember('I-SYNC-6', () => new Map<string, Meeting>());
      const now = meetings.get(e.subjectId) ?? { generation: 0, parties: 0, lost: 0, there: new Set<string>() };
      meetings.set(e.subjectId, now);
      switch (e.type) {
        case 'barrier.opened':
          if (now.there.size) return `${e.data.name} began again with ${now.there.size} still there`;
          meetings.set(e.subjectId, { generation: e.data.generation, parties: e.data.parties, lost: 0, there: new Set() });
          return e.data.generation > now.generation || now.generation === 0 ? undefined : `${e.data.name} is at ${e.data.generation} again`;
        case 'barrier.arrived':
          now.there.add(keyOf(e.data));
          return undefined;
        case 'barrier.left':
          now.there.delete(keyOf(e.data));
          now.lost += 1;
          return undefined;
        case 'barrier.released': {
          const told = e.data.parties.map(keyOf);
          const all = told.length === now.there.size && told.every((key) => now.there.has(key));
          now.there = new Set();
          if (!all) return `${e.data.name} let ${told.length} go on, and others were there`;
          return told.length + now.lost >= now.parties ? undefined : `${e.data.name} let ${told.length} of ${now.parties} go on`;
        }
        case 'barrier.broken': {
          const told = e.data.parties.map(keyOf);
          const missed = [...now.there].find((key) => !told.includes(key) && !key.startsWith(`${e.data.agentId} `));
          now.there = new Set();
          return missed ? `${e.data.name} broke and ${missed} was not told` : undefined;
        }
        default:
          return undefined;
      }
    },
  },
  {
    id: 'I-SYNC-8',
    says: 'a stop frees the locks and ends the waits of its subtree',
    check(m, commit) {
      if (m.stopRoots.size === 0) return undefined;
      const fenced = (id: string): boolean => m.fenceOf(id) !== undefined && !hasEnded(m, id);
      for (const l of commit.stops.length ? m.state.locks.values() : commit.locks)
        for (const x of [...l.holders, ...l.waiters]) if (fenced(x.agentId)) return `${x.agentId} is under a stop and at ${l.name}`;
      for (const b of commit.stops.length ? m.state.barriers.values() : commit.barriers)
        for (const p of b.arrived) if (fenced(p.agentId)) return `${p.agentId} is under a stop and waits at ${b.name}`;
      if (commit.stops.length)
        for (const watch of m.state.endWatches.values())
          for (const id of watch.agentIds) if (fenced(id)) return `${id} is under a stop and waits for ${watch.name}`;
      return undefined;
    },
  },
];

function keep(book: LockBook, e: LoggedEvent, atMs: number): void {
  switch (e.type) {
    case 'lock.defined':
      book.permits = e.data.permits;
      return;
    case 'lock.waiting': {
      const { agentId, priority, deadlineMs } = e.data;
      book.waiters.set(keyOf(e.data), { agentId, priority, sinceMs: atMs, deadlineMs, order: e.seq });
      return;
    }
    case 'lock.granted':
      book.waiters.delete(keyOf(e.data));
      book.holders.set(e.data.token, { agentId: e.data.agentId, expiresAtMs: e.data.expiresAtMs });
      book.token = BigInt(e.data.token);
      return;
    case 'lock.renewed': {
      const holder = book.holders.get(e.data.token);
      if (holder) holder.expiresAtMs = e.data.expiresAtMs;
      return;
    }
    case 'lock.freed':
      book.holders.delete(e.data.token);
      return;
    case 'lock.wait-ended':
      book.waiters.delete(keyOf(e.data));
  }
}
