import { isFinalAgent } from '../../src/kernel/transitions.ts';
import type { MemoryState } from '../../src/memory/memory-state.ts';
import type { Command } from '../../src/supervisor/commands.ts';
import type { Commit } from '../../src/supervisor/ports.ts';
import { defaultTuning } from '../../src/supervisor/work.ts';
import { Replay } from './replay.ts';
import type { Sometimes } from './sometimes.ts';

type Tables = 'agents' | 'leases' | 'tasks' | 'stops' | 'stopMembers' | 'changes' | 'rollups';
type Rows = { [T in Tables]: Map<string, MemoryState[T] extends Map<string, infer R> ? R : never> };
/** A time in which no supervisor looked at anything. */
export type Standstill = { fromMs: number; toMs: number; died: boolean };

/**
 * What the watcher knows: the rows as they were before the commit that is being looked at, what the log alone says
 * (`replay`), and what callers and commits brought. Invariants look at this, and at the store's own state.
 */
export class Model {
  readonly replay = new Replay();
  /** The rows before the commit that is being looked at. */
  readonly rows: Rows = {
    agents: new Map(),
    leases: new Map(),
    tasks: new Map(),
    stops: new Map(),
    stopMembers: new Map(),
    changes: new Map(),
    rollups: new Map(),
  };
  /** Roots of accepted stops, with the place of the acceptance in the log. */
  readonly stopRoots = new Map<string, number>();
  readonly membersOf = new Map<string, string[]>();
  readonly standstills: Standstill[] = [];
  readonly startedAtMs: number[] = [];
  /** What invariants remember from one commit to the next, each under its own number. */
  readonly memory = new Map<string, unknown>();
  commands: readonly Command[] = [];
  lastCommit: Commit | undefined;
  /** Entries of the ledger that were there before. */
  ledgerSize = 0;
  /** From more members on a stop takes turns. */
  stopAtOnceUpTo = defaultTuning.stopAtOnceUpTo;

  constructor(
    readonly state: Readonly<MemoryState>,
    readonly hit: (name: Sometimes) => void,
  ) {}

  /** A place where an invariant keeps what it has seen. */
  remember<T>(id: string, make: () => T): T {
    let kept = this.memory.get(id);
    if (kept === undefined) {
      kept = make();
      this.memory.set(id, kept);
    }
    return kept as T;
  }
  /** The stop root over this agent, itself included, that was accepted first; undefined when it is free. */
  fenceOf(agentId: string): string | undefined {
    return this.fenceOver(this.replay.agents.get(agentId)?.path ?? [agentId]);
  }
  fenceOver(path: readonly string[]): string | undefined {
    if (this.stopRoots.size === 0) return undefined;
    return path.find((id) => this.stopRoots.has(id));
  }

  supervisorStalls(fromMs: number, toMs: number): void {
    this.standstills.push({ fromMs, toMs, died: false });
  }
  /** One that stands still goes on, or dies. */
  supervisorGoesOn(atMs: number): void {
    for (const s of this.standstills) s.toMs = Math.min(s.toMs, Math.max(s.fromMs, atMs));
  }
  supervisorDied(atMs: number): void {
    this.supervisorGoesOn(atMs);
    this.standstills.push({ fromMs: atMs, toMs: Number.POSITIVE_INFINITY, died: true });
  }
  supervisorStarted(atMs: number): void {
    this.startedAtMs.push(atMs);
    const last = this.standstills.at(-1);
    if (last?.died) last.toMs = atMs;
  }
  /** Everything under the root, or, where a whole project is stopped, everything that lives now. */
  fence(rootId: string | null, seq: number): void {
    const live = () => [...this.replay.agents.values()].flatMap((a) => (isFinalAgent(a.state) ? [] : a.id));
    for (const id of rootId ? [rootId] : live()) if (!this.stopRoots.has(id)) this.stopRoots.set(id, seq);
  }
  /** The commit is looked at: its rows are what was before the next one. */
  move(commit: Commit): void {
    const { rows } = this;
    for (const r of commit.agents) rows.agents.set(r.id, r);
    for (const r of commit.leases) rows.leases.set(r.id, r);
    for (const r of commit.tasks) rows.tasks.set(r.id, r);
    for (const r of commit.stops) rows.stops.set(r.id, r);
    for (const r of commit.stopMembers) rows.stopMembers.set(r.id, r);
    for (const r of commit.changes) rows.changes.set(r.id, r);
    for (const r of commit.rollups) rows.rollups.set(r.id, r);
    this.ledgerSize = this.state.ledger.size;
  }
}
