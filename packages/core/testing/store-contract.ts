import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CostEntry } from '../src/costs/cost-entry.ts';
import { foldEntries, type Rollup } from '../src/costs/rollup.ts';
import type { LoggedEvent, NewEvent } from '../src/kernel/events.ts';
import type { Ids } from '../src/kernel/ids.ts';
import type { Command } from '../src/supervisor/commands.ts';
import type { Commit, Secrets, Store, Tx } from '../src/supervisor/ports.ts';
import { createSupervisor, type Supervisor } from '../src/supervisor/supervisor.ts';
import * as records from './records.ts';
import { callOf, commandOf, operator } from './test-fleet.ts';

/** A store with what the contract needs beside it. */
export type StoreUnderTest = {
  store: Store;
  ids: Ids;
  secrets: Secrets;
  /** A project that exists and has nothing in it. */
  newProject(): Promise<string>;
  /** What is really there, past the transactions. */
  events(projectId: string): Promise<Pick<LoggedEvent, 'seq' | 'type' | 'subjectId' | 'actor' | 'data'>[]>;
  entries(projectId: string): Promise<CostEntry[]>;
  conflicts(projectId: string): Promise<string[]>;
  rollups(projectId: string): Promise<Rollup[]>;
  logs(projectId: string): Promise<string[]>;
  tokens(projectId: string): Promise<string[]>;
  close(): Promise<void>;
};

