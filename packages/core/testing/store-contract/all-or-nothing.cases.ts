import { describe, expect, it } from 'vitest';
import * as records from '../records.ts';
import { fact, type StoreBench } from './store-bench.ts';

/** A transaction is whole or not at all, and its commit tells the truth. */
export function allOrNothingCases(bench: StoreBench): void {
  const { transact, commitOf, id } = bench;
  describe('all or nothing', () => {
    it('a transaction whose work throws changes nothing, and leaves no gap in seq', async () => {
      const before = await commitOf(async (tx) => tx.append(fact(), 'ann'));
      const agentId = id('agent');
      const secret = bench.on.secrets.issue();
      const bug = new Error('a bug');
      const failing = bench.on.store.transact(bench.projectId, async (tx) => {
        const entry = records.entryOf({ projectId: bench.projectId, agentId, eventId: 'e' });
        tx.agents.put(records.agentOf({ id: agentId, projectId: bench.projectId }));
        tx.leases.put(records.leaseOf({ id: agentId, projectId: bench.projectId }));
        tx.tasks.put(records.taskOf({ id: id('task'), projectId: bench.projectId }));
        tx.orders.put(records.orderOf({ id: id('order'), projectId: bench.projectId, runnerId: 'run_lost' }));
        tx.tokens.put({ hash: secret.hash, projectId: bench.projectId, kind: 'agent', subjectId: agentId, epoch: 1, createdAtMs: 0 });
        tx.requests.put('s', 'lost', ['1']);
        tx.logs.append(agentId, [{ stream: 'stdout', atMs: 0, text: 'lost' }]);
        await tx.agentEvents.append([{ agentId, eventId: 'e', type: 't', atMs: 0, data: null }]);
        await tx.ledger.append([entry]);
        await tx.ledger.keepConflicts([entry]);
        await tx.rollups.add([entry]);
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
        expect(await tx.agentEvents.append([{ agentId, eventId: 'e', type: 't', atMs: 0, data: null }])).toEqual([true]);
        tx.append(fact(), 'ann');
      });
      expect(after.fromSeq).toBe(before.toSeq + 1);
      expect((await bench.on.events(bench.projectId)).map((e) => e.seq)).toEqual([1, 2]);
      expect([
        await bench.on.entries(bench.projectId),
        await bench.on.conflicts(bench.projectId),
        await bench.on.logs(bench.projectId),
        await bench.on.tokens(bench.projectId),
      ]).toEqual([[], [], [], []]);
    });
    it('a record that stands is not put without having been read: a bug, and the transaction fails whole', async () => {
      const lease = records.leaseOf({ id: bench.id('agent'), projectId: bench.projectId });
      await transact(async (tx) => tx.leases.put(lease));
      const failing = transact(async (tx) => {
        tx.append(fact(), 'ann');
        tx.leases.put({ ...lease, toolsExecuted: 1 });
      });
      await expect(failing).rejects.toThrow();
      expect(await transact((tx) => tx.leases.get(lease.id))).toEqual(lease);
      expect(await bench.on.events(bench.projectId)).toEqual([]);
    });
    it('two records with one request id are a bug: the second transaction fails whole', async () => {
      await transact(async (tx) => tx.agents.put(records.agentOf({ id: id('agent'), projectId: bench.projectId, requestId: 'r' })));
      const second = id('agent');
      const failing = bench.on.store.transact(bench.projectId, async (tx) => {
        tx.append(fact(), 'ann');
        tx.agents.put(records.agentOf({ id: second, projectId: bench.projectId, requestId: 'r' }));
      });
      await expect(failing).rejects.toThrow();
      expect(await bench.on.events(bench.projectId)).toEqual([]);
      expect(await transact((tx) => tx.agents.get(second))).toBeUndefined();
      // another project has requests of its own
      const elsewhere = await bench.on.newProject();
      const agent = records.agentOf({ id: id('agent'), projectId: elsewhere, requestId: 'r' });
      await bench.on.store.transact(elsewhere, async (tx) => tx.agents.put(agent));
    });
    it('the commit names everything that changed, once, as it is now', async () => {
      const agent = records.agentOf({ id: id('agent'), projectId: bench.projectId });
      const task = records.taskOf({ id: id('task'), projectId: bench.projectId });
      const commit = await commitOf(async (tx) => {
        tx.agents.put({ ...agent, state: 'starting' });
        tx.agents.put(agent);
        tx.leases.put(records.leaseOf({ id: agent.id, projectId: bench.projectId }));
        tx.tasks.put(task);
        tx.stops.put(records.stopOf({ id: id('stop'), projectId: bench.projectId }));
        tx.changes.put(records.changeOf({ id: id('change'), projectId: bench.projectId }));
        await tx.rollups.add([records.entryOf({ projectId: bench.projectId, agentId: agent.id, eventId: 'e' })]);
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
      expect(await bench.on.events(bench.projectId)).toEqual(
        commit.events.map(({ seq, type, subjectId, actor, data }) => ({ seq, type, subjectId, actor, data })),
      );
      const quiet = await commitOf(async (tx) => tx.agents.get(agent.id));
      expect([quiet.fromSeq, quiet.toSeq, quiet.agents]).toEqual([3, 2, []]);
    });
  });
}
