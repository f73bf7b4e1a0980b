import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Agent, AgentStopped, isReeveError, type SuperviseOptions, supervise } from '../src/index.ts';
import { FakeServer, Refusal } from './fake-server.ts';

const leaseMs = 150;
const poll = { timeout: 10_000, interval: 5 };

describe('supervise', () => {
  let server: FakeServer;
  let agents: Agent[];
  /** What the next heartbeats ask, by agent. */
  let directives: Record<string, object>;
  const registered = new Map<string, string>();
  const envBefore = { ...process.env };

  beforeEach(async () => {
    agents = [];
    directives = {};
    registered.clear();
    let n = 0;
    server = await new FakeServer({
      'agents.register': ({ requestId }) => {
        const agentId = registered.get(requestId ?? '') ?? `a${++n}`;
        registered.set(requestId ?? '', agentId);
        return { agentId, token: `token-${agentId}`, epoch: 1, leaseMs, sessionId: 'a1' };
      },
      'agents.heartbeats': ({ beats }) => ({
        leaseMs,
        directives: beats.map((b) => ({ agentId: b.agentId, directive: 'run', ...directives[b.agentId] })),
      }),
      'agents.finish': ({ outcome }) => ({ state: outcome }),
      'costs.report': ({ events }) => ({ accepted: events.length, duplicates: 0, conflicts: [], budgets: [] }),
      'agents.events': ({ events }) => ({ accepted: events.length, duplicates: 0 }),
      'agents.log': ({ lines }) => ({ accepted: lines.length }),
      'agents.spawn': () => ({ agentId: 'spawned', epoch: 1, sessionId: 'a1' }),
      'agents.get': ({ id }) => ({ id, state: 'completed' }),
    }).start();
    for (const name of Object.keys(process.env)) if (name.startsWith('REEVE_')) delete process.env[name];
  });
  afterEach(async () => {
    server.away = false;
    await Promise.all(agents.map((a) => a.finish().catch(() => {})));
    await server.stop();
    process.env = { ...envBefore };
  });
  const begin = async (o: Partial<SuperviseOptions> = {}) => {
    const agent = await supervise({ name: 'agent', url: server.url, token: 'project', handleSignals: false, ...o });
    agents.push(agent);
    return agent;
  };
  const beatsOf = (id: string) => server.of('agents.heartbeats').flatMap((i) => i.beats.filter((b) => b.agentId === id));
  const stopNotice = (inMs = 10_000) => ({
    stopId: 's1',
    mode: 'graceful',
    reason: 'enough',
    deadline: new Date(Date.now() + inMs).toISOString(),
  });

  it('registers with the project token, then speaks with its own', async () => {
    const agent = await begin({ role: 'planner', budgetUsd: 2 });
    expect(server.of('agents.register')[0]).toMatchObject({ name: 'agent', role: 'planner', budgetUsd: 2 });
    agent.setActivity('planning');
    agent.setProgress(3);
    agent.toolExecuted(2);
    await expect
      .poll(() => beatsOf(agent.id).at(-1), poll)
      .toMatchObject({ activity: 'planning', progress: 1, metrics: { toolsExecuted: 2 }, state: 'running' });
    expect(new Set(server.calls.map((c) => c.token))).toEqual(new Set(['project', 'token-a1']));
  });

  it('registers once when the reply is lost', async () => {
    server.loseReplies = 2;
    const agent = await begin();
    expect(server.of('agents.register')).toHaveLength(3);
    expect(new Set(server.of('agents.register').map((r) => r.requestId)).size).toBe(1);
    expect(agent.id).toBe('a1');
  });

  it('beats for all agents of the process in one request', async () => {
    const agent = await begin();
    const kids = await Promise.all(['b', 'c', 'd'].map((name) => agent.child({ name })));
    expect(
      server
        .of('agents.register')
        .slice(1)
        .map((r) => r.parentId),
    ).toEqual(['a1', 'a1', 'a1']);
    await expect.poll(() => server.of('agents.heartbeats').some((i) => i.beats.length === 4), poll).toBe(true);
    await agent.finish();
    // Children in the process end before their parent does.
    expect(
      server
        .of('agents.finish')
        .map((f) => f.id)
        .at(-1),
    ).toBe('a1');
    expect(server.of('agents.finish')).toHaveLength(4);
    expect(kids.every((k) => k.isStopping)).toBe(true);
  });

  it('on stop: aborts, runs the hooks, stores what was reported, then reports the end', async () => {
    const agent = await begin();
    agent.onStop(async () => {
      await Promise.resolve();
      agent.costs.report({ model: 'm', inputTokens: 1, outputTokens: 1 });
    });
    agent.onStop(() => Promise.reject(new Error('broken hook')));
    agent.costs.report({ model: 'm', inputTokens: 2, outputTokens: 2 });
    directives.a1 = { directive: 'stop', stop: stopNotice() };
    await agent.ended;
    expect(agent.signal.reason).toBeInstanceOf(AgentStopped);
    expect((agent.signal.reason as AgentStopped).name).toBe('AbortError');
    expect((agent.signal.reason as AgentStopped).notice).toMatchObject({
      cause: 'directive',
      stopId: 's1',
      mode: 'graceful',
      reason: 'enough',
    });
    expect(server.of('costs.report').flatMap((c) => c.events)).toHaveLength(2);
    const order = server.calls.map((c) => c.path).filter((p) => p === 'costs.report' || p === 'agents.finish');
    expect(order.at(-1)).toBe('agents.finish');
    expect(server.of('agents.finish')).toEqual([expect.objectContaining({ id: 'a1', epoch: 1, outcome: 'stopped' })]);
  });

  it('does not let a hanging hook hold up the end beyond the deadline', async () => {
    const agent = await begin();
    agent.onStop(() => new Promise(() => {}));
    directives.a1 = { directive: 'stop', stop: stopNotice(1_200) };
    await agent.ended;
    expect(server.of('agents.finish')).toHaveLength(1);
  });

  it('while its children still end, a parent in a stop waits and is not aborted', async () => {
    const agent = await begin();
    directives.a1 = { directive: 'pause', stop: stopNotice() };
    await expect.poll(() => agent.isPaused, poll).toBe(true);
    const waiting = agent.whenRunning();
    expect(agent.signal.aborted).toBe(false);
    directives.a1 = { directive: 'stop', stop: stopNotice() };
    await expect(waiting).rejects.toBeInstanceOf(AgentStopped);
  });

  it('pause holds whoever waits for its turn, says so, and lets go', async () => {
    const agent = await begin();
    await agent.whenRunning();
    directives.a1 = { directive: 'pause' };
    await expect.poll(() => agent.isPaused, poll).toBe(true);
    let went = false;
    const waiting = agent.whenRunning().then(() => {
      went = true;
    });
    await expect.poll(() => beatsOf('a1').at(-1)?.state, poll).toBe('paused');
    expect(went).toBe(false);
    directives.a1 = { directive: 'run' };
    await waiting;
    await expect.poll(() => beatsOf('a1').at(-1)?.state, poll).toBe('running');
  });

  it('interrupt ends the turn and nothing else', async () => {
    const agent = await begin();
    const turn = agent.beginTurn();
    directives.a1 = { directive: 'run', interrupt: { reason: 'look here' } };
    await expect.poll(() => turn.aborted, poll).toBe(true);
    directives.a1 = {};
    expect(turn.reason).toMatchObject({ name: 'AbortError', interruptReason: 'look here' });
    expect(agent.signal.aborted).toBe(false);
    expect(agent.beginTurn().aborted).toBe(false);
  });

  it('ends itself when nobody has answered for the fail-safe window, and not before', async () => {
    const agent = await begin({ failSafeMs: 800 });
    server.away = true;
    const awayAtMs = performance.now();
    await agent.ended;
    expect(performance.now() - awayAtMs).toBeGreaterThan(700);
    expect((agent.signal.reason as AgentStopped).notice.cause).toBe('fail-safe');
  });

  it('lives on through an outage shorter than the window', async () => {
    const agent = await begin({ failSafeMs: 5_000 });
    server.away = true;
    const before = beatsOf('a1').length;
    agent.costs.report({ model: 'm', inputTokens: 1, outputTokens: 1 });
    const flushed = agent.flush();
    await server.stop();
    await server.start();
    server.away = false;
    await flushed;
    await expect.poll(() => beatsOf('a1').length, poll).toBeGreaterThan(before);
    expect(agent.signal.aborted).toBe(false);
  });

  it.each([
    ['fenced', { code: 'fenced', stopId: 's9', reason: 'budget' }, { cause: 'directive', stopId: 's9', reason: 'budget' }],
    ['superseded by a newer epoch', { code: 'version_conflict', kind: 'agent', id: 'a1', expected: 1, actual: 2 }, { cause: 'revoked' }],
    ['unknown', { code: 'not_found', kind: 'agent', id: 'a1' }, { cause: 'revoked' }],
  ])('ends when its heartbeat is refused: %s', async (_, error, notice) => {
    const agent = await begin();
    directives.a1 = { directive: 'stop', error };
    await agent.ended;
    expect((agent.signal.reason as AgentStopped).notice).toMatchObject(notice);
  });

  it('ends when its token was revoked', async () => {
    const agent = await begin();
    server.procedures['agents.heartbeats'] = () => {
      throw new Refusal({ code: 'unauthenticated' });
    };
    await agent.ended;
    expect((agent.signal.reason as AgentStopped).notice.cause).toBe('revoked');
  });

  it('rejects with the typed error of the contract', async () => {
    server.procedures['agents.register'] = () => {
      throw new Refusal({ code: 'fenced', stopId: 's1', reason: 'enough' });
    };
    const e = await begin({ parent: 'p1' }).catch((e: unknown) => e);
    expect(isReeveError(e, 'fenced') && e.failure).toMatchObject({ stopId: 's1', reason: 'enough' });
  });

  it('without a token takes the one that the local server wrote for its user, else says what to do', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'reeve-agent-test-'));
    process.env.REEVE_DATA_DIR = folder;
    try {
      await expect(supervise({ name: 'x' })).rejects.toThrow(/REEVE_TOKEN/);
      writeFileSync(join(folder, 'cli.json'), JSON.stringify({ url: server.url, token: 'from-file' }));
      agents.push(await supervise({ name: 'x', handleSignals: false }));
      expect(server.calls[0]).toMatchObject({ path: 'agents.register', token: 'from-file' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('finishes work by its outcome', async () => {
    const options = { name: 'w', url: server.url, token: 't', handleSignals: false };
    expect(await supervise(options, async () => 42)).toBe(42);
    await expect(supervise(options, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(server.of('agents.finish')).toMatchObject([
      { outcome: 'completed' },
      { outcome: 'failed', error: expect.stringContaining('broken') },
    ]);
    const stopped = supervise(options, async (agent) => {
      directives[agent.id] = { directive: 'stop', stop: stopNotice() };
      await new Promise((_, reject) => agent.signal.addEventListener('abort', () => reject(agent.signal.reason)));
    });
    await expect(stopped).rejects.toBeInstanceOf(AgentStopped);
    expect(server.of('agents.finish').at(-1)).toMatchObject({ outcome: 'stopped' });
  });

  it('spawns through its runner and waits for the child', async () => {
    const agent = await begin();
    const child = await agent.spawn({ name: 'kid', command: 'node', args: ['kid.js'] });
    expect(server.of('agents.spawn')[0]).toMatchObject({ id: 'a1', command: 'node', args: ['kid.js'] });
    expect((await child.whenEnded()).state).toBe('completed');
  });

  describe('started by a runner', () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'reeve-agent-test-'));
      const launched = { REEVE_AGENT_ID: 'L', REEVE_TOKEN: 'token-L', REEVE_EPOCH: '3', REEVE_LAUNCHED: '1' };
      Object.assign(process.env, launched, { REEVE_URL: server.url, REEVE_ATTACH_FILE: join(folder, 'L') });
    });
    afterEach(() => rmSync(folder, { recursive: true }));
    const attach = async (o: Partial<SuperviseOptions> = {}) => {
      const agent = await supervise({ name: 'me', handleSignals: false, ...o });
      agents.push(agent);
      return agent;
    };

    it('takes over the registration; who comes later becomes a child', async () => {
      const agent = await attach();
      expect([agent.id, agent.epoch]).toEqual(['L', 3]);
      expect(server.of('agents.register')).toEqual([]);
      await expect.poll(() => beatsOf('L').at(-1)?.epoch, poll).toBe(3);
      const second = await attach();
      expect(second.id).toBe('a1');
      expect(server.of('agents.register')).toMatchObject([{ parentId: 'L' }]);
    });
    it('a second process that inherits the environment becomes a child too', async () => {
      await attach();
      process.env.REEVE_LAUNCHED = '1';
      expect((await attach()).id).toBe('a1');
    });
    it('registers anew where it is told to', async () => {
      expect((await attach({ asChild: true })).id).toBe('a1');
      expect(server.of('agents.register')).toMatchObject([{ parentId: 'L' }]);
    });
  });
});
