import { setTimeout as passed } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { until } from '../database/support.ts';
import type { Json } from '../harness.ts';
import { ServerProcess } from './server-process.ts';

/** Short in CI; REEVE_SILENCE_MS=60000 takes the leases of the product. */
const silenceMs = Number(process.env.REEVE_SILENCE_MS ?? 10_000);
const leaseMs = silenceMs >= 60_000 ? 15_000 : 4_000;
const agents = 12;

/** What makes the server unable to hear anybody, and able again. */
type Silence = (server: ServerProcess) => Promise<() => Promise<void> | void>;
const silences: { [name: string]: Silence } = {
  'the server stands still (SIGSTOP)': async (server) => {
    server.signal('SIGSTOP');
    return () => server.signal('SIGCONT');
  },
  'the server is killed, and started again': async (server) => {
    await server.kill();
    return () => server.up();
  },
  'its database cannot be reached': (server) => server.closeDatabase(),
  'its database hangs': async (server) => server.freezeDatabase(),
};

/** A root with children that end when their parent is lost, all beating in one request; and one that falls silent for good. */
class BeatingFleet {
  readonly directives = new Set<string>();
  beats = 0;
  /** Nothing is asked meanwhile, nor soon after: what waits in a socket would be heard before the loops of the server look. */
  waits = false;
  silentId = '';
  private readonly ids: string[] = [];
  private going = true;
  private loop: Promise<void> | undefined;
  constructor(private readonly server: ServerProcess) {}

  async start(): Promise<void> {
    this.loop = this.beat();
    const register = async (name: string, parentId: string | null): Promise<string> => {
      const body = { name, parentId, onParentExit: { lost: 'stop', failed: 'stop' } };
      const { agentId } = await this.server.ok('POST', '/agents', body);
      this.ids.push(agentId);
      return agentId;
    };
    const root = await register('root', null);
    await Promise.all(Array.from({ length: agents - 1 }, () => register('child', root)));
    const silentId = await register('silent', null);
    const before = this.beats;
    await until(() => this.beats > before + 1, 'everybody to beat');
    this.silentId = silentId;
    this.ids.splice(this.ids.indexOf(silentId), 1);
  }
  private async beat(): Promise<void> {
    for (; this.going; await passed(leaseMs / 5)) {
      if (this.waits) continue;
      const beats = this.ids.map((agentId) => ({ agentId }));
      const reply: Json = await this.server.ok('POST', '/heartbeats', { beats }, undefined, leaseMs / 2).catch(() => undefined);
      if (!reply) continue;
      for (const d of reply.directives) this.directives.add(d.directive);
      this.beats += 1;
    }
  }
  async stop(): Promise<void> {
    this.going = false;
    await this.loop;
  }
}

describe.concurrent(`I-ORPH-3: ${silenceMs / 1000} s in which nobody could be heard cost nobody anything, leases being ${leaseMs / 1000} s`, () => {
  it.each(Object.entries(silences))(
    '%s',
    async (_name, silence) => {
      const server = await ServerProcess.start({ REEVE_AGENT_LEASE_MS: String(leaseMs) });
      const fleet = new BeatingFleet(server);
      try {
        await fleet.start();
        fleet.waits = true;
        const end = await silence(server);
        await passed(silenceMs);
        await end();
        await passed(leaseMs / 2);
        const before = fleet.beats;
        fleet.waits = false;
        await until(() => fleet.beats > before, 'the fleet to be heard again');
        // one that is really gone is found all the same, so the loops have looked
        const lost = async () => (await server.ok('GET', `/agents/${fleet.silentId}`).catch(() => undefined))?.state === 'lost';
        await until(lost, 'the silent agent to be lost', 60_000 + silenceMs);
        // and the sweeper, which is slower, has had its turn
        await passed(5_500);
        const told = await server.sql(
          `select type, subject_id, at from event where type in ('agent.lost', 'agent.orphan-handled', 'stop.accepted', 'agent.ended', 'agent.reparented', 'orphans.halted') and subject_id <> $1`,
          [fleet.silentId],
        );
        expect(told).toEqual([]);
        const states = await server.sql('select state, epoch, count(*)::int from agent where id <> $1 group by 1, 2', [fleet.silentId]);
        expect(states).toEqual([{ state: 'running', epoch: 1, count: agents }]);
        expect([...fleet.directives]).toEqual(['run']);
      } finally {
        await fleet.stop();
        await server.remove();
      }
    },
    180_000 + 3 * silenceMs,
  );
});
