import type { Ids } from '../../src/kernel/ids.ts';
import type { createCountedSecrets } from '../../src/memory/memory-ids.ts';
import type { MemoryState } from '../../src/memory/memory-state.ts';
import type { Store } from '../../src/supervisor/ports.ts';
import type { Tuning } from '../../src/supervisor/work.ts';
import type { Faults } from './faults.ts';
import type { Calls, Request } from './messages.ts';
import type { Model } from './model.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';
import type { Sometimes } from './sometimes.ts';
import type { Trace } from './trace.ts';
import type { Watcher } from './watcher.ts';

/** What others may know of an agent or a runner. */
export type AgentHandle = { readonly id: string; token: string };
export type RunnerHandle = { readonly runnerId: string };

/** The world as those in it see it; `World` is what it is made of. */
export interface Surroundings {
  readonly projectId: string;
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly trace: Trace;
  readonly ids: Ids;
  readonly secrets: ReturnType<typeof createCountedSecrets>;
  readonly store: Store;
  /** Whether a checkpoint was written in part since the last question. */
  tookTear(): boolean;
  /** What is committed. */
  readonly state: Readonly<MemoryState>;
  readonly nowMs: number;
  readonly faults: Readonly<Faults>;
  /** How often a request waits for others to share its transaction. */
  readonly batching: number;
  /** In every third world stops of a few agents are already large ones. */
  readonly tuning: Tuning;
  /** After the faults: nobody begins anything new, and what was begun has to end. */
  readonly quiet: boolean;
  /** What most of this world is about: a few agents in their loops, or tasks and reviews, so that such a story gets long enough. */
  readonly about: 'anything' | 'loops' | 'tasks';
  /** How large this fleet may get. */
  readonly mostAgents: number;
  readonly model: Model;
  readonly watcher: Watcher;
  readonly network: Calls;
  readonly server: { receive(node: string, request: Request): void | Promise<void> };
  readonly agents: AgentHandle[];
  readonly runners: RunnerHandle[];
  readonly taskIds: string[];
  hit(name: Sometimes): void;
  /** The first broken promise ends the run. */
  fail(id: string, detail: string): void;
  /** What is stored of a checkpoint is no longer what was written. */
  rot(checkpointId: string): void;
}