/** What every store promises to the supervisor; the same tests for each. */
export function describeStoreContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`the contract of stores: ${name}`, () => {
    let on: StoreUnderTest;
    let projectId: string;
    let supervisor: Supervisor;
    beforeAll(async () => {
      on = await open();
      supervisor = createSupervisor(on);
    });
    afterAll(() => on?.close());
    beforeEach(async () => {
      projectId = await on.newProject();
    });

    const transact = async <T>(work: (tx: Tx) => Promise<T>): Promise<T> => (await on.store.transact(projectId, work)).value;
    const commitOf = async (work: (tx: Tx) => Promise<unknown>): Promise<Commit> => (await on.store.transact(projectId, work)).commit;
    const fact = (subjectId = 'agt_1'): NewEvent => ({ type: 'agent.interrupted', subjectId, data: { reason: records.oddText } });
    const id = (kind: Parameters<Ids['next']>[0]) => on.ids.next(kind);
    const run = async (commands: Command[]) => {
      const { results } = await supervisor.executeBatch(projectId, commands);
      return results.map((r) => {
        if (!r.ok) throw new Error(JSON.stringify(r.error));
        return r.value as never;
      });
    };
    const register = async (parentId: string | null = null): Promise<string> => {
      const [r] = (await run([commandOf('agents.register', { name: 'x', parentId }, operator)])) as { agentId: string }[];
      return r?.agentId ?? '';
    };

    describe('records', () => {
      it('come back as they were put, every field of every kind, in this transaction and in later ones', async () => {
        const of = <K extends Parameters<Ids['next']>[0]>(kind: K) => ({ id: id(kind), projectId });
        const agent = records.agentOf(of('agent'));
        const lease = records.leaseOf({ ...of('agent') });
        const stop = records.stopOf(of('stop'));
        const member = records.memberOf({ id: `${stop.id}/${agent.id}`, projectId, stopId: stop.id });
        const task = records.taskOf({
          ...of('task'),
          state: 'claimed',
          agentId: agent.id,
          claimExpiresAtMs: agent.createdAtMs,
          claimLeaseMs: 1_000,
          labels: ['a', records.oddText],
          dependsOn: ['x'],
        });
        const change = records.changeOf(of('change'));
        const repository = records.repositoryOf(of('repository'));
        const runner = records.runnerOf({ ...of('runner'), scope: ['agt_0', 'agt_1'] });
        const local = records.runnerOf({ ...of('runner'), scope: null });
        const order = records.orderOf({ ...of('order'), runnerId: runner.id });
        const check = async (tx: Tx) => {
          expect(await tx.agents.get(agent.id)).toEqual(agent);
          expect(await tx.leases.get(lease.id)).toEqual(lease);
          expect(await tx.stops.get(stop.id)).toEqual(stop);
          expect(await tx.stopMembers.get(member.id)).toEqual(member);
          expect(await tx.tasks.get(task.id)).toEqual(task);
          expect(await tx.changes.get(change.id)).toEqual(change);
          expect(await tx.repositories.get(repository.id)).toEqual(repository);
          expect(await tx.runners.many([runner.id, local.id])).toEqual([runner, local]);
          expect(await tx.runners.all()).toEqual([runner, local]);
          expect(await tx.orders.ofRunner(runner.id)).toEqual([order]);
        };
        await transact(async (tx) => {
          tx.agents.put(agent);
          tx.leases.put(lease);
          tx.stops.put(stop);
          tx.stopMembers.put(member);
          tx.tasks.put(task);
          tx.changes.put(change);
          tx.repositories.put(repository);
          tx.runners.put(runner);
          tx.runners.put(local);
          tx.orders.put(order);
          await check(tx);
        });
        await transact(check);
      });
      it('can be changed field by field, to null and back', async () => {
        const full = records.agentOf({ id: id('agent'), projectId });
        const bare = {
          ...full,
          role: null,
          budgetNanoUsd: null,
          onParentExit: null,
          processEvidence: null,
          result: null,
          endedAtMs: null,
          pid: null,
          metadata: {},
        };
        await transact(async (tx) => tx.agents.put(full));
        await transact(async (tx) => {
          expect(await tx.agents.get(full.id)).toEqual(full);
          tx.agents.put(bare);
        });
        await transact(async (tx) => {
          expect(await tx.agents.get(full.id)).toEqual(bare);
          tx.agents.put({ ...bare, name: 'passing' });
          tx.agents.put(full);
          expect(await tx.agents.get(full.id)).toEqual(full);
        });
        expect(await transact((tx) => tx.agents.get(full.id))).toEqual(full);
      });
      it('belong to their project', async () => {
        const agent = records.agentOf({ id: id('agent'), projectId });
        await transact(async (tx) => tx.agents.put(agent));
        const elsewhere = await on.newProject();
        const seen = await on.store.transact(elsewhere, async (tx) => [
          await tx.agents.get(agent.id),
          ...(await tx.agents.many([agent.id])),
          ...(await tx.agents.liveSubtree(agent.id)),
          await tx.agents.liveCount(),
        ]);
        expect(seen.value).toEqual([undefined, 0]);
      });
      it('missing ones are left out, doubled ids come once', async () => {
        const agent = records.agentOf({ id: id('agent'), projectId });
        const found = await transact(async (tx) => {
          tx.agents.put(agent);
          return tx.agents.many(['nope', agent.id, agent.id]);
        });
        expect(found.map((a) => a.id)).toEqual([agent.id]);
      });
    });

    describe('questions see what the transaction wrote', () => {
      it('the live subtree: parents before children, without what is final or elsewhere; ids are compared whole', async () => {
        const at = (name: string, path: string[], state: 'running' | 'completed' | 'unconfirmed' = 'running') =>
          records.agentOf({ id: `${projectId}_${name}`, projectId, path: path.map((p) => `${projectId}_${p}`), state });
        const rows = [
          at('z', ['a', 'z']),
          at('b', ['a', 'z', 'b'], 'unconfirmed'),
          at('a', ['a']),
          at('a2', ['a2']),
          at('c', ['a', 'c'], 'completed'),
          at('d', ['a', 'c', 'd']),
        ];
        await transact(async (tx) => {
          for (const r of rows) tx.agents.put(r);
          const names = async () => (await tx.agents.liveSubtree(`${projectId}_a`)).map((r) => r.id.slice(projectId.length + 1));
          expect(await names()).toEqual(['a', 'z', 'b', 'd']);
          expect(await tx.agents.liveCount()).toBe(5);
          const z = await tx.agents.get(`${projectId}_z`);
          if (z) tx.agents.put({ ...z, state: 'failed' });
          expect(await names()).toEqual(['a', 'b', 'd']);
          expect(await tx.agents.liveCount()).toBe(4);
          expect((await tx.agents.withAncestors([`${projectId}_d`])).map((r) => r.id).sort()).toEqual(
            ['a', 'c', 'd'].map((n) => `${projectId}_${n}`),
          );
        });
      });
      it('ready tasks: by priority, then by age, carrying all labels, up to the limit', async () => {
        const ids = [1, 2, 3, 4, 5].map(() => id('task'));
        const [a, b, c, d, e] = ids as [string, string, string, string, string];
        await transact(async (tx) => {
          tx.tasks.put(records.taskOf({ id: c, projectId, priority: 0, labels: ['x'] }));
          tx.tasks.put(records.taskOf({ id: a, projectId, priority: 0, labels: ['x', 'y'] }));
          tx.tasks.put(records.taskOf({ id: b, projectId, priority: 5 }));
          tx.tasks.put(records.taskOf({ id: d, projectId, priority: -5, labels: ['y', 'x'] }));
          tx.tasks.put(records.taskOf({ id: e, projectId, state: 'blocked', priority: 9, dependsOn: [a, b] }));
          const order = async (labels: string[], limit = 10) => (await tx.tasks.ready(labels, limit)).map((t) => t.id);
          expect(await order([])).toEqual([b, a, c, d]);
          expect(await order([], 2)).toEqual([b, a]);
          expect(await order(['x'])).toEqual([a, c, d]);
          expect(await order(['x', 'y'])).toEqual([a, d]);
          expect(await order(['z'])).toEqual([]);
          const task = await tx.tasks.get(a);
          if (task) tx.tasks.put({ ...task, state: 'claimed', agentId: 'agt_1' });
          expect(await order(['x'])).toEqual([c, d]);
          expect((await tx.tasks.heldBy(['agt_1', 'agt_2'])).map((t) => t.id)).toEqual([a]);
          expect((await tx.tasks.blockedOn([b])).map((t) => t.id)).toEqual([e]);
          expect(await tx.tasks.blockedOn([c])).toEqual([]);
        });
      });
      it('open stops, members by wave, open changes, names and requests', async () => {
        const [done, open] = [id('stop'), id('stop')];
        const [merged, waiting] = [id('change'), id('change')];
        await transact(async (tx) => {
          tx.stops.put(records.stopOf({ id: done, projectId, state: 'done' }));
          tx.stops.put(records.stopOf({ id: open, projectId }));
          for (const [n, wave] of [
            ['b', 0],
            ['a', 1],
            ['c', 0],
          ] as const)
            tx.stopMembers.put(records.memberOf({ id: `${open}/${n}`, projectId, stopId: open, wave }));
          tx.changes.put(records.changeOf({ id: merged, projectId, state: 'merged' }));
          tx.changes.put(records.changeOf({ id: waiting, projectId, requestId: 'r' }));
          tx.repositories.put(records.repositoryOf({ id: id('repository'), projectId, name: 'lib' }));
        });
        await transact(async (tx) => {
          expect((await tx.stops.open()).map((s) => s.id)).toEqual([open]);
          expect((await tx.stopMembers.ofStop(open)).map((m) => m.id)).toEqual(['b', 'c', 'a'].map((n) => `${open}/${n}`));
          expect((await tx.changes.openOf(['agt_1', 'agt_2'])).map((c) => c.id)).toEqual([waiting]);
          expect(await tx.changes.openOf(['agt_2'])).toEqual([]);
          expect((await tx.changes.byRequest('r'))?.id).toBe(waiting);
          expect(await tx.changes.byRequest('other')).toBeUndefined();
          expect((await tx.repositories.byName('lib'))?.name).toBe('lib');
          expect(await tx.repositories.byName('LIB')).toBeUndefined();
        });
      });
      it('orders: those of a runner by age, done ones go, a fence cancels and counts', async () => {
        const runner = id('runner');
        const [first, second, third] = [id('order'), id('order'), id('order')];
        const commit = await commitOf(async (tx) => {
          tx.orders.put(records.orderOf({ id: second, projectId, runnerId: runner, agentId: 'agt_b' }));
          tx.orders.put(records.orderOf({ id: first, projectId, runnerId: runner, agentId: 'agt_a' }));
          tx.orders.put(records.orderOf({ id: third, projectId, runnerId: 'run_other', agentId: 'agt_a' }));
          expect((await tx.orders.ofRunner(runner)).map((o) => o.id)).toEqual([first, second]);
        });
        expect([...commit.orderRunners].sort()).toEqual([runner, 'run_other'].sort());
        await transact(async (tx) => {
          expect(await tx.orders.cancelOf(['agt_a', 'agt_c'], ['stop'])).toEqual(new Map());
          expect(await tx.orders.cancelOf(['agt_a', 'agt_c'], ['launch'])).toEqual(new Map([['agt_a', 2]]));
          expect(await tx.orders.cancelOf(['agt_a'], ['launch'])).toEqual(new Map());
          await tx.orders.done('run_other', [second]);
          expect((await tx.orders.ofRunner(runner)).map((o) => o.id)).toEqual([second]);
          await tx.orders.done(runner, [second]);
        });
        expect(await transact((tx) => tx.orders.ofRunner(runner))).toEqual([]);
      });
      it('requests keep their first answer; events of agents are new once', async () => {
        await transact(async (tx) => {
          tx.requests.put('s', 'r', ['1']);
          expect(await tx.requests.get('s', 'r')).toEqual(['1']);
          expect(await tx.requests.get('other', 'r')).toBeUndefined();
        });
        await transact(async (tx) => tx.requests.put('s', 'r', ['2']));
        expect(await transact((tx) => tx.requests.get('s', 'r'))).toEqual(['1']);
        const agentId = id('agent');
        const e = (eventId: string) => ({ eventId, type: 't', atMs: 0, data: records.oddJson });
        expect(await transact((tx) => tx.agentEvents.append(agentId, [e('1'), e('2'), e('1')]))).toBe(2);
        expect(await transact((tx) => tx.agentEvents.append(agentId, [e('2'), e('3')]))).toBe(1);
      });
    });

    describe('all or nothing', () => {
      it('a transaction whose work throws changes nothing, and leaves no gap in seq', async () => {
        const before = await commitOf(async (tx) => tx.append(fact(), 'ann'));
        const agentId = id('agent');
        const secret = on.secrets.issue();
        const bug = new Error('a bug');
        const failing = on.store.transact(projectId, async (tx) => {
          const entry = records.entryOf({ projectId, agentId, eventId: 'e' });
          tx.agents.put(records.agentOf({ id: agentId, projectId }));
          tx.leases.put(records.leaseOf({ id: agentId, projectId }));
          tx.tasks.put(records.taskOf({ id: id('task'), projectId }));
          tx.orders.put(records.orderOf({ id: id('order'), projectId, runnerId: 'run_lost' }));
          tx.tokens.put({ hash: secret.hash, projectId, kind: 'agent', subjectId: agentId, epoch: 1, createdAtMs: 0 });
          tx.requests.put('s', 'lost', ['1']);
          tx.logs.append(agentId, [{ stream: 'stdout', atMs: 0, text: 'lost' }]);
          await tx.agentEvents.append(agentId, [{ eventId: 'e', type: 't', atMs: 0, data: null }]);
          await tx.ledger.append([entry]);
          await tx.ledger.keepConflicts([entry]);
          await tx.rollups.add(foldEntries([entry]));
          // whatever was written through already must go too
          expect((await tx.agents.liveSubtree(agentId)).length + (await tx.tasks.ready([], 9)).length).toBe(2);
          tx.append(fact(), 'ann');
          throw bug;
        });
        await expect(failing).rejects.toBe(bug);
        const after = await commitOf(async (tx) => {
          expect(await tx.agents.get(agentId)).toBeUndefined();
          expect(await tx.leases.get(agentId)).toBeUndefined();
          expect(await tx.tasks.ready([], 9)).toEqual([]);
          expect(await tx.orders.ofRunner('run_lost')).toEqual([]);
          expect(await tx.requests.get('s', 'lost')).toBeUndefined();
          expect(await tx.rollups.get(agentId)).toBeUndefined();
          expect(await tx.ledger.spentSince(agentId, 0)).toBe(0n);
          expect(await tx.agentEvents.append(agentId, [{ eventId: 'e', type: 't', atMs: 0, data: null }])).toBe(1);
          tx.append(fact(), 'ann');
        });
        expect(after.fromSeq).toBe(before.toSeq + 1);
        expect((await on.events(projectId)).map((e) => e.seq)).toEqual([1, 2]);
        expect([await on.entries(projectId), await on.conflicts(projectId), await on.logs(projectId), await on.tokens(projectId)]).toEqual([
          [],
          [],
          [],
          [],
        ]);
      });
      it('two records with one request id are a bug: the second transaction fails whole', async () => {
        await transact(async (tx) => tx.agents.put(records.agentOf({ id: id('agent'), projectId, requestId: 'r' })));
        const second = id('agent');
        const failing = on.store.transact(projectId, async (tx) => {
          tx.append(fact(), 'ann');
          tx.agents.put(records.agentOf({ id: second, projectId, requestId: 'r' }));
        });
        await expect(failing).rejects.toThrow();
        expect(await on.events(projectId)).toEqual([]);
        expect(await transact((tx) => tx.agents.get(second))).toBeUndefined();
        // another project has requests of its own
        const elsewhere = await on.newProject();
        const agent = records.agentOf({ id: id('agent'), projectId: elsewhere, requestId: 'r' });
        await on.store.transact(elsewhere, async (tx) => tx.agents.put(agent));
      });
      it('the commit names everything that changed, once, as it is now', async () => {
        const agent = records.agentOf({ id: id('agent'), projectId });
        const task = records.taskOf({ id: id('task'), projectId });
        const commit = await commitOf(async (tx) => {
          tx.agents.put({ ...agent, state: 'starting' });
          tx.agents.put(agent);
          tx.leases.put(records.leaseOf({ id: agent.id, projectId }));
          tx.tasks.put(task);
          tx.stops.put(records.stopOf({ id: id('stop'), projectId }));
          tx.changes.put(records.changeOf({ id: id('change'), projectId }));
          await tx.rollups.add(foldEntries([records.entryOf({ projectId, agentId: agent.id, eventId: 'e' })]));
          tx.append(fact('a'), 'ann');
          tx.append(fact('b'), 'bob');
        });
        expect(commit.agents).toEqual([agent]);
        expect(commit.tasks).toEqual([task]);
        expect([commit.leases.length, commit.stops.length, commit.changes.length, commit.stopMembers.length]).toEqual([1, 1, 1, 0]);
        expect(commit.rollups.map((r) => [r.id, r.totalEntries])).toEqual([[agent.id, 1]]);
        expect(commit.rollups).toEqual(await transact((tx) => tx.rollups.many([agent.id])));
        expect([commit.fromSeq, commit.toSeq]).toEqual([1, 2]);
        expect(commit.events.map((e) => [e.seq, e.subjectId, e.actor])).toEqual([
          [1, 'a', 'ann'],
          [2, 'b', 'bob'],
        ]);
        expect(await on.events(projectId)).toEqual(
          commit.events.map(({ seq, type, subjectId, actor, data }) => ({ seq, type, subjectId, actor, data })),
        );
        const quiet = await commitOf(async (tx) => tx.agents.get(agent.id));
        expect([quiet.fromSeq, quiet.toSeq, quiet.agents]).toEqual([3, 2, []]);
      });
    });

    describe('one at a time', () => {
      it('seq has no gaps and no doubles under 50 callers at once, and each sees what came before', async () => {
        const root = await register();
        const commits: Commit[] = [];
        const callers = Array.from({ length: 50 }, async (_, caller) => {
          for (let n = 0; n < 2; n++) {
            const commands = [
              commandOf('tasks.add', { title: `${caller}.${n}` }, operator),
              commandOf('agents.register', { name: `${caller}.${n}`, parentId: root }, operator),
              commandOf('agents.heartbeat', { id: root, activity: `${caller}.${n}` }, operator),
            ];
            const { results, commit } = await supervisor.executeBatch(projectId, commands);
            expect(results.every((r) => r.ok)).toBe(true);
            commits.push(commit);
          }
        });
        await Promise.all(callers);
        const events = await on.events(projectId);
        expect(events.map((e) => e.seq)).toEqual(events.map((_, i) => i + 1));
        commits.sort((a, b) => a.fromSeq - b.fromSeq);
        for (const [i, c] of commits.entries()) {
          const next = commits[i + 1];
          expect(c.toSeq).toBe(next ? next.fromSeq - 1 : events.length);
          expect(events.slice(c.fromSeq - 1, c.toSeq).map((e) => e.subjectId)).toEqual(c.events.map((e) => e.subjectId));
        }
        expect(commits).toHaveLength(100);
      });
      it('projects do not wait for each other', async () => {
        const elsewhere = await on.newProject();
        let finish = () => {};
        const held = new Promise<void>((go) => {
          finish = go;
        });
        const slow = on.store.transact(projectId, () => held);
        await on.store.transact(elsewhere, async (tx) => tx.append(fact(), 'ann'));
        finish();
        await slow;
      });
      it('I-STOP-1: of spawns racing a stop each is either refused or stopped with the rest', async () => {
        const root = await register();
        const racers = Array.from({ length: 30 }, () => commandOf('agents.register', { name: 'racer', parentId: root }, operator));
        racers.splice(15, 0, commandOf('agents.stop', { id: root }, operator));
        const racing = racers.map((command) => supervisor.executeBatch(projectId, [command]));
        const results = (await Promise.all(racing)).map((r) => r.results[0]);
        const fenced = results.filter((r) => r && !r.ok && r.error.code === 'fenced').length;
        expect(results[15]?.ok).toBe(true);
        expect(fenced).toBeGreaterThan(0);
        const below = await transact(async (tx) => (await tx.agents.liveSubtree(root)).filter((a) => a.id !== root));
        expect(below.length + fenced).toBe(30);
        expect(below.every((a) => a.state === 'stopping' && a.stopId !== null)).toBe(true);
      });
    });

    describe('the ledger', () => {
      it('I-COST-1: tells what is new, what is a duplicate and what is a conflict, within one call and across calls', async () => {
        const agentId = id('agent');
        const entry = (eventId: string, over: Partial<CostEntry> = {}) => records.entryOf({ projectId, agentId, eventId, ...over });
        const told = await transact((tx) =>
          tx.ledger.append([
            entry('1'),
            entry('1'),
            entry('1', { model: 'other' }),
            entry('2', { costNanoUsd: null, pricedBy: 'unpriced', priceVersion: null }),
          ]),
        );
        expect(told).toEqual(['accepted', 'duplicate', 'conflict', 'accepted']);
        const again = await transact((tx) =>
          tx.ledger.append([
            entry('1', { atMs: 5, recordedAtMs: 6, late: true, path: ['other'] }),
            entry('2', { inputTokens: 1 }),
            entry('3'),
            { ...entry('1'), agentId: 'agt_other' },
          ]),
        );
        expect(again).toEqual(['duplicate', 'conflict', 'accepted', 'accepted']);
        expect(await transact((tx) => tx.ledger.append([]))).toEqual([]);
        const stored = await on.entries(projectId);
        expect(stored.find((e) => e.eventId === '1' && e.agentId === agentId)).toEqual(entry('1'));
        expect(stored).toHaveLength(4);
      });
      it('I-COST-1: text that a database might not take makes neither duplicates nor conflicts of its own', async () => {
        const agentId = id('agent');
        const odd = records.entryOf({
          projectId,
          agentId,
          eventId: records.oddText,
          model: records.oddText,
          provider: records.oddText,
          role: records.oddText,
        });
        expect(await transact((tx) => tx.ledger.append([odd, odd]))).toEqual(['accepted', 'duplicate']);
        expect(await transact((tx) => tx.ledger.append([odd]))).toEqual(['duplicate']);
        await transact((tx) => tx.ledger.keepConflicts([odd]));
        expect(await on.conflicts(projectId)).toEqual([records.oddText]);
      });
      it('what a subtree spent is by the time of the calls and the frozen path', async () => {
        const entry = (eventId: string, atMs: number, path: string[]) =>
          records.entryOf({ projectId, agentId: path.at(-1) ?? '', eventId, atMs, path, costNanoUsd: 5n });
        await transact(async (tx) => {
          await tx.ledger.append([
            entry('1', 1_000, ['a', 'b']),
            entry('2', 2_000, ['a', 'b']),
            entry('3', 3_000, ['a']),
            entry('4', 3_000, ['c']),
          ]);
          expect([await tx.ledger.spentSince('a', 2_000), await tx.ledger.spentSince('b', 0), await tx.ledger.spentSince('d', 0)]).toEqual([
            10n,
            10n,
            0n,
          ]);
        });
      });
      it('I-COST-9: the rollup equals the ledger, whatever was sent twice and however many callers sent it', async () => {
        const root = await register();
        const mid = await register(root);
        const leaves = [await register(mid), await register(mid), await register(root)];
        const calls = Array.from({ length: 60 }, (_, n) =>
          callOf([root, mid, ...leaves][n % 5] as string, `e${n % 45}`, {
            inputTokens: n % 45,
            costNanoUsd: n % 7 === 0 ? null : BigInt(n % 45) * 1_000_000_007n,
            pricedBy: n % 7 === 0 ? 'unpriced' : 'table',
          }),
        );
        const reports = calls.flatMap((c, n) => [[c], [c, calls[(n * 7) % 60] as (typeof calls)[0]]]);
        await Promise.all(reports.map((entries) => supervisor.executeBatch(projectId, [commandOf('costs.report', { entries }, operator)])));
        const ledger = await on.entries(projectId);
        const byId = (a: Rollup, b: Rollup) => (a.id < b.id ? -1 : 1);
        const folded = [...foldEntries(ledger).values()].sort(byId);
        expect((await on.rollups(projectId)).sort(byId)).toEqual(folded);
        expect(await transact((tx) => tx.rollups.get(root))).toEqual(folded.find((r) => r.id === root));
        const own = folded.reduce((s, r) => s + r.ownNanoUsd, 0n);
        expect(own).toBe(folded.find((r) => r.id === root)?.totalNanoUsd);
        expect(new Set(ledger.map((e) => `${e.agentId} ${e.eventId}`)).size).toBe(ledger.length);
      });
    });

    describe('tokens', () => {
      it('are revoked by their subject, and the commit says whose', async () => {
        const put = (subjectId: string) => {
          const { hash } = on.secrets.issue();
          return { hash, projectId, kind: 'agent' as const, subjectId, epoch: 1, createdAtMs: 0 };
        };
        const [mine, also, other] = [put('agt_a'), put('agt_a'), put('agt_b')];
        const first = await commitOf(async (tx) => {
          for (const t of [mine, also, other]) tx.tokens.put(t);
        });
        expect(first.revokedTokensOf).toEqual([]);
        const next = put('agt_a');
        const second = await commitOf(async (tx) => {
          await tx.tokens.revokeOf(['agt_a', 'agt_none']);
          tx.tokens.put(next);
        });
        expect(second.revokedTokensOf).toEqual(['agt_a']);
        expect((await on.tokens(projectId)).sort()).toEqual([other.hash, next.hash].sort());
        // one that was made and revoked within one transaction never was
        const third = put('agt_c');
        await transact(async (tx) => {
          tx.tokens.put(third);
          await tx.tokens.revokeOf(['agt_c']);
        });
        expect(await on.tokens(projectId)).not.toContain(third.hash);
      });
    });

    describe('claims', () => {
      it('I-TASK-1, I-TASK-7: each task goes to one of many claimers, best first, and none is left behind', async () => {
        const agents = [];
        for (let n = 0; n < 10; n++) agents.push(await register());
        await run(
          Array.from({ length: 90 }, (_, n) =>
            commandOf('tasks.add', { title: `${n}`, priority: n % 3, labels: n % 2 ? ['odd'] : [] }, operator),
          ),
        );
        const won = new Map<string, string>();
        const orders: number[] = [];
        const claimers = agents.map(async (agentId, n) => {
          for (;;) {
            const labels = n % 4 === 3 ? ['odd'] : [];
            const claim = commandOf('tasks.claim', { agentId, labels, limit: 1 + (n % 3) }, operator);
            const { results, commit } = await supervisor.executeBatch(projectId, [claim]);
            const taskIds = results[0]?.ok ? (results[0].value as { taskIds: string[] }).taskIds : [];
            if (taskIds.length === 0) return;
            for (const t of commit.tasks) {
              expect(won.get(t.id)).toBeUndefined();
              won.set(t.id, agentId);
              expect([t.claimToken, t.agentId]).toEqual([1n, agentId]);
              if (labels.length === 0) orders.push(t.priority);
            }
          }
        });
        await Promise.all(claimers);
        expect(won.size).toBe(90);
        expect(orders).toEqual([...orders].sort((a, b) => b - a));
      });
      it('output of an agent is kept in order', async () => {
        const agentId = await register();
        for (const text of ['1', '2']) {
          const lines = ['a', 'b'].map((l) => ({ stream: 'stdout' as const, at: 1, text: text + l }));
          await run([commandOf('agents.log', { id: agentId, lines }, operator)]);
        }
        expect(await on.logs(projectId)).toEqual(['1a', '1b', '2a', '2b']);
      });
    });
  });
}
