import { Annotation, Command, END, interrupt, MemorySaver, START, StateGraph } from '@langchain/langgraph';
import type { BaseCheckpointSaver, CheckpointTuple } from '@langchain/langgraph-checkpoint';
import { emptyCheckpoint, uuid6 } from '@langchain/langgraph-checkpoint';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Agent, supervise } from '../src/index.ts';
import { ReeveSaver } from '../src/langgraph.ts';
import { FakeServer, Refusal } from './fake-server.ts';

const State = Annotation.Root({
  done: Annotation<string[]>({ reducer: (a, b) => [...a, ...b], default: () => [] }),
});

describe('the checkpointer for LangGraph', () => {
  let server: FakeServer;
  let agent: Agent;
  let saved: { state: unknown; trigger: string }[];
  let failing: boolean;
  let wait: Promise<void> | undefined;

  const begin = async () => {
    agent = await supervise({ name: 'a', url: server.url, token: 'project', handleSignals: false });
    return ReeveSaver.of(agent);
  };
  /** A process that was killed, and another one that was started from the last checkpoint. */
  const again = async () => {
    const state = saved.at(-1)?.state;
    Object.assign(agent, { resumed: async () => ({ state }) });
    return ReeveSaver.of(agent);
  };
  beforeEach(async () => {
    saved = [];
    failing = false;
    wait = undefined;
    server = await new FakeServer({
      'agents.register': () => ({ agentId: 'a1', token: 't', epoch: 1, leaseMs: 5_000, sessionId: 'a1' }),
      'agents.heartbeats': ({ beats }) => ({ leaseMs: 5_000, directives: beats.map((b) => ({ agentId: b.agentId, directive: 'run' })) }),
      'agents.finish': ({ outcome }) => ({ state: outcome }),
      'checkpoints.save': async ({ sequence, state, trigger }) => {
        await wait;
        if (failing) throw new Refusal({ code: 'too_large', limitBytes: 4_000_000 });
        saved.push({ state: structuredClone(state), trigger });
        return { checkpointId: `c${sequence}`, digest: 'd' };
      },
    }).start();
  });
  afterEach(async () => {
    await agent.finish().catch(() => {});
    await server.stop();
  });

  /** Everything that a saver says of a thread, without what two runs cannot have in common. */
  const everything = async (saver: BaseCheckpointSaver, thread_id: string) => {
    const out: CheckpointTuple[] = [];
    for await (const t of saver.list({ configurable: { thread_id } })) out.push(t);
    return out;
  };

  it('answers what the saver in memory answers, after each of many calls, and in a new process too', async () => {
    const [memory, reeve] = [new MemorySaver(), await begin()];
    let seed = 7;
    const int = (n: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * n);
    };
    const ids: { thread_id: string; checkpoint_ns: string; checkpoint_id: string }[] = [];
    for (let i = 0; i < 60; i++) {
      const thread_id = ['one', '__proto', 'two'][int(3)] as string;
      const checkpoint_ns = ['', 'part:1'][int(2)] as string;
      const mine = ids.filter((c) => c.thread_id === thread_id && c.checkpoint_ns === checkpoint_ns);
      const parent = mine[int(mine.length + 1)];
      if (int(3) > 0 || !parent) {
        const values = { b: [i, 'ü🦉'], a: new Map([['k', new Set([i])]]), bytes: new Uint8Array([1, 2, i]) };
        const checkpoint = { ...emptyCheckpoint(), id: uuid6(i), ts: '2026-01-01', channel_values: values, channel_versions: { b: i } };
        const config = { configurable: { thread_id, checkpoint_ns, ...(parent && { checkpoint_id: parent.checkpoint_id }) } };
        const metadata = { source: int(2) ? 'loop' : 'input', step: i, parents: {} } as const;
        const [x, y] = [await memory.put(config, checkpoint, metadata), await reeve.put(config, checkpoint, metadata, {})];
        expect(y).toEqual(x);
        ids.push({ thread_id, checkpoint_ns, checkpoint_id: checkpoint.id });
      } else {
        const [task, path] = [`task ${int(3)}`, ['', 'z', 'a'][int(3)] as string];
        const writes: [string, unknown][] = [
          ['b', i],
          [int(2) ? '__error__' : 'a', { i }],
        ];
        await memory.putWrites({ configurable: parent }, writes, task, path);
        await reeve.putWrites({ configurable: parent }, writes, task, path);
      }
      if (i % 10 === 9) {
        for (const thread of ['one', '__proto', 'two', 'none'])
          expect(await everything(reeve, thread)).toEqual(await everything(memory, thread));
        const other = await again();
        for (const c of ids.slice(-8))
          expect(await other.getTuple({ configurable: c })).toEqual(await memory.getTuple({ configurable: c }));
        for (const thread_id of ['one', 'two', 'none'])
          expect(await other.getTuple({ configurable: { thread_id } })).toEqual(await memory.getTuple({ configurable: { thread_id } }));
      }
    }
    const some = async (saver: BaseCheckpointSaver, o: object) => {
      const out: string[] = [];
      for await (const t of saver.list({ configurable: { thread_id: 'one', checkpoint_ns: '' } }, o)) out.push(t.checkpoint.id);
      return out;
    };
    const before = { configurable: ids.filter((c) => c.thread_id === 'one' && c.checkpoint_ns === '').at(-2) };
    for (const o of [
      { limit: 2 },
      { limit: 0 },
      { before },
      { filter: { source: 'input' } },
      { filter: { source: 'loop' }, limit: 1, before },
    ])
      expect(await some(reeve, o)).toEqual(await some(memory, o));
    await memory.deleteThread('one');
    await reeve.deleteThread('one');
    for (const thread of ['one', 'two']) expect(await everything(await again(), thread)).toEqual(await everything(memory, thread));
    expect((await again()).has('one')).toBe(false);
    expect((await again()).has('two')).toBe(true);
  });

  const graphOf = (checkpointer: BaseCheckpointSaver, trouble: { at?: string } = {}) => {
    const node = (name: string) => async () => {
      if (trouble.at === name) throw new Error('killed');
      return { done: [name] };
    };
    return new StateGraph(State)
      .addNode('plan', node('plan'))
      .addNode('left', node('left'))
      .addNode('right', node('right'))
      .addNode('ask', async () => ({ done: [`asked: ${interrupt('may I?')}`] }))
      .addEdge(START, 'plan')
      .addEdge('plan', 'left')
      .addEdge('left', 'right')
      .addEdge('right', 'ask')
      .addEdge('ask', END)
      .compile({ checkpointer });
  };
  const config = { configurable: { thread_id: 'main' } };

  it('a graph that broke off goes on in another process: what is done is not done again, an interrupt is answered there', async () => {
    const saver = await begin();
    await expect(graphOf(saver, { at: 'right' }).invoke({ done: [] }, config)).rejects.toThrow('killed');
    const second = await again();
    expect(second.has('main')).toBe(true);
    const states = await graphOf(second).getState(config);
    expect(states.next).toEqual(['right']);
    const asked = (await graphOf(second, { at: 'left' }).invoke(null, config)) as { done: string[] };
    expect(asked.done).toEqual(['plan', 'left', 'right']);
    const third = await again();
    const end = (await graphOf(third).invoke(new Command({ resume: 'yes' }), config)) as { done: string[] };
    expect(end.done.at(-1)).toBe('asked: yes');
    const history: unknown[] = [];
    for await (const s of graphOf(await again()).getStateHistory(config)) history.push(s.values.done?.length ?? 0);
    expect(history).toEqual([4, 3, 2, 1, 0, 0]);
  });
  it('goes back to an earlier checkpoint and branches from it', async () => {
    const saver = await begin();
    const graph = graphOf(saver);
    await graph.invoke({ done: [] }, config);
    const states = [];
    for await (const s of graph.getStateHistory(config)) states.push(s);
    const early = states.find((s) => s.next.includes('left'));
    if (!early) throw new Error('no such state');
    await graph.updateState(early.config, { done: ['by hand'] }, 'plan');
    const branched = (await graphOf(await again()).invoke(null, config)) as { done: string[] };
    expect(branched.done.slice(0, 2)).toEqual(['plan', 'by hand']);
  });

  it('calls that come while a save is under way share the next one, and none resolves before it is stored', async () => {
    const saver = await begin();
    let go = () => {};
    wait = new Promise((resolve) => {
      go = resolve;
    });
    const done: number[] = [];
    const put = (n: number) =>
      saver
        .put({ configurable: { thread_id: 't' } }, { ...emptyCheckpoint(), id: uuid6(n) }, { source: 'loop', step: n, parents: {} }, {})
        .then(() => done.push(n));
    const all = [put(1), put(2), put(3), put(4)];
    await expect.poll(() => server.of('checkpoints.save').length).toBe(1);
    expect(done).toEqual([]);
    go();
    await Promise.all(all);
    expect(done.sort()).toEqual([1, 2, 3, 4]);
    expect(saved).toHaveLength(2);
    expect((await everything(await again(), 't')).map((t) => t.metadata?.step)).toEqual([4, 3, 2, 1]);
  });
  it('a save that is refused is told to whoever put it, and the next one has it all', async () => {
    const saver = await begin();
    const put = (n: number) =>
      saver.put({ configurable: { thread_id: 't' } }, { ...emptyCheckpoint(), id: uuid6(n) }, { source: 'loop', step: n, parents: {} }, {});
    failing = true;
    await expect(put(1)).rejects.toMatchObject({ code: 'too_large' });
    failing = false;
    await put(2);
    expect((await everything(await again(), 't')).map((t) => t.metadata?.step)).toEqual([2, 1]);
  });
  it('keeps as much history as it was told, a value that did not change once, and no parts from before', async () => {
    await begin();
    const saver = await ReeveSaver.of(agent, { history: 3 });
    const same = 'x'.repeat(10_000);
    for (let n = 1; n <= 8; n++) {
      const checkpoint = { ...emptyCheckpoint(), id: uuid6(n), channel_values: { same, n } };
      const ns = n === 2 ? 'part:1' : '';
      await saver.put({ configurable: { thread_id: 't', checkpoint_ns: ns } }, checkpoint, { source: 'loop', step: n, parents: {} }, {});
    }
    expect((await everything(await again(), 't')).map((t) => t.metadata?.step)).toEqual([8, 7, 6]);
    expect(JSON.stringify(saved.at(-1)).length).toBeLessThan(13_000);
  });
});
