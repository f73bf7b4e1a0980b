import type {
  BarrierView,
  Board,
  ChangeView,
  Fleet,
  LiveAgent,
  LockView,
  Patch,
  Snapshot,
  StopSummary,
  TaskView,
} from '@reeve/core/vocabulary';
import { decodeFleet } from './decode-fleet';
import { decodeRow } from './decode-row';
import { TreeIndex } from './tree-index';

export type RecordKind = 'agent' | 'counts' | 'task' | 'change' | 'stop';
/** What concerns more than one record. `states`: any agent's state; `locks`: locks and barriers in use; `tree`: who is under whom; `costs`: any amount; `seq`: the log grew. */
export type Topic = 'tree' | 'states' | 'agents' | 'tasks' | 'changes' | 'stops' | 'locks' | 'costs' | 'seq';
type Listener = () => void;

/**
 * The keyed store of the live screen: one record a key, replaced and never edited, so that a component that shows one
 * agent renders when that agent changes and at no other time. Patches are applied silently; `flush` then tells those
 * concerned, once per animation frame.
 */
export class LiveStore {
  readonly agents = new Map<string, LiveAgent>();
  readonly tasks = new Map<string, TaskView>();
  readonly changes = new Map<string, ChangeView>();
  readonly stops = new Map<string, StopSummary>();
  /** In use: somebody holds or waits. */
  readonly locks = new Map<string, LockView>();
  readonly barriers = new Map<string, BarrierView>();
  readonly tree = new TreeIndex();
  /** False until the first fleet: no agent is known yet. */
  ready = false;
  /** False until the rest of the first snapshot has come as well: tasks, changes, stops. */
  complete = false;
  /** Up to where in the log this store has seen everything. */
  seq = -1;

