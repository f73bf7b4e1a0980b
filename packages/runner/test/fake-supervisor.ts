import { randomUUID } from 'node:crypto';
import type { RunnerOrder, RunnerReport } from '@reeve/core/vocabulary';
import { FakeServer, type Procedures, Refusal } from '../../agent/test/fake-server.ts';

type LogLine = { stream: string; text: string };

/** A peer for a runner: hands out orders at least once, keeps reports, logs and beats. */
export class FakeSupervisor {
  readonly server: FakeServer;
  readonly reports: RunnerReport[] = [];
  readonly lines = new Map<string, LogLine[]>();
  readonly done: string[] = [];
  /** What heartbeats ask, by agent. */
  directives: Record<string, object> = {};
  /** Only this runner token is taken; a registration issues a new one. */
  runnerToken = 'runner-1';
  /** Hands an order out again although it was told to be done, this often. */
  redeliver = 0;
  private readonly orders: RunnerOrder[] = [];
  private wake: (() => void) | undefined;
  private agentNumber = 0;
  private tokenNumber = 1;

  constructor(readonly leaseMs = 300) {
    const mustBeRunner = (token: string) => {
      if (token !== this.runnerToken) throw new Refusal({ code: 'unauthenticated' });
    };
    const procedures: Procedures = {
      'runners.register': ({ runnerId }) => {
        this.runnerToken = `runner-${this.tokenNumber++}`;
        return { runnerId: runnerId ?? 'R', token: this.runnerToken, leaseMs: 30_000 };
      },
      'runners.poll': async ({ done = [], waitMs = 0 }, { token }) => {
        mustBeRunner(token);
        for (const id of done) this.forget(id);
        if (!this.orders.length)
          await new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, waitMs);
            this.wake = () => {
              clearTimeout(timer);
              resolve();
            };
          });
        return { orders: [...this.orders], leaseMs: 30_000 };
      },
      'runners.report': ({ reports }, { token }) => {
        mustBeRunner(token);
        this.reports.push(...(reports as RunnerReport[]));
        return { accepted: reports.length };
      },
      'agents.register': () => {
        const agentId = `agt_${++this.agentNumber}`;
        return { agentId, token: `token-${agentId}`, epoch: 1, leaseMs: this.leaseMs, sessionId: agentId };
      },
      'agents.heartbeats': ({ beats }, { token }) => {
        mustBeRunner(token);
        return {
          leaseMs: this.leaseMs,
          directives: beats.map((b) => ({ agentId: b.agentId, directive: 'run', ...this.directives[b.agentId] })),
        };
      },
      'agents.log': ({ id, lines }) => {
        this.lines.set(id, [...(this.lines.get(id) ?? []), ...lines]);
        return { accepted: lines.length };
      },
    };
    this.server = new FakeServer(procedures);
  }
  async start(): Promise<this> {
    await this.server.start();
    return this;
  }
  async stop(): Promise<void> {
    this.wake?.();
    await this.server.stop();
  }
  private forget(orderId: string): void {
    this.done.push(orderId);
    if (this.redeliver > 0) {
      this.redeliver--;
      return;
    }
    const i = this.orders.findIndex((o) => o.orderId === orderId);
    if (i >= 0) this.orders.splice(i, 1);
  }
  order(order: RunnerOrder): string {
    this.orders.push(order);
    this.wake?.();
    return order.orderId;
  }
  launch(agentId: string, command: string, args: string[], more: Partial<Extract<RunnerOrder, { kind: 'launch' }>> = {}): string {
    const orderId = `ord_${randomUUID()}`;
    const fixed = { kind: 'launch', orderId, agentId, epoch: 1, token: `token-${agentId}`, parentId: null, name: agentId } as const;
    return this.order({ ...fixed, command, args, cwd: '/', env: {}, ...more });
  }
  stopAgent(agentId: string, inMs: { term: number; kill: number }, epoch = 1): string {
    const orderId = `ord_${randomUUID()}`;
    const now = Date.now();
    const times = { termAtMs: now + inMs.term, killAtMs: now + inMs.kill };
    return this.order({ kind: 'stop', orderId, agentId, epoch, stopId: 'stp', mode: 'graceful', ...times });
  }
  /** The agent has reported its end; its process has so long to follow. */
  lingers(agentId: string, inMs: { term: number; kill: number }): string {
    const now = Date.now();
    const times = { termAtMs: now + inMs.term, killAtMs: now + inMs.kill };
    return this.order({
      kind: 'stop',
      orderId: `ord_${randomUUID()}`,
      agentId,
      epoch: 1,
      stopId: 'ended',
      mode: 'graceful',
      lingers: true,
      ...times,
    });
  }
  of<K extends RunnerReport['kind']>(kind: K, agentId?: string): Extract<RunnerReport, { kind: K }>[] {
    return this.reports.filter((r) => r.kind === kind && (!agentId || ('agentId' in r && r.agentId === agentId))) as never;
  }
  text(agentId: string): string {
    return (this.lines.get(agentId) ?? []).map((l) => l.text).join('\n');
  }
  beatsOf(agentId: string): number {
    return this.server.of('agents.heartbeats').filter((i) => i.beats.some((b) => b.agentId === agentId)).length;
  }
}
