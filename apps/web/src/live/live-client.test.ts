import type { Board, Frame, Patch, Snapshot } from '@reeve/core/vocabulary';
import { describe, expect, it, vi } from 'vitest';
import { FakeSocket } from './fake-socket';
import { LiveClient, type LiveStatus } from './live-client';
import { anAgent, aSnapshot, fleetOf } from './samples';
import { LiveStore } from './store';

const frame = (fromSeq: number, toSeq: number, activity: string): Frame => ({
  fromSeq,
  toSeq,
  atMs: 0,
  patches: [['h', 'a', 1, 2, activity, null] satisfies Patch],
});

async function started(over: { snapshot?: () => Promise<Snapshot>; board?: () => Promise<Board> } = {}) {
  const snapshot = over.snapshot ?? (async () => aSnapshot([anAgent({ id: 'a' })], { seq: 10 }));
  const store = new LiveStore();
  const socket = new FakeSocket();
  const statuses: LiveStatus[] = [];
  const frames: (() => void)[] = [];
  const onSignedOut = vi.fn();
  const client = new LiveClient({
    store,
    fleet: async () => fleetOf(await snapshot()),
    board: over.board ?? (async () => aSnapshot([])),
    connect: () => socket,
    schedule: (run) => frames.push(run),
    nowMs: () => 5000,
    onStatus: (s) => statuses.push(s),
    onSignedOut,
    isSignedOut: (e) => e instanceof Error && e.message === 'signed out',
    retryMs: 1,
  });
  await client.start();
  const paint = () => {
    for (const run of frames.splice(0)) run();
  };
  const activity = () => store.agents.get('a')?.activity;
  const connect = () => {
    socket.emit('connect');
    const asked = socket.asked.at(-1);
    asked?.reply({ frame: { fromSeq: asked.request.afterSeq + 1, toSeq: asked.request.afterSeq, atMs: 0, patches: [] } });
    paint();
  };
  return { store, socket, client, statuses, paint, activity, connect, onSignedOut };
}

