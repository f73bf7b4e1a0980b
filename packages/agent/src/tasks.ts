import { randomUUID } from 'node:crypto';
import type { TaskClaim } from '@reeve/core/vocabulary';
import { backoffMs } from './backoff.ts';
import type { Connection } from './connection.ts';
import { isReeveError, type ReeveError } from './errors.ts';
import type { Inputs, TaskArtefactRecord, TaskDossier, TaskRecord, WaitOptions } from './wire.ts';

export type NewTask = Inputs['tasks']['add'];
/** What an attempt leaves behind: a text, or the address of what is elsewhere. */
export type NewArtefact = Omit<Inputs['tasks']['attach'], 'id' | 'token' | 'requestId'>;
export type TaskChanges = Omit<Inputs['tasks']['edit'], 'id'>;
export type ClaimOptions = Omit<Inputs['tasks']['claim'], 'agentId' | 'limit'> & {
  /** Renews the lease until the claim is settled; true unless told. */
  renew?: boolean;
  signal?: AbortSignal;
};
type HeldClaim = Omit<TaskClaim, 'token'> & { token: string };
/** A task with the token of one's claim on it. */
export type HeldTask = { id: string; claim: { token: string } };
type Json = NonNullable<Inputs['tasks']['complete']['result']>;

/** A claim that is held: settle it with one of complete, fail or release. */
export class ClaimedTask {
  private readonly lostController = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private settled = false;

  constructor(
    private readonly tasks: Tasks,
    readonly view: TaskRecord & { claim: HeldClaim },
    private readonly leaseMs: number,
    renew: boolean,
  ) {
    if (renew) this.renewLater(leaseMs / 3, 0);
  }
  get id(): string {
    return this.view.id;
  }
  get title(): string {
    return this.view.title;
  }
  get body(): string | null {
    return this.view.body;
  }
  get labels(): string[] {
    return this.view.labels;
  }
  get claim(): HeldClaim {
    return this.view.claim;
  }
  /** Aborts when the claim is no longer ours: the work is then for nothing, its result would be refused. */
  get lost(): AbortSignal {
    return this.lostController.signal;
  }
  /** Rejects with `stale_token` when the claim had ended; the result is then kept as superseded. */
  complete(result?: Json): Promise<TaskRecord> {
    return this.settle(this.tasks.complete(this, result));
  }
  fail(error: string, o: { retryable?: boolean } = {}): Promise<TaskRecord> {
    return this.settle(this.tasks.fail(this, error, o));
  }
  release(): Promise<TaskRecord> {
    return this.settle(this.tasks.release(this));
  }
  renew(leaseMs = this.leaseMs): Promise<TaskRecord> {
    return this.tasks.renew(this, leaseMs);
  }
  /** Shows what this attempt has made; where the task asks for that kind of evidence it is not done without. */
  attach(artefact: NewArtefact): Promise<{ artefactId: string }> {
    return this.tasks.attach(this, artefact);
  }
  comment(body: string): Promise<{ commentId: string }> {
    return this.tasks.comment(this.id, body);
  }
  /** Adds a part: completed before its parts are, this task is in review until they are done or cancelled. */
  addSubtask(task: Omit<NewTask, 'parentId'>): Promise<TaskRecord> {
    return this.tasks.add({ ...task, parentId: this.id });
  }
  /** Stops renewing without telling the server; used when the agent ends. */
  abandon(): void {
    this.settled = true;
    clearTimeout(this.timer);
    this.tasks.forget(this);
  }

  private async settle(reply: Promise<TaskRecord>): Promise<TaskRecord> {
    try {
      return await reply;
    } finally {
      this.abandon();
    }
  }
  private renewLater(inMs: number, misses: number): void {
    if (this.settled) return;
    this.timer = setTimeout(async () => {
      try {
        await this.tasks.renew(this, this.leaseMs, { once: true });
        this.renewLater(this.leaseMs / 3, 0);
      } catch (e) {
        if (this.settled) return;
        const answered = isReeveError(e) && e.answered && e.code !== 'unavailable' && e.code !== 'internal';
        if (!answered) return this.renewLater(backoffMs(misses, this.leaseMs / 3), misses + 1);
        this.abandon();
        this.lostController.abort(e);
      }
    }, inMs);
    this.timer.unref();
  }
}

/** The task store of the project, as one agent uses it. */
export class Tasks {
  private readonly held = new Set<ClaimedTask>();
  constructor(
    private readonly connection: Connection,
    private readonly agent: { id: string; signal: AbortSignal },
    /** Told of each refusal, since `fenced` means that a stop is on its way. */
    private readonly onRefusal: (e: ReeveError) => void,
  ) {}

