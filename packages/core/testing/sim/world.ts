import { createCountedSecrets, createSequentialIds } from '../../src/memory/memory-ids.ts';
import { createMemoryStore } from '../../src/memory/memory-store.ts';
import type { Commit, Store } from '../../src/supervisor/ports.ts';
import { defaultTuning, type Tuning } from '../../src/supervisor/work.ts';
import { Operator } from './actors/operator.ts';
import { drawFaults, type Faults, noFaults } from './faults.ts';
import { Model } from './model.ts';
import { Network } from './network.ts';
import { Random } from './random.ts';
import { Scheduler } from './scheduler.ts';
import { Crash, SimServer, StoreLost } from './server.ts';
import type { Sometimes, SometimesCounts } from './sometimes.ts';
import type { AgentHandle, RunnerHandle, Surroundings } from './surroundings.ts';
import { withTornWrites } from './torn-store.ts';
import { Trace } from './trace.ts';
import { Watcher } from './watcher.ts';

export type Violation = { id: string; detail: string };

/** One simulated world: the real supervisor over the store in memory, and everything around it drawn from one seed. */
export class World implements Surroundings {
  readonly projectId = 'prj_sim';
  readonly random: Random;
  readonly scheduler = new Scheduler();
  readonly trace: Trace;
  readonly ids = createSequentialIds();
  readonly secrets = createCountedSecrets();
  readonly counts: SometimesCounts = {};
  readonly store: Store;
  private readonly memory;
  private torn = false;
  readonly model: Model;
  readonly watcher: Watcher;
  readonly network: Network;
  readonly server: SimServer;
  readonly operator: Operator;
  /** What most of this world is about: a few agents in their loops, or tasks and reviews, so that such a story gets long enough. */
  readonly about: 'anything' | 'loops' | 'tasks';
  /** How large this fleet may get. */
  readonly mostAgents: number;
  faults: Readonly<Faults>;
  /** How often a request waits for others to share its transaction. */
  batching: number;
  tuning: Tuning;
  /** After the faults: nobody begins anything new, and what was begun has to end. */
  quiet = false;
  violation: Violation | undefined;
  readonly agents: AgentHandle[] = [];
  readonly runners: RunnerHandle[] = [];
  readonly taskIds: string[] = [];

  constructor(
    readonly seed: number,
    line?: (text: string) => void,
  ) {
    this.random = new Random(seed);
    this.trace = new Trace(line);
    this.faults = drawFaults(this.random);
    this.tuning = this.random.chance(0.35)
      ? { stopAtOnceUpTo: this.random.int(3), stopInOneTurn: this.random.between(1, 3) }
      : defaultTuning;
    this.batching = this.random.chance(0.4) ? this.random.between(5, 60) / 100 : 0;
    this.memory = createMemoryStore({
      nowMs: () => this.scheduler.nowMs,
      beforeCommit: () => this.beforeCommit(),
      afterCommit: (commit) => this.afterCommit(commit),
    });
    this.store = withTornWrites(
      this.memory,
      () => this.random.chance(this.faults.tear),
      (how) => {
        this.torn = true;
        this.trace.add(this.nowMs, 'torn write', how);
      },
    );
    this.model = new Model(this.state, (name) => this.hit(name));
    this.model.stopAtOnceUpTo = this.tuning.stopAtOnceUpTo;
    this.watcher = new Watcher(this.model, (id, detail) => this.fail(id, detail));
    this.network = new Network(this);
    this.server = new SimServer(this);
    this.operator = new Operator(this);
    this.about = this.random.weighted({ anything: 85, loops: 10, tasks: 5 });
    const few = this.about !== 'anything';
    this.mostAgents = few ? this.random.between(2, 4) : this.random.chance(0.05) ? 24 : this.random.between(4, 12);
  }

  get nowMs(): number {
    return this.scheduler.nowMs;
  }
  get state() {
    return this.memory.state(this.projectId);
  }
  hit(name: Sometimes): void {
    this.counts[name] = (this.counts[name] ?? 0) + 1;
  }
  /** The first broken promise ends the run. */
  fail(id: string, detail: string): void {
    if (this.violation) return;
    this.violation = { id, detail };
    this.trace.add(this.nowMs, 'BROKEN', id, () => detail);
  }
  tookTear(): boolean {
    const { torn } = this;
    this.torn = false;
    return torn;
  }
  rot(checkpointId: string): void {
    const row = this.state.checkpoints.get(checkpointId);
    const bodyText = row?.bodyText.replace(/"steps":\d+/, '"steps":77');
    if (!row || bodyText === row.bodyText) return;
    this.state.checkpoints.set(checkpointId, { ...row, bodyText: bodyText as string });
    this.trace.add(this.nowMs, 'rot', checkpointId);
  }
  heal(): void {
    this.trace.add(this.nowMs, 'healed');
    this.faults = noFaults;
    this.quiet = true;
    this.network.heal();
    this.server.heal();
  }

  private beforeCommit(): void {
    if (this.random.chance(this.faults.crashBefore)) {
      this.hit('crash before a commit');
      throw new Crash();
    }
    if (this.random.chance(this.faults.storeBefore)) {
      this.hit('store failed before a commit');
      this.trace.add(this.nowMs, 'store failed', 'before');
      throw new StoreLost();
    }
  }
  private afterCommit(commit: Commit): void {
    for (const e of commit.events)
      this.trace.add(commit.atMs, `  ${e.type}`, e.subjectId, () => `#${e.seq} ${e.actor} ${JSON.stringify(e.data)}`);
    this.watcher.take(commit);
    if (this.random.chance(this.faults.crashAfter)) {
      this.hit('crash after a commit');
      throw new Crash();
    }
    if (this.random.chance(this.faults.storeAfter)) {
      this.hit('store failed after a commit');
      this.trace.add(this.nowMs, 'store failed', 'after');
      throw new StoreLost();
    }
  }
}