describe('the live client', () => {
  it('resumes behind the snapshot on every connection, and only then is live', async () => {
    const t = await started();
    expect(t.socket.asked).toEqual([]);
    t.connect();
    expect(t.socket.asked[0]?.request).toEqual({ afterSeq: 10 });
    expect(t.statuses.at(-1)?.phase).toBe('live');
    t.socket.emit('frame', frame(11, 14, 'x'));
    t.socket.emit('disconnect');
    expect(t.statuses.at(-1)?.phase).toBe('reconnecting');
    t.socket.emit('connect');
    expect(t.socket.asked[1]?.request).toEqual({ afterSeq: 14 });
  });

  it('applies frames once per animation frame', async () => {
    const t = await started();
    t.connect();
    t.socket.emit('frame', frame(11, 11, 'one'));
    t.socket.emit('frame', frame(12, 12, 'two'));
    expect(t.activity()).toBeNull();
    t.paint();
    expect(t.activity()).toBe('two');
  });

  it('asks for what it missed when a frame does not continue the last, and keeps what comes meanwhile', async () => {
    const t = await started();
    t.connect();
    t.socket.emit('frame', frame(15, 16, 'after the gap'));
    expect(t.socket.asked.at(-1)?.request).toEqual({ afterSeq: 10 });
    t.socket.emit('frame', frame(17, 17, 'newest'));
    t.paint();
    expect(t.activity()).toBeNull();
    t.socket.asked.at(-1)?.reply({ frame: frame(11, 16, 'missed') });
    t.paint();
    expect(t.activity()).toBe('newest');
    t.socket.emit('frame', frame(18, 18, 'goes on'));
    t.paint();
    expect(t.activity()).toBe('goes on');
    expect(t.socket.asked).toHaveLength(2);
  });

  it('takes heartbeat frames, which carry no event, and drops old ones', async () => {
    const t = await started();
    t.connect();
    t.socket.emit('frame', frame(11, 10, 'beat'));
    t.paint();
    expect(t.activity()).toBe('beat');
    t.socket.emit('frame', frame(11, 12, 'event'));
    t.socket.emit('frame', frame(11, 11, 'old'));
    t.paint();
    expect(t.activity()).toBe('event');
    expect(t.socket.asked).toHaveLength(1);
  });

  it('takes a new snapshot after a reset', async () => {
    let seq = 10;
    const t = await started({ snapshot: async () => aSnapshot([anAgent({ id: 'a', activity: `at ${seq}` })], { seq }) });
    t.connect();
    seq = 99;
    t.socket.emit('frame', frame(50, 51, 'gap'));
    t.socket.asked.at(-1)?.reply({ reset: true });
    await vi.waitFor(() => expect(t.activity()).toBe('at 99'));
    t.socket.emit('frame', frame(100, 100, 'goes on'));
    t.paint();
    expect(t.activity()).toBe('goes on');
  });

  it('says what failed when there is no first snapshot, and tries again when asked', async () => {
    let broken = true;
    const t = await started({
      snapshot: async () => {
        if (broken) throw new Error('down');
        return aSnapshot([], { seq: 1 });
      },
    });
    expect(t.statuses.at(-1)).toMatchObject({ phase: 'failed' });
    expect(t.store.ready).toBe(false);
    broken = false;
    t.client.retry();
    await vi.waitFor(() => expect(t.store.ready).toBe(true));
  });

  it('leaves for the sign-in page when the session is over', async () => {
    const t = await started({ snapshot: () => Promise.reject(new Error('signed out')) });
    expect(t.onSignedOut).toHaveBeenCalled();
    const u = await started();
    u.socket.emit('connect_error', new Error('unauthenticated'));
    expect(u.onSignedOut).toHaveBeenCalled();
  });

  it('shows the fleet before the rest is there, and takes no frame until it is', async () => {
    let answer = (_: Board) => {};
    const rest = new Promise<Board>((resolve) => {
      answer = resolve;
    });
    const store = new LiveStore();
    const connect = vi.fn(() => new FakeSocket());
    const client = new LiveClient({
      store,
      fleet: async () => fleetOf(aSnapshot([anAgent({ id: 'a' })], { seq: 10 })),
      board: () => rest,
      connect,
      schedule: (run) => run(),
      nowMs: () => 5000,
      onStatus: () => {},
      onSignedOut: () => {},
      isSignedOut: () => false,
    });
    const starting = client.start();
    await vi.waitFor(() => expect(store.ready).toBe(true));
    expect([store.complete, store.agents.size, connect.mock.calls.length]).toEqual([false, 1, 0]);
    answer(aSnapshot([]));
    await starting;
    expect([store.complete, connect.mock.calls.length]).toEqual([true, 1]);
  });

  it('asks again by itself when the fleet came and the rest did not', async () => {
    let broken = true;
    const t = await started({
      board: async () => {
        if (broken) throw new Error('down');
        return aSnapshot([]);
      },
    });
    expect([t.store.ready, t.store.complete, t.statuses.at(-1)?.phase]).toEqual([true, false, 'reconnecting']);
    broken = false;
    await vi.waitFor(() => expect(t.store.complete).toBe(true));
    t.connect();
    expect(t.statuses.at(-1)?.phase).toBe('live');
  });

  it('never mixes two loads: the parts of one that was overtaken are thrown away', async () => {
    const waiting: ((s: Snapshot) => void)[] = [];
    let first = true;
    const t = await started({
      snapshot: () => {
        if (!first) return new Promise<Snapshot>((resolve) => waiting.push(resolve));
        first = false;
        return Promise.resolve(aSnapshot([anAgent({ id: 'a', activity: 'first' })], { seq: 10 }));
      },
    });
    t.connect();
    const reset = () => {
      t.socket.emit('connect');
      t.socket.asked.at(-1)?.reply({ reset: true });
    };
    t.socket.emit('disconnect');
    reset();
    t.socket.emit('disconnect');
    reset();
    expect(waiting).toHaveLength(2);
    waiting[1]?.(aSnapshot([anAgent({ id: 'a', activity: 'newer' })], { seq: 30 }));
    await vi.waitFor(() => expect(t.activity()).toBe('newer'));
    waiting[0]?.(aSnapshot([anAgent({ id: 'a', activity: 'older' })], { seq: 20 }));
    await new Promise((go) => setImmediate(go));
    expect(t.activity()).toBe('newer');
    t.socket.emit('frame', frame(31, 31, 'goes on'));
    t.paint();
    expect(t.activity()).toBe('goes on');
  });
});