  /** Adds a task to the project. A retry adds it once. */
  add(task: NewTask): Promise<TaskRecord> {
    const input = { requestId: randomUUID(), ...task };
    return this.told(this.connection.call((trpc, sent) => trpc.tasks.add.mutate(input, sent)));
  }
  /** The first ready task, or null when none came within `waitMs`. Rejects with `fenced` once a stop was accepted. */
  async claim(o: ClaimOptions = {}): Promise<ClaimedTask | null> {
    return (await this.claimMany({ ...o, limit: 1 }))[0] ?? null;
  }
  /** Up to `limit` ready tasks at once; an empty list when none came within `waitMs`. */
  async claimMany({ renew = true, signal, ...o }: ClaimOptions & { limit: number }): Promise<ClaimedTask[]> {
    const input = { requestId: randomUUID(), leaseMs: 300_000, ...o, agentId: this.agent.id };
    const { tasks } = await this.told(
      this.connection.call((trpc, sent) => trpc.tasks.claim.mutate(input, sent), {
        signal: signal ? AbortSignal.any([signal, this.agent.signal]) : this.agent.signal,
        timeoutMs: (o.waitMs ?? 0) + 15_000,
        alone: true,
      }),
    );
    return tasks.flatMap((t) => {
      const token = t.claim?.token;
      if (!t.claim || token === undefined) return [];
      const task = new ClaimedTask(this, { ...t, claim: { ...t.claim, token } }, input.leaseMs, renew);
      this.held.add(task);
      return [task];
    });
  }
  complete(task: HeldTask, result?: Json): Promise<TaskRecord> {
    const input = { id: task.id, token: task.claim.token, result };
    return this.told(this.connection.call((trpc, sent) => trpc.tasks.complete.mutate(input, sent)));
  }
  fail(task: HeldTask, error: string, o: { retryable?: boolean } = {}): Promise<TaskRecord> {
    const input = { id: task.id, token: task.claim.token, error: error.slice(0, 20_000), ...o };
    return this.told(this.connection.call((trpc, sent) => trpc.tasks.fail.mutate(input, sent)));
  }
  release(task: HeldTask): Promise<TaskRecord> {
    const input = { id: task.id, token: task.claim.token };
    return this.told(this.connection.call((trpc, sent) => trpc.tasks.release.mutate(input, sent)));
  }
  renew(task: HeldTask, leaseMs = 300_000, o: { once?: boolean } = {}): Promise<TaskRecord> {
    const input = { id: task.id, token: task.claim.token, leaseMs };
    return this.told(this.connection.call((trpc, sent) => trpc.tasks.renew.mutate(input, sent), o.once ? { retryForMs: 0 } : {}));
  }
  /**
   * Resolves with the state in which a task has ended: `done`, `failed`, `dead-letter` or `cancelled`. Rejects with
   * `timed_out` after `waitMs` (a minute unless told), and with `deadlock` where who works on it waits for this agent.
   */
  async wait(id: string, { signal, ...o }: WaitOptions = {}): Promise<TaskRecord['state']> {
    const input = { waitMs: 60_000, ...o, id, agentId: this.agent.id, requestId: randomUUID() };
    const { state } = await this.told(
      this.connection.call((trpc, sent) => trpc.tasks.wait.mutate(input, sent), {
        signal: signal ? AbortSignal.any([signal, this.agent.signal]) : this.agent.signal,
        timeoutMs: input.waitMs + 15_000,
        alone: true,
      }),
    );
    return state;
  }
  /** By the token of the claim, so that it counts for this attempt. A retry attaches it once. */
  attach(task: HeldTask, artefact: NewArtefact): Promise<{ artefactId: string }> {
    const input = { ...artefact, id: task.id, token: task.claim.token, requestId: randomUUID() };
    return this.told(this.connection.call((trpc, sent) => trpc.tasks.attach.mutate(input, sent)));
  }
  /** Says something about any task of the project. A retry says it once. */
  comment(id: string, body: string): Promise<{ commentId: string }> {
    const input = { id, body: body.slice(0, 20_000), requestId: randomUUID() };
    return this.told(this.connection.call((trpc, sent) => trpc.tasks.comment.mutate(input, sent)));
  }
  /** Changes a task that this agent has added; once work on it began, what it must show is an operator's affair. */
  edit(id: string, changes: TaskChanges): Promise<TaskRecord> {
    return this.told(this.connection.call((trpc, sent) => trpc.tasks.edit.mutate({ ...changes, id }, sent)));
  }
  /** Its attempts with what they cost, comments, artefacts without their content, and sub-tasks. */
  record(id: string): Promise<TaskDossier> {
    return this.told(this.connection.call((trpc, sent) => trpc.tasks.record.query({ id }, sent)));
  }
  /** One artefact with its content. */
  artefact(id: string): Promise<TaskArtefactRecord> {
    return this.told(this.connection.call((trpc, sent) => trpc.tasks.artefact.query({ id }, sent)));
  }
  get(id: string): Promise<TaskRecord> {
    return this.told(this.connection.call((trpc, sent) => trpc.tasks.get.query({ id }, sent)));
  }

  /** @internal */
  forget(task: ClaimedTask): void {
    this.held.delete(task);
  }
  /** Ends all renewals; the server releases what a finished agent still held. */
  abandonAll(): void {
    for (const task of [...this.held]) task.abandon();
  }
  private async told<T>(reply: Promise<T>): Promise<T> {
    try {
      return await reply;
    } catch (e) {
      if (isReeveError(e)) this.onRefusal(e);
      throw e;
    }
  }
}
