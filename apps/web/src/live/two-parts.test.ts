import { encodeAgent, encodeColumns, type Frame, type LiveAgent, type Patch, type TaskView } from '@reeve/core/vocabulary';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeFleet } from './decode-fleet';
import { decodeRow } from './decode-row';
import { FakeSocket } from './fake-socket';
import { LiveClient } from './live-client';
import { anAgent, aSnapshot } from './samples';
import { LiveStore } from './store';
import { allStates } from './tree-index';

/** One fact of a log: an agent's beat, its cost, its whole record, or a task. */
type Fact = { kind: 'agent' | 'beat' | 'cost' | 'task'; key: number; value: number };
const aFact: fc.Arbitrary<Fact> = fc.record({
  kind: fc.constantFrom('agent', 'beat', 'cost', 'task'),
  key: fc.nat(7),
  value: fc.nat(1000),
});
const aTask = (id: string, title: string): TaskView => ({
  id,
  title,
  body: null,
  state: 'ready',
  priority: 0,
  labels: [],
  dependsOn: [],
  waitingFor: [],
  stuckOn: [],
  attempts: 0,
  maxAttempts: 3,
  notBefore: null,
  claim: null,
  failures: [],
  result: null,
  createdAt: '',
  updatedAt: '',
  finishedAt: null,
  needs: [],
  parentId: null,
  subtasks: 0,
  gate: null,
});

/** What the server would hold, and tell, after each fact of the log. */
class Server {
  readonly agents = new Map<string, LiveAgent>();
  readonly tasks = new Map<string, TaskView>();
  readonly touched: string[][] = [];
  readonly patches: Patch[][] = [];
  happen({ kind, key, value }: Fact): void {
    const id = `a${key}`;
    const known = this.agents.get(id);
    const told: Patch[] = [];
    if (kind === 'task') {
      const task = aTask(`t${key}`, `title ${value}`);
      this.tasks.set(task.id, task);
      told.push(['t', task]);
    } else if (kind === 'agent' || !known) {
      // a parent may come later than its child: by a page boundary, or moved under somebody younger
      const parentId = key === 0 || value % 5 === 0 ? null : `a${(key - 1) >> 1}`;
      const state = allStates[value % allStates.length] as LiveAgent['state'];
      const agent = anAgent({ id, parentId, state, name: `name of ${id} ${value}`, activity: value % 2 ? null : 'a b "c"\n' });
      this.agents.set(id, agent);
      told.push(['a', ...encodeAgent(agent)]);
    } else if (kind === 'beat') {
      this.agents.set(id, { ...known, lastHeartbeatMs: value, leaseExpiresMs: value + 9, activity: null, progress: value / 1000 });
      told.push(['h', id, value, value + 9, null, value / 1000]);
    } else {
      this.agents.set(id, { ...known, ownNanoUsd: `${value}`, subtreeNanoUsd: `${value * 2}`, unpriced: value });
      told.push(['c', id, `${value}`, `${value * 2}`, value]);
    }
    this.touched.push([kind === 'task' ? `t${key}` : id]);
    this.patches.push(told);
  }
  get seq(): number {
    return this.patches.length;
  }
  snapshot() {
    return aSnapshot([...this.agents.values()], { seq: this.seq, tasks: [...this.tasks.values()] });
  }
  /** As the hub answers: what was touched since, as it stands now. */
  missed(afterSeq: number): Frame {
    const ids = new Set(this.touched.slice(afterSeq).flat());
    const patches = [...ids].map((id): Patch => {
      const agent = this.agents.get(id);
      return agent ? ['a', ...encodeAgent(agent)] : ['t', this.tasks.get(id) as TaskView];
    });
    return { fromSeq: afterSeq + 1, toSeq: this.seq, atMs: 0, patches };
  }
}
const contents = (s: LiveStore) => ({
  agents: [...s.agents.values()].sort((a, b) => (a.id < b.id ? -1 : 1)),
  tasks: [...s.tasks.values()].sort((a, b) => (a.id < b.id ? -1 : 1)),
  below: Object.fromEntries([...s.agents.keys()].sort().map((id) => [id, [s.tree.counts(id)?.join(), [...s.tree.children(id)].sort()]])),
  roots: [...s.tree.roots].sort(),
  totals: s.tree.totals.join(),
});
const facts = (most: number) => fc.array(aFact, { maxLength: most });

