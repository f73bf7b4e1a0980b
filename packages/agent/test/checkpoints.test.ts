import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Agent, EffectInDoubt, supervise } from '../src/index.ts';
import { FakeServer } from './fake-server.ts';

const poll = { timeout: 10_000, interval: 5 };

describe('checkpoints', () => {
  let server: FakeServer;
  let agent: Agent;
  let directive: object;
  const effects = new Map<string, { attemptId: string; result?: unknown; attempts: number }>();

  beforeEach(async () => {
    directive = {};
    effects.clear();
    server = await new FakeServer({
      'agents.register': () => ({ agentId: 'a1', token: 't', epoch: 2, leaseMs: 150, sessionId: 'a1' }),
      'agents.heartbeats': ({ beats }) => ({
        leaseMs: 150,
        directives: beats.map((b) => ({ agentId: b.agentId, directive: 'run', ...directive })),
      }),
      'agents.finish': ({ outcome }) => ({ state: outcome }),
      'agents.events': ({ events }) => ({ accepted: events.length, duplicates: 0 }),
      'costs.report': ({ events }) => ({ accepted: events.length, duplicates: 0, conflicts: [], budgets: [] }),
      'checkpoints.save': ({ sequence }) => {
        directive = {};
        return { checkpointId: `c${sequence}`, digest: 'd' };
      },
      'effects.begin': ({ key, attemptId, retry }) => {
        const known = effects.get(key);
        if (known && 'result' in known) return { status: 'acknowledged', result: known.result, attempts: known.attempts };
        if (known && known.attemptId !== attemptId && !retry) return { status: 'in-doubt', result: null, attempts: known.attempts };
        const attempts = known?.attemptId === attemptId ? known.attempts : (known?.attempts ?? 0) + 1;
        effects.set(key, { attemptId, attempts });
        return { status: 'begun', result: null, attempts };
      },
      'effects.acknowledge': ({ key, result }) => {
        Object.assign(effects.get(key) ?? {}, { result });
        return { status: 'acknowledged' };
      },
    }).start();
    agent = await supervise({ name: 'a', url: server.url, token: 'project', handleSignals: false });
  });
  afterEach(async () => {
    await agent.finish().catch(() => {});
    await server.stop();
  });
  const saves = () => server.of('checkpoints.save');

  it('are numbered in the order of the calls, with the state of the call; events told before are stored before (I-CKPT-4)', async () => {
    const state = { n: 1 };
    agent.events.emit('worked', 1);
    agent.events.emit('worked', 2);
    const first = agent.checkpoint(state, { messages: ['m'], context: { cwd: '/' } });
    state.n = 2;
    const second = agent.checkpoint(state, { trigger: 'plan approved' });
    expect([(await first).checkpointId, (await second).checkpointId]).toEqual(['c1', 'c2']);
    expect(saves()).toMatchObject([
      { id: 'a1', epoch: 2, sequence: 1, state: { n: 1 }, messages: ['m'], context: { cwd: '/' }, trigger: 'agent', eventSequence: 2 },
      { sequence: 2, state: { n: 2 }, trigger: 'plan approved', eventSequence: 2 },
    ]);
    expect(server.of('agents.events')[0]).toMatchObject({ epoch: 2, events: [{ sequence: 1 }, { sequence: 2 }] });
    const order = server.calls.map((c) => c.path).filter((p) => p === 'agents.events' || p === 'checkpoints.save');
    expect(order).toEqual(['agents.events', 'checkpoints.save', 'checkpoints.save']);
  });

  it('I-CKPT-2: a lost reply sends the same number and the same content again', async () => {
    agent.events.emit('x');
    await agent.flush();
    server.loseReplies = 1;
    await agent.checkpoint({ n: 1 });
    const told = saves();
    expect(told.length + server.of('agents.heartbeats').length).toBeGreaterThan(1);
    expect(new Set(told.map((s) => JSON.stringify(s))).size).toBe(1);
  });

  it('I-CKPT-3: come by themselves after tools and money that are reported anyway', async () => {
    let n = 0;
    const checkpointer = agent.checkpointer({ snapshot: () => ({ state: n }), tools: 3, usd: 0.5 });
    agent.toolExecuted(2);
    await checkpointer.step();
    expect(saves()).toEqual([]);
    n = 1;
    agent.toolExecuted();
    await checkpointer.step();
    n = 2;
    agent.costs.report({ model: 'm', inputTokens: 1, outputTokens: 1, costUsd: 0.5 });
    await checkpointer.step();
    expect(saves()).toMatchObject([
      { state: 1, trigger: 'tools' },
      { state: 2, trigger: 'cost' },
    ]);
  });

  it('come when Reeve asks, once, at the next safe point; also while the agent is asked to wait', async () => {
    const checkpointer = agent.checkpointer({ snapshot: () => ({ state: 7 }) });
    directive = { directive: 'checkpoint', checkpoint: { reason: 'an upgrade' } };
    await expect.poll(() => checkpointer.due(), poll).toBe('asked');
    expect(agent.isPaused).toBe(false);
    await checkpointer.step();
    expect(saves()).toMatchObject([{ state: 7, trigger: 'asked' }]);
    directive = { directive: 'pause', checkpoint: { reason: 'an upgrade' } };
    await expect.poll(() => checkpointer.due(), poll).toBe('asked');
    expect(agent.isPaused).toBe(true);
  });

  it('I-CKPT-5: an effect is done once under its key, and answers its result from then on', async () => {
    let done = 0;
    const mail = () => agent.effect('mail-1', () => ++done, { description: 'mail to Ann' });
    expect([await mail(), await mail(), done]).toEqual([1, 1, 1]);
    expect(server.of('effects.begin')[0]).toMatchObject({ id: 'a1', epoch: 2, key: 'mail-1', description: 'mail to Ann' });
  });
  it('I-CKPT-5: one whose work failed is in doubt, and is done again only by who says so', async () => {
    let tries = 0;
    const pay = (o = {}) =>
      agent.effect(
        'pay',
        () => {
          if (++tries === 1) throw new Error('the line broke');
          return 'paid';
        },
        o,
      );
    await expect(pay()).rejects.toThrow('the line broke');
    await expect(pay()).rejects.toThrow(EffectInDoubt);
    expect(tries).toBe(1);
    expect(await pay({ onDoubt: 'retry' })).toBe('paid');
    expect(await pay()).toBe('paid');
    expect(tries).toBe(2);
  });
});
