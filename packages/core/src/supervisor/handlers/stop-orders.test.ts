import { beforeEach, describe, expect, it } from 'vitest';
import { gone, TestFleet } from '../../../testing/index.ts';

let fleet: TestFleet;
let runner: string;
beforeEach(async () => {
  fleet = new TestFleet();
  runner = await fleet.runner();
});
/** What the runner is told, as it is told the first time. */
const told = async () => (await fleet.stopOrders(runner)).map(({ orderId, ...order }) => order);

describe('what a runner is told of a stop', () => {
  it('graceful: asked now, killed when the time that its wave has is over', async () => {
    const id = await fleet.launched('x', runner);
    const nowMs = fleet.clock.nowMs();
    const { stopId } = await fleet.do('agents.stop', { id, graceMs: 20_000 });
    const [stored] = fleet.state.orders.values();
    expect(stored).toMatchObject({ id: expect.stringMatching(/^ord_/), kind: 'stop', agentId: null, runnerId: runner, createdAtMs: nowMs });
    expect(await told()).toEqual([
      { kind: 'stop', agentId: id, epoch: 1, stopId, mode: 'graceful', termAtMs: nowMs, killAtMs: nowMs + 20_000 },
    ]);
  });
  it('drain: left alone until a fifth of its grace before the end, five seconds at most', async () => {
    for (const [graceMs, drainMs] of [
      [10_000, 2_000],
      [60_000, 5_000],
    ] as const) {
      const id = await fleet.launched(`d${graceMs}`, runner);
      const nowMs = fleet.clock.nowMs();
      await fleet.do('agents.stop', { id, mode: 'drain', graceMs });
      expect(await told()).toMatchObject([{ mode: 'drain', termAtMs: nowMs + graceMs - drainMs, killAtMs: nowMs + graceMs }]);
    }
  });
  it('drain, when its time is over: asked and killed as things stand', async () => {
    const id = await fleet.launched('x', runner);
    await fleet.do('agents.stop', { id, mode: 'drain', graceMs: 10_000 });
    await told();
    await fleet.pass(10_000);
    const nowMs = fleet.clock.nowMs();
    expect(await told()).toMatchObject([{ mode: 'drain', termAtMs: nowMs }]);
  });
  it('force: at once', async () => {
    const id = await fleet.launched('x', runner);
    const nowMs = fleet.clock.nowMs();
    await fleet.do('agents.stop', { id, mode: 'force', graceMs: 20_000 });
    const orders = await told();
    expect(orders.length).toBeGreaterThan(0);
    for (const order of orders) expect(order).toMatchObject({ agentId: id, mode: 'force', termAtMs: nowMs, killAtMs: nowMs });
  });
  it('nothing of agents that have no process, or none any more', async () => {
    const { agentId: alone } = await fleet.do('agents.register', { name: 'alone', runnerId: runner });
    await fleet.beat(alone);
    await fleet.do('agents.stop', { id: alone });
    const root = await fleet.launched('root', runner);
    await fleet.launched('child', runner, root);
    await fleet.exited(runner, root, { exitCode: 0 });
    await told();
    await fleet.do('agents.stop', { id: root });
    expect((await told()).map((o) => o.agentId)).not.toContain(root);
    expect([...fleet.state.orders.values()].filter((o) => o.payload.kind === 'stop' && o.payload.agentId === alone)).toEqual([]);
  });
});

describe('a process that its agent has left', () => {
  it('has half a minute to end by itself, and five seconds more', async () => {
    const id = await fleet.launched('x', runner);
    const nowMs = fleet.clock.nowMs();
    await fleet.do('agents.finish', { id, outcome: 'completed' }, fleet.as(id));
    const times = { termAtMs: nowMs + 30_000, killAtMs: nowMs + 35_000 };
    expect(await told()).toEqual([{ kind: 'stop', agentId: id, epoch: 1, stopId: 'ended', mode: 'graceful', ...times, lingers: true }]);
  });
  it('is let go where it has gone by itself, or where there was none', async () => {
    const id = await fleet.launched('x', runner);
    await fleet.exited(runner, id, { exitCode: 0 });
    const alone = await fleet.agent('alone');
    await fleet.do('agents.finish', { id: alone, outcome: 'completed' });
    expect(await told()).toEqual([]);
  });
});

describe('what still runs of an earlier epoch', () => {
  it('ends at once when the next begins', async () => {
    const id = await fleet.launched('x', runner);
    const { checkpointId } = await fleet.do('checkpoints.save', { id, sequence: 1, state: {}, trigger: 'tools' }, fleet.as(id));
    const nowMs = fleet.clock.nowMs();
    await fleet.do('checkpoints.restore', { id: checkpointId });
    expect(await told()).toMatchObject([{ agentId: id, epoch: 1, mode: 'force', termAtMs: nowMs, killAtMs: nowMs + 5_000 }]);
  });
});

describe('what a preview says of processes', () => {
  it('who can only be fenced, wave by wave', async () => {
    const lead = await fleet.launched('lead', runner);
    const child = await fleet.agent('child', lead);
    const { preview } = await fleet.do('agents.stop', { id: lead, dryRun: true });
    expect(preview?.waves).toEqual([
      { wave: 0, agents: [{ id: child, name: 'child', state: 'running', containment: null, fencedOnly: true }] },
      { wave: 1, agents: [{ id: lead, name: 'lead', state: 'running', containment: 'cgroup', fencedOnly: false }] },
    ]);
    expect(fleet.state.stops.size).toBe(0);
  });
});

describe('a process that is gone', () => {
  it('is a fact once, whatever is reported after it', async () => {
    const id = await fleet.launched('x', runner);
    expect(await fleet.exited(runner, id, { exitCode: 3 })).toEqual({ accepted: 1 });
    const seq = fleet.state.seq;
    expect(await fleet.exited(runner, id, { exitCode: 0 })).toEqual({ accepted: 0 });
    expect(fleet.state.seq).toBe(seq);
    expect(fleet.agentOf(id).processEvidence).toEqual(gone({ exitCode: 3 }));
  });
});