it('fleet, then board, then frames in any order, some of them lost, equal the whole snapshot of the end', async () => {
  await fc.assert(
    fc.asyncProperty(
      facts(12),
      facts(6),
      facts(6),
      fc.array(fc.record({ facts: facts(4), fate: fc.constantFrom('told', 'lost', 'twice', 'before the reply') }), { maxLength: 6 }),
      async (before, between, meanwhile, later) => {
        const server = new Server();
        for (const f of before) server.happen(f);
        const first = server.snapshot();
        const socket = new FakeSocket();
        const paints: (() => void)[] = [];
        const store = new LiveStore();
        const client = new LiveClient({
          store,
          fleet: async () => {
            const columns = encodeColumns(first.agents);
            for (const f of between) server.happen(f);
            return { seq: first.seq, atMs: 0, columns };
          },
          board: async () => server.snapshot(),
          connect: () => socket,
          schedule: (run) => void paints.push(run),
          nowMs: () => 0,
          onStatus: () => {},
          onSignedOut: () => {},
          isSignedOut: () => false,
        });
        await client.start();
        for (const f of meanwhile) server.happen(f);
        socket.emit('connect');
        const answer = async () => {
          for (const { request, reply } of socket.asked.splice(0)) reply({ frame: server.missed(request.afterSeq) });
          for (const paint of paints.splice(0)) paint();
        };
        for (const { facts, fate } of later) {
          const fromSeq = server.seq + 1;
          for (const f of facts) server.happen(f);
          const frame: Frame = { fromSeq, toSeq: server.seq, atMs: 0, patches: server.patches.slice(fromSeq - 1).flat() };
          if (fate === 'before the reply') socket.emit('frame', frame);
          await answer();
          if (fate === 'told' || fate === 'twice') socket.emit('frame', frame);
          if (fate === 'twice') socket.emit('frame', frame);
        }
        // the next frame shows whether something is missing
        socket.emit('frame', { fromSeq: server.seq + 1, toSeq: server.seq, atMs: 0, patches: [] });
        await answer();
        await answer();
        const whole = new LiveStore();
        whole.load(server.snapshot());
        expect(contents(store)).toEqual(contents(whole));
      },
    ),
    { numRuns: 500 },
  );
});

it('columns hold exactly what rows hold', () => {
  const text = fc.oneof(fc.string(), fc.constantFrom('-', ' ', 'a b', 'line\nline', '"', ''));
  const agent = fc.record({
    id: fc.uuid(),
    parentId: fc.option(fc.uuid()),
    name: text,
    kind: text,
    role: fc.option(text),
    model: fc.option(text),
    state: fc.constantFrom(...allStates),
    epoch: fc.nat(),
    endedAtMs: fc.option(fc.nat()),
    activity: fc.option(text),
    progress: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
    containment: fc.option(fc.constantFrom<'cgroup' | 'process-group'>('cgroup', 'process-group')),
    budgetNanoUsd: fc.option(fc.bigInt({ min: 0n, max: 10n ** 15n }).map(String)),
    ownNanoUsd: fc.bigInt({ min: 0n, max: 10n ** 15n }).map(String),
  });
  fc.assert(
    fc.property(fc.array(agent, { maxLength: 5 }), (agents) => {
      const rows = agents.map((a) => encodeAgent(anAgent(a as Partial<LiveAgent> & { id: string })));
      expect(decodeFleet(encodeColumns(rows))).toEqual(rows.map(decodeRow));
    }),
  );
});