  readonly #records: Record<RecordKind, Map<string, Set<Listener>>> = {
    agent: new Map(),
    counts: new Map(),
    task: new Map(),
    change: new Map(),
    stop: new Map(),
  };
  readonly #topics = new Map<Topic, Set<Listener>>();
  readonly #dirtyRecords = new Map<RecordKind, Set<string>>();
  readonly #dirtyTopics = new Set<Topic>();
  readonly #versions: Record<Topic, number> = { tree: 0, states: 0, agents: 0, tasks: 0, changes: 0, stops: 0, locks: 0, costs: 0, seq: 0 };
  #ids: Partial<Record<'agents' | 'tasks' | 'changes' | 'stops', string[]>> = {};

  /** Grows each time the topic changed; what `useSyncExternalStore` compares. */
  version = (topic: Topic): number => this.#versions[topic];

  /** The ids of one kind, the same array until one comes or goes. */
  ids(kind: 'agents' | 'tasks' | 'changes' | 'stops'): string[] {
    const ids = this.#ids[kind] ?? [...this[kind].keys()];
    this.#ids[kind] = ids;
    return ids;
  }

  /** Both parts at once. */
  load(snapshot: Snapshot): void {
    this.#loadAgents(snapshot.seq, snapshot.agents.map(decodeRow));
    this.loadBoard(snapshot);
  }
  /** The first part of a snapshot replaces all agents; what else is known stays as it is until `loadBoard`. */
  loadFleet(fleet: Fleet): void {
    this.#loadAgents(fleet.seq, decodeFleet(fleet.columns));
  }
  loadBoard(board: Board): void {
    for (const kind of ['tasks', 'changes', 'stops'] as const) {
      const map: Map<string, { id: string }> = this[kind];
      map.clear();
      for (const record of board[kind]) map.set(record.id, record);
      delete this.#ids[kind];
      this.#touchTopic(kind);
    }
    this.locks.clear();
    this.barriers.clear();
    for (const l of board.locks) this.locks.set(l.id, l);
    for (const b of board.barriers) this.barriers.set(b.id, b);
    this.#touchTopic('locks');
    this.complete = true;
    for (const kind of ['task', 'change', 'stop'] as const) for (const id of this.#records[kind].keys()) this.#touch(kind, id);
    // whoever shows nothing before everything is here listens to the log
    this.#touchTopic('seq');
  }
  #loadAgents(seq: number, agents: readonly LiveAgent[]): void {
    this.agents.clear();
    this.tree.clear();
    delete this.#ids.agents;
    for (const a of agents) {
      this.agents.set(a.id, a);
      this.tree.put(a.id, a.parentId, a.state);
    }
    this.ready = true;
    this.seq = seq;
    for (const kind of ['agent', 'counts'] as const) for (const id of this.#records[kind].keys()) this.#touch(kind, id);
    for (const topic of ['tree', 'states', 'agents', 'costs', 'seq'] as const) this.#touchTopic(topic);
  }

  apply(patch: Patch): void {
    switch (patch[0]) {
      case 'a': {
        const [, ...row] = patch;
        this.#putAgent(decodeRow(row));
        return;
      }
      case 'h': {
        const [, id, lastHeartbeatMs, leaseExpiresMs, activity, progress, checkpointMs] = patch;
        const a = this.agents.get(id);
        if (a)
          this.#replace({
            ...a,
            lastHeartbeatMs,
            leaseExpiresMs,
            activity,
            progress,
            checkpointMs: checkpointMs === undefined ? a.checkpointMs : checkpointMs,
          });
        return;
      }
      case 'c': {
        const [, id, ownNanoUsd, subtreeNanoUsd, unpriced] = patch;
        const a = this.agents.get(id);
        if (!a) return;
        this.#touchTopic('costs');
        this.#replace({ ...a, ownNanoUsd, subtreeNanoUsd, unpriced });
        return;
      }
      case 't':
        this.#put('task', 'tasks', this.tasks, patch[1]);
        return;
      case 'g':
        this.#put('change', 'changes', this.changes, patch[1]);
        return;
      case 's':
        this.#put('stop', 'stops', this.stops, patch[1]);
        return;
      case 'l':
        this.#keepInUse(this.locks, patch[1], patch[1].holders.length + patch[1].waiters.length);
        return;
      case 'b':
        this.#keepInUse(this.barriers, patch[1], patch[1].arrived.length);
        return;
    }
  }

  /** The log is known up to `seq`. */
  advance(seq: number): void {
    if (seq <= this.seq) return;
    this.seq = seq;
    this.#touchTopic('seq');
  }

  /** Tells everybody whose record or topic changed since the last flush. */
  flush(): void {
    const calls = new Set<Listener>();
    for (const [kind, ids] of this.#dirtyRecords) for (const id of ids) for (const l of this.#records[kind].get(id) ?? []) calls.add(l);
    for (const topic of this.#dirtyTopics) for (const l of this.#topics.get(topic) ?? []) calls.add(l);
    this.#dirtyRecords.clear();
    this.#dirtyTopics.clear();
    for (const call of calls) call();
  }

  subscribe(kind: RecordKind, id: string, listener: Listener): () => void {
    return listen(this.#records[kind], id, listener);
  }
  subscribeTopic(topic: Topic, listener: Listener): () => void {
    return listen(this.#topics, topic, listener);
  }

  #putAgent(a: LiveAgent): void {
    const before = this.agents.get(a.id);
    this.#replace(a);
    if (!before) {
      delete this.#ids.agents;
      this.#touchTopic('agents');
    }
    if (before?.state !== a.state) this.#touchTopic('states');
    if (this.tree.put(a.id, a.parentId, a.state, (id) => this.#touch('counts', id))) this.#touchTopic('tree');
  }
  #replace(a: LiveAgent): void {
    this.agents.set(a.id, a);
    this.#touch('agent', a.id);
  }
  #put<T extends { id: string }>(kind: RecordKind, topic: 'tasks' | 'changes' | 'stops', map: Map<string, T>, record: T): void {
    if (!map.has(record.id)) delete this.#ids[topic];
    map.set(record.id, record);
    this.#touch(kind, record.id);
    this.#touchTopic(topic);
  }
  #keepInUse<T extends { id: string }>(map: Map<string, T>, record: T, users: number): void {
    if (users > 0) map.set(record.id, record);
    else map.delete(record.id);
    this.#touchTopic('locks');
  }
  #touch(kind: RecordKind, id: string): void {
    if (!this.#records[kind].has(id)) return;
    const ids = this.#dirtyRecords.get(kind);
    if (ids) ids.add(id);
    else this.#dirtyRecords.set(kind, new Set([id]));
  }
  #touchTopic(topic: Topic): void {
    this.#versions[topic]++;
    this.#dirtyTopics.add(topic);
  }
}

function listen<K>(map: Map<K, Set<Listener>>, key: K, listener: Listener): () => void {
  const set = map.get(key) ?? new Set();
  map.set(key, set);
  set.add(listener);
  return () => {
    set.delete(listener);
    if (set.size === 0 && map.get(key) === set) map.delete(key);
  };
}
