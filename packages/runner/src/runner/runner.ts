import { basename, resolve } from 'node:path';
import { isReeveError, Outbox, type ReeveError, within } from '@reeve/agent';
import type { ProcessEvidence, RunnerOrder, RunnerReport } from '@reeve/core/vocabulary';
import { faultReport } from '../changes/fault.ts';
import type { Containment, ContainmentHost } from '../containment/containment.ts';
import { environmentFor } from './agent-environment.ts';
import { Attachment } from './attachment.ts';
import { type Directive, HostedAgent } from './hosted-agent.ts';
import type { RunnerLink } from './link.ts';
import { LogShipper } from './log-shipper.ts';
import { runOrderLoop } from './order-loop.ts';

export type LaunchOrder = Extract<RunnerOrder, { kind: 'launch' }>;
export type StopOrder = Extract<RunnerOrder, { kind: 'stop' }>;
export type ChangeOrder = Exclude<RunnerOrder, LaunchOrder | StopOrder>;
export type RunnerOptions = {
  link: RunnerLink;
  host: ContainmentHost;
  instance: string;
  /** For the attach files. */
  runDir: string;
  /** What agents inherit, before their own variables. */
  baseEnv: NodeJS.ProcessEnv;
  failSafeMs: number;
  /** Where the server writes its address at each start. */
  serverFile?: string;
  log(text: string): void;
  /** Follows the output of a started command beside the log, as `reeve run` does. */
  onStarted?(agent: HostedAgent, containment: Containment): void;
  /** Called whenever an agent is taken in or has ended. */
  onHoldings?(agents: HostedAgent[]): void;
  /** Called when the server does not answer: its place may have changed. */
  refreshAccess?(): void;
  /** Carries out orders about changes; without it they are left to other runners. */
  executeChange?(order: ChangeOrder, env: { report: (r: RunnerReport) => Promise<void>; signal: AbortSignal }): Promise<void>;
};

const remembered = 10_000;
/** A server that is away is noticed at once; this is for a slow one. */
const logFlushMs = 5_000;
/** For the process of an epoch that another is about to follow: from TERM to KILL. */
const successionGraceMs = 5_000;
/** For gates to end once their order is called off. */
const gateEndMs = 2_000;

/** Takes orders, holds agents, beats for them and reports what became of them. Orders may come more than once. */
export class Runner {
  /** By id; an ended one stays, to answer orders that come again, until a later epoch takes its place. */
  readonly agents = new Map<string, HostedAgent>();
  private readonly reports: Outbox<RunnerReport>;
  private readonly logs: LogShipper;
  /** Launches of later epochs, waiting for the end of the one before. */
  private readonly successors = new Map<string, LaunchOrder>();
  private readonly closing = new AbortController();
  private readonly sending = new Set<Promise<void>>();
  private readonly changing = new Set<Promise<void>>();
  private beatTimer: NodeJS.Timeout | undefined;
  private leaseMs = 15_000;
  private whenAlone: () => void = () => {};
  /** Resolves when nobody has answered for the fail-safe window; the owner then shuts the runner down. */
  readonly aloneTooLong = new Promise<void>((resolve) => (this.whenAlone = resolve));

  constructor(private readonly o: RunnerOptions) {
    const { link, log } = o;
    this.reports = new Outbox({
      maxBatch: 200,
      maxBatchBytes: 800_000,
      maxItems: 100_000,
      flushAfterMs: 5,
      sizeOf: (r) => JSON.stringify(r).length,
      send: async (reports, sent) => {
        const o = { ...sent, alone: true };
        await link.speak((as) => as.call((trpc, s) => trpc.runners.report.mutate({ id: link.runnerId ?? '', reports }, s), o));
      },
      onRefused: (reports, e) => log(`the server refused the report ${reports[0]?.kind}: ${e.message}`),
    });
    this.logs = new LogShipper(async (id, lines) => {
      try {
        await link.speak((as) => as.attempt((trpc, s) => trpc.agents.log.mutate({ id, lines }, s)));
      } catch (e) {
        // Refused is final: the lines are let go, not sent for ever.
        if (!isReeveError(e) || !e.answered || e.code === 'unavailable' || e.code === 'internal') throw e;
      }
    });
  }

  get living(): HostedAgent[] {
    return [...this.agents.values()].filter((a) => !a.evidence);
  }

  /** Begins to take orders and to beat. */
  start(): void {
    const { link, log } = this.o;
    void runOrderLoop({
      link,
      signal: this.closing.signal,
      take: (order) => this.take(order),
      onAnswer: (misses) => log(`the server answers again at ${link.url}, after ${misses} polls without an answer`),
      onMiss: (e, misses, token) => this.missed(e, misses, token),
    });
    this.beatSoon(0);
  }

