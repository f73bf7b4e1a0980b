import type { CostEntry } from '../../src/costs/cost-entry.ts';
import type { Rollup } from '../../src/costs/rollup.ts';
import type { LoggedEvent, NewEvent } from '../../src/kernel/events.ts';
import type { Ids } from '../../src/kernel/ids.ts';
import type { Command } from '../../src/supervisor/commands.ts';
import type { Commit, Secrets, Store, Tx } from '../../src/supervisor/ports.ts';
import { createSupervisor, type Supervisor } from '../../src/supervisor/supervisor.ts';
import { oddText } from '../records.ts';
import { commandOf, operator } from '../test-fleet.ts';

/** A store with what the contract needs beside it. */
export type StoreUnderTest = {
  store: Store;
  ids: Ids;
  secrets: Secrets;
  /** A project that exists and has nothing in it. */
  newProject(): Promise<string>;
  /** What is really there, past the transactions. */
  events(projectId: string): Promise<Pick<LoggedEvent, 'seq' | 'type' | 'subjectId' | 'actor' | 'data'>[]>;
  entries(projectId: string): Promise<CostEntry[]>;
  conflicts(projectId: string): Promise<string[]>;
  rollups(projectId: string): Promise<Rollup[]>;
  logs(projectId: string): Promise<string[]>;
  tokens(projectId: string): Promise<string[]>;
  close(): Promise<void>;
};

/** A fact of no consequence. */
export const fact = (subjectId = 'agt_1'): NewEvent => ({ type: 'agent.interrupted', subjectId, data: { reason: oddText } });

/** The store under test with a project that is new for each test, and the shortest words for what tests do to them. */
export class StoreBench {
  on!: StoreUnderTest;
  supervisor!: Supervisor;
  projectId = '';

  async open(open: () => Promise<StoreUnderTest>): Promise<void> {
    this.on = await open();
    this.supervisor = createSupervisor(this.on);
  }
  async begin(): Promise<void> {
    this.projectId = await this.on.newProject();
  }

  id = (kind: Parameters<Ids['next']>[0]): string => this.on.ids.next(kind);
  transact = async <T>(work: (tx: Tx) => Promise<T>): Promise<T> => (await this.on.store.transact(this.projectId, work)).value;
  commitOf = async (work: (tx: Tx) => Promise<unknown>): Promise<Commit> => (await this.on.store.transact(this.projectId, work)).commit;
  /** Commands that must all succeed, in one transaction. */
  run = async (commands: Command[]): Promise<never[]> => {
    const { results } = await this.supervisor.executeBatch(this.projectId, commands);
    return results.map((r) => {
      if (!r.ok) throw new Error(JSON.stringify(r.error));
      return r.value as never;
    });
  };
  register = async (parentId: string | null = null): Promise<string> => {
    const [r] = (await this.run([commandOf('agents.register', { name: 'x', parentId }, operator)])) as { agentId: string }[];
    return r?.agentId ?? '';
  };
}
