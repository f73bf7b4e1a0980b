import {
  type Actor,
  type Command,
  type CommandMap,
  type CommandOutput,
  type CommandType,
  type Commit,
  err,
  type Result,
  type Supervisor,
} from '@reeve/core';
import type { Principal } from '@reeve/core/vocabulary';
import type { Commands } from '../trpc/context.ts';
import { DomainFailure } from '../trpc/failure.ts';
import { FreshFences } from './fresh-fences.ts';

type Waiting = { command: Command; resolve: (value: unknown) => void; reject: (e: unknown) => void };
function settle({ resolve, reject }: Waiting, r: Result<unknown>): void {
  if (r.ok) resolve(r.value);
  else reject(new DomainFailure(r.error));
}

const maxBatch = 512;
/** As many batches of a project are on their way at once: one is decided while the one before it is written. */
const maxUnderWay = 2;
/** Fewer than this are not worth two transactions. */
const minToSplit = 128;
/** Beyond this many waiting commands of a project new ones are refused with 503: a limit on everything. */
const maxWaiting = 20_000;

/**
 * The one way in. Commands that arrive while a batch of their project is decided wait together and go into the next one: batches
 * by nature, one commit and one lock for all, and no delay for a lone command. A batch is decided while the one before it is
 * written (docs/adr/0016).
 *
 * When a batch fails as a whole, each of its commands is tried alone, so that one that is faulty cannot take its
 * neighbours down; a lost database fails them all.
 */
export class GroupWriter implements Commands {
  private readonly waiting = new Map<string, Waiting[]>();
  /** Projects whose waiting commands are being put into batches. */
  private readonly draining = new Set<string>();
  private readonly underWay = new Map<string, Set<Promise<void>>>();
  private readonly fresh = new FreshFences();
  private idle: (() => void)[] = [];

  constructor(
    private readonly supervisor: Supervisor,
    private readonly onCommit: (commit: Commit) => void,
    private readonly onError: (e: unknown) => void = (e) => process.emitWarning(e as Error),
  ) {}

  execute<T extends CommandType>(principal: Principal, type: T, input: CommandMap[T]['in']): Promise<CommandOutput<T>> {
    return this.submit(principal.projectId, { type, input, actor: actorOf(principal) } as Command) as Promise<CommandOutput<T>>;
  }
  /** For the loops, which act as the system. */
  system<T extends CommandType>(projectId: string, id: string, type: T, input: CommandMap[T]['in']): Promise<CommandOutput<T>> {
    return this.submit(projectId, { type, input, actor: { kind: 'system', id } } as Command) as Promise<CommandOutput<T>>;
  }

  private submit(projectId: string, command: Command): Promise<unknown> {
    const fenced = this.fresh.refusalOf(command);
    if (fenced) return Promise.reject(new DomainFailure(fenced));
    let queue = this.waiting.get(projectId);
    if (!queue) {
      queue = [];
      this.waiting.set(projectId, queue);
    }
    if (queue.length >= maxWaiting)
      return Promise.reject(new DomainFailure({ code: 'unavailable', what: 'The writer (too many commands wait)' }));
    const answered = new Promise<unknown>((resolve, reject) => queue.push({ command, resolve, reject }));
    if (!this.draining.has(projectId)) void this.drain(projectId);
    return answered;
  }

  private async drain(projectId: string): Promise<void> {
    this.draining.add(projectId);
    const underWay = this.underWay.get(projectId) ?? new Set();
    this.underWay.set(projectId, underWay);
    // what comes in the same turn of the event loop belongs to the same batch
    await new Promise<void>((go) => setImmediate(go));
    for (;;) {
      while (underWay.size >= maxUnderWay) await Promise.race(underWay);
      const queue = this.waiting.get(projectId);
      if (!queue?.length) break;
      // half of many that wait while nothing is written: the other half is decided while the first one is
      const isSplit = underWay.size === 0 && queue.length >= minToSplit;
      const batch = queue.splice(0, Math.min(maxBatch, isSplit ? Math.ceil(queue.length / 2) : queue.length));
      await new Promise<void>((decided) => {
        const done = this.run(projectId, batch, decided).then(() => {
          underWay.delete(done);
          decided();
        });
        underWay.add(done);
      });
    }
    this.draining.delete(projectId);
    await Promise.all(underWay);
    if (this.isIdle()) for (const go of this.idle.splice(0)) go();
  }
  private isIdle(): boolean {
    return this.draining.size === 0 && [...this.underWay.values()].every((of) => of.size === 0);
  }

  private async run(projectId: string, batch: Waiting[], onDecided: () => void = () => {}): Promise<void> {
    let done: Awaited<ReturnType<Supervisor['executeBatch']>>;
    try {
      done = await this.supervisor.executeBatch(
        projectId,
        batch.map((w) => w.command),
        onDecided,
      );
    } catch (e) {
      const lost = (e as Error).name === 'StoreUnavailable';
      if (lost || batch.length === 1) {
        const error = lost ? new DomainFailure({ code: 'unavailable', what: 'The database' }) : e;
        for (const w of batch) w.reject(error);
        return;
      }
      for (const w of batch) await this.run(projectId, [w]);
      return;
    }
    // from here on it is committed: nothing that fails now may send a command on its way again
    if (this.fresh.committed(done.commit)) this.refuseFenced(projectId);
    try {
      this.onCommit(done.commit);
    } catch (e) {
      this.onError(e);
    }
    batch.forEach((w, i) => {
      settle(w, done.results[i] as Result<unknown>);
    });
  }

  /** What waits already, and a fence of this very moment refuses: it need not wait for its turn. */
  private refuseFenced(projectId: string): void {
    const queue = this.waiting.get(projectId) ?? [];
    const left = queue.splice(0).filter((w) => {
      const error = this.fresh.refusalOf(w.command);
      if (error) settle(w, err(error));
      return !error;
    });
    queue.push(...left);
  }

  /** Resolves when nothing is under way; what comes later is the caller's affair. */
  async settled(): Promise<void> {
    if (!this.isIdle()) await new Promise<void>((go) => this.idle.push(go));
  }
}

export function actorOf(p: Principal): Actor {
  switch (p.kind) {
    case 'person':
      return { kind: 'person', id: p.userId, name: p.name };
    case 'project':
      return { kind: 'project', id: p.tokenId };
    case 'agent':
      return { kind: 'agent', id: p.agentId, epoch: p.epoch, path: p.path };
    case 'runner':
      return { kind: 'runner', id: p.runnerId, scope: p.scope };
  }
}
