import { agentRowFields, encodeColumns, type Frame, freeTextFields } from '@reeve/core/vocabulary';
import { describe, expect, it } from 'vitest';
import { until } from '../database/support.ts';
import { type Json, type LiveSocket, projectToken, type TestServer } from '../harness.ts';

type Resumed = { frame: Frame } | { reset: true };

/** Live updates over socket.io, as contract.md words them. */
export function liveCases(on: () => TestServer): void {
  const resume = (socket: LiveSocket, afterSeq: number): Promise<Resumed> =>
    new Promise((resolve) => socket.emit('resume', { afterSeq }, resolve));
  const refusal = async (auth: Parameters<TestServer['live']>[0]): Promise<string> => {
    const { socket } = on().live(auth);
    const failed = new Promise<Error>((resolve) => socket.once('connect_error', resolve));
    socket.connect();
    return (await failed).message;
  };
  const ids = (frame: Frame, kind: string): string[] =>
    frame.patches.filter((p) => p[0] === kind).map((p) => (typeof p[1] === 'string' ? p[1] : p[1].id));
  const reached = (frames: Frame[], seq: number) => until(() => (frames.at(-1)?.toSeq ?? 0) >= seq, `frame ${seq}`);

  it('refuses whoever is not signed in, agents, and pages of another origin', async () => {
    expect(await refusal({})).toBe('unauthenticated');
    expect(await refusal({ token: 'rv_nobody-has-this-one' })).toBe('unauthenticated');
    expect(await refusal({ token: (await on().agent()).token })).toBe('unauthenticated');
    const cookie = await on().signIn();
    expect(await refusal({ headers: { cookie, origin: 'https://evil.example' } })).not.toBe('unauthenticated');
    const { socket } = on().live({ headers: { cookie, origin: on().url } });
    socket.connect();
    await until(() => socket.connected, 'the live connection of the dashboard');
    socket.disconnect();
  });
  it('frames continue each other without a gap, and carry what changed', async () => {
    const { socket, frames } = await on().connected();
    const before = await on().lastSeq();
    const made: string[] = [];
    for (let n = 0; n < 30; n++) made.push((await on().agent({ name: `live ${n}` })).agentId);
    const taskId = await on().task();
    const { stopId } = await on().ok(on().post(`/agents/${made[0]}/stop`));
    const last = await on().lastSeq();
    await reached(frames, last);
    for (const [i, f] of frames.entries()) {
      const previous = frames[i - 1];
      if (previous) expect(f.fromSeq).toBe(previous.toSeq + 1);
      expect(f.toSeq).toBeGreaterThanOrEqual(f.fromSeq - 1);
    }
    expect(frames[0]?.fromSeq).toBeLessThanOrEqual(before + 1);
    const seen = new Set(frames.flatMap((f) => ids(f, 'a')));
    expect(made.every((id) => seen.has(id))).toBe(true);
    expect(frames.flatMap((f) => ids(f, 't'))).toContain(taskId);
    expect(frames.flatMap((f) => ids(f, 's'))).toContain(stopId);
    // coalesced: far fewer frames than commits
    expect(frames.length).toBeLessThan(60);
    socket.disconnect();
  });
  it('locks, barriers and the time of a checkpoint come with frames, also to a client that missed some', async () => {
    const agent = await on().agent({ name: 'holder' });
    const { socket, frames } = await on().connected();
    const seq = await on().lastSeq();
    const lockOf = (name: string, all: Frame[]) =>
      all.flatMap((f) => f.patches.flatMap((p) => (p[0] === 'l' && p[1].name === name ? [p[1]] : []))).at(-1);
    const { token } = await on().ok(on().post('/locks/framed/acquire', { agentId: agent.agentId, leaseMs: 60_000 }, agent.token));
    const waits = on().post('/barriers/framed/wait', { agentId: agent.agentId, parties: 2, waitMs: 3_000 }, agent.token);
    await until(() => frames.some((f) => ids(f, 'b').length > 0), 'the barrier');
    expect(lockOf('framed', frames)).toMatchObject({ permits: 1, holders: [{ agentId: agent.agentId, agentName: 'holder' }], waiters: [] });
    // whoever has a token can release
    expect(JSON.stringify(lockOf('framed', frames))).not.toContain('token');
    await on().ok(on().post('/locks/framed/renew', { agentId: agent.agentId, token, leaseMs: 3_000_000 }, agent.token));
    const leftMs = () => Date.parse(lockOf('framed', frames)?.holders[0]?.expiresAt ?? '') - Date.now();
    await until(() => leftMs() > 1_000_000, 'the renewed lease');
    await on().ok(on().post(`/agents/${agent.agentId}/checkpoints`, { sequence: 1, state: 1, trigger: 'test' }, agent.token));
    const savedAt = () => frames.flatMap((f) => f.patches.flatMap((p) => (p[0] === 'h' && p[1] === agent.agentId ? [p[6]] : []))).at(-1);
    await until(() => typeof savedAt() === 'number', 'the checkpoint');
    const snapshot = await on().ok(on().get('/snapshot'));
    expect(snapshot.locks.map((l: Json) => l.name)).toContain('framed');
    expect(snapshot.agents.find((a: unknown[]) => a[0] === agent.agentId)?.at(-1)).toBe(savedAt());
    await waits;
    await on().ok(on().post('/locks/framed/release', { agentId: agent.agentId, token }, agent.token));
    await until(() => lockOf('framed', frames)?.holders.length === 0, 'the release');
    const missed = await resume(socket, seq);
    expect('frame' in missed && lockOf('framed', [missed.frame])).toMatchObject({ holders: [] });
    socket.disconnect();
  });
  it('a heartbeat without a fact is a frame without a seq', async () => {
    const agent = await on().agent();
    const { socket, frames } = await on().connected();
    const seq = await on().lastSeq();
    // the first may still come in one frame with the agent's registration
    await until(async () => {
      await on().ok(on().post(`/agents/${agent.agentId}/heartbeat`, {}, agent.token));
      return frames.some((f) => ids(f, 'h').includes(agent.agentId));
    }, 'the heartbeat');
    expect(frames.at(-1)).toMatchObject({ fromSeq: seq + 1, toSeq: seq });
    socket.disconnect();
  });
  it('a command that changes nothing is no frame', async () => {
    const agent = await on().agent();
    const { socket, frames } = await on().connected();
    for (let n = 0; n < 3; n++) {
      await on().ok(on().post(`/agents/${agent.agentId}/stop`, { dryRun: true }));
      await on().ok(on().post(`/agents/${agent.agentId}/heartbeat`, {}, agent.token));
    }
    // the first may still come in one frame with the agent's registration
    await until(async () => {
      await on().ok(on().post(`/agents/${agent.agentId}/heartbeat`, {}, agent.token));
      return frames.some((f) => ids(f, 'h').includes(agent.agentId));
    }, 'the heartbeat');
    expect(frames.filter((f) => f.patches.length === 0)).toEqual([]);
    socket.disconnect();
  });
  it('after a gap a client resumes: everything that changed meanwhile, costs up to the root, and no more', async () => {
    const root = await on().agent({ name: 'resumed' });
    const child = await on().agent({ parentId: root.agentId });
    const untouched = await on().agent();
    const first = await on().connected();
    const seen = await on().lastSeq();
    first.socket.disconnect();
    await on().ok(
      on().post('/costs', {
        events: [{ eventId: 'gap', agentId: child.agentId, model: 'm', inputTokens: 1, outputTokens: 1, costUsd: '2' }],
      }),
    );
    const taskId = await on().task();
    const last = await on().lastSeq();
    const { socket } = await on().connected();
    let answer: Resumed = { reset: true };
    // what was committed in the last moment comes with the next frame
    await until(async () => {
      answer = await resume(socket, seen);
      return 'frame' in answer && answer.frame.toSeq === last;
    }, 'the whole gap');
    if (!('frame' in answer)) throw new Error('reset');
    const { frame } = answer as { frame: Frame };
    expect(frame.fromSeq).toBe(seen + 1);
    expect(ids(frame, 'a').sort()).toEqual([root.agentId, child.agentId].sort());
    expect(ids(frame, 'a')).not.toContain(untouched.agentId);
    expect(ids(frame, 't')).toEqual([taskId]);
    // leases have no facts of their own, so all that live are told
    expect(ids(frame, 'h')).toContain(untouched.agentId);
    const nothing = await resume(socket, last);
    expect(nothing).toMatchObject({ frame: { fromSeq: last + 1, toSeq: last } });
    socket.disconnect();
  });
  it('is told to start anew where it cannot be known what it missed', async () => {
    const { socket } = await on().connected();
    const last = await on().lastSeq();
    for (const afterSeq of [last + 1, -1, 1.5]) expect(await resume(socket, afterSeq)).toEqual({ reset: true });
    // a client of another kind may send anything
    const odd = socket as unknown as { emit(name: string, request: unknown, reply: (a: Resumed) => void): void };
    for (const request of [null, {}, 'x', { afterSeq: 'x' }])
      expect(await new Promise((resolve) => odd.emit('resume', request, resolve))).toEqual({ reset: true });
    socket.emit('resume', { afterSeq: 0 } as never, undefined as never);
    expect(socket.connected).toBe(true);
    socket.disconnect();
  });
  it('is told to start anew where it missed too much', async () => {
    const { socket } = await on().connected();
    const before = await on().lastSeq();
    const { agentId } = await on().agent();
    // facts about 3,001 tasks, put past the server; their frames never came
    await on().sql(
      `insert into event (project_id, seq, at, type, subject_kind, subject_id, actor, data)
       select p.id, p.seq + n, now(), 'task.added', 'task', 'tsk_' || n, 'test', '{}' from project p, generate_series(1, 3001) n`,
    );
    await on().sql('update project set seq = seq + 3001');
    await on().ok(on().post(`/agents/${agentId}/heartbeat`, { activity: 'goes on' }));
    await until(async () => 'reset' in (await resume(socket, before)), 'the reset');
    const last = await on().lastSeq();
    await until(async () => 'frame' in (await resume(socket, last)), 'a frame');
    socket.disconnect();
  });
  describe('the snapshot', () => {
    it('is the whole screen at one seq; frames go on from there', async () => {
      const agent = await on().agent({ name: 'in the snapshot' });
      const snapshot = await on().ok(on().get('/snapshot'));
      expect(snapshot.seq).toBe(await on().lastSeq());
      expect(snapshot.agents.map((a: string[]) => a[0])).toContain(agent.agentId);
      const { socket } = await on().connected();
      expect(await resume(socket, snapshot.seq)).toMatchObject({ frame: { fromSeq: snapshot.seq + 1 } });
      socket.disconnect();
    });
    it('comes to the dashboard in two parts that hold the same', async () => {
      const odd = { name: 'two "parts" - of\tone', role: 'r – 2', kind: 'a kind', model: 'm' };
      const root = await on().agent(odd);
      const child = await on().agent({ parentId: root.agentId });
      await on().ok(on().post(`/agents/${root.agentId}/heartbeat`, { activity: 'says - "x" \u00e9', progress: 0.5 }));
      await on().ok(
        on().post('/costs', {
          events: [{ eventId: 'parts', agentId: child.agentId, model: 'm', inputTokens: 1, outputTokens: 1, costUsd: '2' }],
        }),
      );
      const taskId = await on().task();
      const part = async (name: string) => {
        const res = await fetch(`${on().url}/trpc/live.${name}`, { headers: { authorization: `Bearer ${projectToken}` } });
        return ((await res.json()) as Json).result.data;
      };
      let snapshot: Json;
      let fleet: Json;
      let board: Json;
      // other things go on meanwhile: compare what was read at the same seq
      await until(async () => {
        snapshot = await on().ok(on().get('/snapshot'));
        [fleet, board] = [await part('fleet'), await part('board')];
        return fleet.seq === snapshot.seq && (await on().lastSeq()) === snapshot.seq;
      }, 'a quiet moment');
      const expected = encodeColumns(snapshot.agents);
      for (const field of agentRowFields) {
        const isText = (freeTextFields as readonly string[]).includes(field);
        const read = (column: string) => (isText ? JSON.parse(column) : column);
        expect(read(fleet.columns[field]), field).toEqual(read(expected[field]));
      }
      expect(board.tasks.map((t: Json) => t.id)).toContain(taskId);
      const { tasks, changes, stops, locks, barriers } = snapshot;
      expect(board).toEqual({ tasks, changes, stops, locks, barriers });
    });
  });
}