  /** Starts an agent; the same execution twice is answered with what is known of the first. */
  launch(order: Omit<LaunchOrder, 'kind' | 'orderId'> & { sessionId?: string; stdin?: 'ignore' | 'inherit' }): HostedAgent {
    const before = this.agents.get(order.agentId);
    if (before && before.epoch >= order.epoch) {
      this.tell(before);
      return before;
    }
    const { o } = this;
    const { agentId, epoch, token } = order;
    const parent = order.parentId ? this.agents.get(order.parentId) : undefined;
    const cwd = resolve(parent?.spec.cwd ?? process.cwd(), order.cwd ?? '.');
    const sessionId = order.sessionId ?? parent?.spec.sessionId ?? agentId;
    const attachment = new Attachment(resolve(o.runDir, 'attached'), agentId);
    const handed = {
      url: o.link.url,
      agentId,
      token,
      epoch,
      sessionId,
      instance: o.instance,
      attachFile: attachment.file,
      serverFile: o.serverFile,
      failSafeMs: o.failSafeMs,
      restore: order.restore,
    };
    const env = environmentFor(o.baseEnv, order.env, handed);
    const { command, args, name, stdin = 'ignore' } = order;
    const spec = { agentId, epoch, name, sessionId, command, args, cwd, env, stdin, attachment };
    const agent: HostedAgent = new HostedAgent(spec, {
      host: o.host,
      report: (r) => this.report(r),
      log: (text) => this.logs.say(agentId, text),
      onStarted: (a, c) => this.started(a, c),
      onEnded: (a, evidence) => this.endedWith(a, evidence),
    });
    this.agents.set(agentId, agent);
    o.onHoldings?.(this.living);
    if (this.closing.signal.aborted) agent.stop({ termAtMs: 0, killAtMs: 0, why: 'the runner is shutting down' });
    return agent;
  }

  /**
   * Ends all agents (TERM at once, KILL after `graceMs`), reports their evidence for as long as the server answers,
   * at most `reportForMs`, and stops taking orders. Resolves when every containment is verified.
   */
  async shutdown(why: string, graceMs: number, reportForMs = 2_000): Promise<void> {
    this.closing.abort(new Error(why));
    this.successors.clear();
    clearTimeout(this.beatTimer);
    const now = Date.now();
    for (const a of this.living) a.stop({ termAtMs: now, killAtMs: now + graceMs, why });
    await Promise.all(this.living.map((a) => a.ended));
    await within(graceMs + gateEndMs, Promise.all(this.changing), undefined);
    await Promise.all(this.sending);
    await this.reports.flush({ retryForMs: reportForMs, timeoutMs: reportForMs }).catch(() => {});
    this.logs.close();
    this.o.host.close();
  }

  report(r: RunnerReport): void {
    this.reports.push(r);
  }
  /** Resolves when all that was reported so far is stored. */
  async flush(): Promise<void> {
    await Promise.all(this.sending);
    await this.reports.flush();
  }

  private started(agent: HostedAgent, c: Containment): void {
    const token = agent.spec.env.REEVE_TOKEN ?? '';
    for (const name of ['stdout', 'stderr'] as const) this.logs.follow(agent.id, name, c.output[name], token);
    this.o.onStarted?.(agent, c);
    this.o.log(`${agent.spec.name} (${agent.id}) started: ${basename(agent.spec.command)}, pid ${c.main.pid}, held by ${c.level}`);
    this.beatSoon(200);
  }
  /** Its last output goes first, so that the log is whole when the agent counts as ended. */
  private endedWith(agent: HostedAgent, evidence: ProcessEvidence): void {
    this.o.log(`${agent.spec.name} (${agent.id}) ended: ${JSON.stringify(evidence)}`);
    const send = async () => {
      if (agent.containment) await closed(agent.containment);
      if (!this.isAlone) await this.logs.finish(agent.id, logFlushMs);
      this.tell(agent);
      this.o.onHoldings?.(this.living);
    };
    const sending: Promise<void> = send().finally(() => this.sending.delete(sending));
    this.sending.add(sending);
    this.forgetOld();
  }
  private tell(agent: HostedAgent): void {
    const { id: agentId, epoch, evidence, containment } = agent;
    if (evidence?.containment === 'none')
      this.report({ kind: 'launch-failed', agentId, epoch, error: evidence.detail ?? 'could not be started' });
    else if (evidence) this.report({ kind: 'exited', agentId, epoch, evidence });
    else if (containment) this.report({ kind: 'started', agentId, epoch, ...containment.main, containment: containment.level });
  }
  private forgetOld(): void {
    for (const [id, a] of this.agents) {
      if (this.agents.size <= remembered) return;
      if (a.evidence) this.agents.delete(id);
    }
  }

  private async missed(e: ReeveError, misses: number, token: string): Promise<void> {
    const { link, log } = this.o;
    if (misses === 0) log(`the server does not answer the poll: ${e.message}`);
    this.o.refreshAccess?.();
    if (this.isAlone) this.whenAlone();
    if (!e.answered || e.code === 'unavailable' || e.code === 'internal') return;
    await link.replaceToken(token, { retryForMs: 0 }).then(
      () => log(`registered again as ${link.runnerId}`),
      (again: ReeveError) => log(`registering again failed: ${again.message}`),
    );
  }
  private get isAlone(): boolean {
    return this.o.link.sinceContactMs() > this.o.failSafeMs;
  }

