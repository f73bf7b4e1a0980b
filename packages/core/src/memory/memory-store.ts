import type { Commit, Store, Tx } from '../supervisor/ports.ts';
import { emptyState, type MemoryState } from './memory-state.ts';
import { MemoryTx } from './memory-tx.ts';

/** The clock of a store in memory, and where a simulation lets it crash. */
export type MemoryStoreOptions = {
  nowMs: () => number;
  /** Where a simulation crashes: throwing here means that nothing was committed. */
  beforeCommit?: (projectId: string) => void | Promise<void>;
  /** Throwing here means that everything was committed, and that the caller never hears of it. */
  afterCommit?: (commit: Commit) => void | Promise<void>;
};
/** A `Store` whose committed records can be looked at. */
export interface MemoryStore extends Store {
  /** What is committed of a project, to look at; a project begins with its first transaction. */
  state(projectId: string): Readonly<MemoryState>;
}

/**
 * `Store` in memory, the model that tests believe: it keeps the same promises as PostgreSQL (`storeContract` is run
 * against both). Transactions of a project run one after the other, in the order in which they were asked for; a
 * transaction whose work throws changes nothing.
 *
 * Use it in tests, simulations and examples; `TestFleet` has one with a supervisor on top.
 *
 * @example
 * const store = createMemoryStore({ nowMs: () => 0 });
 * await store.transact('prj_1', async (tx) => tx.agents.put(agentOf({ id: 'a', projectId: 'prj_1' })));
 * store.state('prj_1').agents.size; // → 1
 * await store.transact('prj_1', async () => Promise.reject(new Error('changed my mind'))); // → throws
 */
export function createMemoryStore({ nowMs, beforeCommit, afterCommit }: MemoryStoreOptions): MemoryStore {
  const projects = new Map<string, MemoryState>();
  const lastOf = new Map<string, Promise<unknown>>();
  const stateOf = (projectId: string): MemoryState => {
    const state = projects.get(projectId) ?? emptyState();
    projects.set(projectId, state);
    return state;
  };

  async function run<T>(projectId: string, work: (tx: Tx) => Promise<T>): Promise<{ value: T; commit: Commit }> {
    const tx = new MemoryTx(stateOf(projectId), projectId, nowMs());
    const value = await work(tx);
    await beforeCommit?.(projectId);
    const commit = tx.commit();
    await afterCommit?.(commit);
    return { value, commit };
  }
  return {
    state: stateOf,
    transact(projectId, work) {
      const done = (lastOf.get(projectId) ?? Promise.resolve()).then(() => run(projectId, work));
      lastOf.set(
        projectId,
        done.catch(() => undefined),
      );
      return done;
    },
  };
}