  private take(order: RunnerOrder): void | Promise<void> {
    // A launch and a stop are ours from here on, whatever happens: they are done when taken. (A launch that is asked
    // for again would also get a new token, and the one handed down would end.)
    if (order.kind === 'launch') this.launchInTurn(order);
    else if (order.kind === 'stop') this.stop(order);
    else {
      const changing = this.change(order).finally(() => this.changing.delete(changing));
      this.changing.add(changing);
      return changing;
    }
  }
  /** A later epoch begins when nothing is left of the one before, which is ended for it (docs/guides/restarts.md). */
  private launchInTurn(order: LaunchOrder): void {
    const before = this.agents.get(order.agentId);
    if (!before || before.evidence || before.epoch >= order.epoch) {
      this.launch(order);
      return;
    }
    this.successors.set(order.agentId, order);
    const now = Date.now();
    before.stop({ termAtMs: now, killAtMs: now + successionGraceMs, why: `epoch ${order.epoch} takes its place` });
    void before.ended.then(() => {
      if (this.successors.get(order.agentId) !== order) return;
      this.successors.delete(order.agentId);
      this.launch(order);
    });
  }
  private stop(order: StopOrder): void {
    const agent = this.agents.get(order.agentId);
    const successor = this.successors.get(order.agentId);
    if (agent && successor && successor.epoch <= order.epoch) {
      // It never starts; it has ended when the one before it has, of which nothing may be left either.
      this.successors.delete(order.agentId);
      agent.stop({ termAtMs: order.termAtMs, killAtMs: order.killAtMs });
      void agent.ended.then((evidence) => this.report({ kind: 'exited', agentId: order.agentId, epoch: order.epoch, evidence }));
      return;
    }
    if (agent && agent.epoch === order.epoch) {
      if (agent.evidence) this.tell(agent);
      else agent.stop(order);
      return;
    }
    // Of an epoch that another has followed here, or never launched here, or by a run of this runner before: that run's
    // processes were swept when this one began.
    const detail = 'this runner holds no process of it';
    const evidence = { containment: this.o.host.level, exitCode: null, signal: null, survivors: 0, killed: false, detail };
    this.report({ kind: 'exited', agentId: order.agentId, epoch: order.epoch, evidence });
  }
  private async change(order: ChangeOrder): Promise<void> {
    const report = async (r: RunnerReport) => {
      this.report(r);
      await this.reports.flush();
    };
    try {
      if (!this.o.executeChange) throw new Error('this runner does not carry out changes');
      await this.o.executeChange(order, { report, signal: this.closing.signal });
    } catch (e) {
      if (this.closing.signal.aborted) return;
      const error = e instanceof Error ? (e.stack ?? e.message) : String(e);
      this.o.log(`${order.kind} of ${order.changeId} failed: ${error}`);
      this.report(faultReport(order, error));
    }
  }

  private beatSoon(inMs: number): void {
    clearTimeout(this.beatTimer);
    if (this.closing.signal.aborted) return;
    this.beatTimer = setTimeout(async () => {
      const ok = await this.beat().catch((e: ReeveError) => {
        this.o.refreshAccess?.();
        if (!e.answered && this.isAlone) this.whenAlone();
        return false;
      });
      const nextMs = this.leaseMs / 3;
      this.beatSoon(ok ? nextMs * (0.85 + 0.15 * Math.random()) : Math.min(nextMs, 1_000));
    }, inMs);
  }
  private async beat(): Promise<boolean> {
    const beats = this.living
      .filter((a) => a.needsBeats)
      .map((a) => ({ agentId: a.id, epoch: a.epoch, ...(a.isHeldStill && { state: 'paused' as const }) }));
    for (let i = 0; i < beats.length; i += 1000) {
      const input = { beats: beats.slice(i, i + 1000) };
      const timeoutMs = this.leaseMs / 3;
      const reply = await this.o.link.speak((as) => as.attempt((trpc, s) => trpc.agents.heartbeats.mutate(input, s), { timeoutMs }));
      this.leaseMs = reply.leaseMs;
      for (const d of reply.directives) this.agents.get(d.agentId)?.obey(d as Directive);
    }
    return true;
  }
}

/** Waits for the output streams to end; not for long where an escaped process may hold them open. */
async function closed({ output: { stdout, stderr }, level }: Containment): Promise<void> {
  const timeoutMs = level === 'process-group' ? 500 : 5_000;
  const ends = [stdout, stderr].map((s) => (s.closed ? undefined : new Promise((resolve) => s.once('close', resolve))));
  await within(timeoutMs, Promise.all(ends), undefined);
  stdout.destroy();
  stderr.destroy();
}
