import { describe, expect, it } from 'vitest';
import type { Ids } from '../../src/kernel/ids.ts';
import type { Tx } from '../../src/supervisor/ports.ts';
import * as records from '../records.ts';
import type { StoreBench } from './store-bench.ts';

/** What is put comes back. */
export function recordsCases(bench: StoreBench): void {
  const { transact, id } = bench;
  describe('records', () => {
    it('come back as they were put, every field of every kind, in this transaction and in later ones', async () => {
      const of = <K extends Parameters<Ids['next']>[0]>(kind: K) => ({ id: id(kind), projectId: bench.projectId });
      const agent = records.agentOf(of('agent'));
      const lease = records.leaseOf({ ...of('agent') });
      const stop = records.stopOf({ ...of('stop'), propagation: 'background' });
      const everything = records.stopOf({ ...of('stop'), agentId: null });
      const launched = records.launchSpecOf(of('agent'));
      const cut = records.cutOf(of('cut'));
      const settings = records.settingsOf({ id: bench.projectId, projectId: bench.projectId });
      const member = records.memberOf({ id: `${stop.id}/${agent.id}`, projectId: bench.projectId, stopId: stop.id });
      const task = records.taskOf({
        ...of('task'),
        state: 'claimed',
        agentId: agent.id,
        claimExpiresAtMs: agent.createdAtMs,
        claimLeaseMs: 1_000,
        labels: ['a', records.oddText],
        dependsOn: ['x'],
        needs: ['gpu', records.oddText],
        parentTaskId: 'tsk_0',
        subtasks: 2,
        review: true,
        evidence: ['diff'],
        artefactKinds: ['diff', 'log'],
        submittedBy: agent.id,
      });
      const artefact = records.artefactOf({ ...of('artefact'), taskId: task.id });
      const linked = records.artefactOf({
        ...of('artefact'),
        taskId: task.id,
        content: null,
        uri: 'https://ci/1',
        mediaType: null,
        digest: null,
      });
      const comment = records.commentOf({ ...of('comment'), taskId: task.id });
      const change = records.changeOf(of('change'));
      const repository = records.repositoryOf(of('repository'));
      const runner = records.runnerOf({ ...of('runner'), scope: ['agt_0', 'agt_1'] });
      const local = records.runnerOf({ ...of('runner'), scope: null });
      const order = records.orderOf({ ...of('order'), runnerId: runner.id });
      const check = async (tx: Tx) => {
        expect(await tx.agents.get(agent.id)).toEqual(agent);
        expect(await tx.leases.get(lease.id)).toEqual(lease);
        expect(await tx.stops.get(stop.id)).toEqual(stop);
        expect(await tx.stops.get(everything.id)).toEqual(everything);
        expect(await tx.settings.get(bench.projectId)).toEqual(settings);
        expect(await tx.launches.get(launched.id)).toEqual(launched);
        expect(await tx.cuts.get(cut.id)).toEqual(cut);
        expect(await tx.cuts.restoring()).toEqual([cut]);
        expect(await tx.stopMembers.get(member.id)).toEqual(member);
        expect(await tx.tasks.get(task.id)).toEqual(task);
        expect(await tx.artefacts.many([artefact.id, linked.id])).toEqual([artefact, linked]);
        expect(await tx.taskComments.get(comment.id)).toEqual(comment);
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
        tx.stops.put(everything);
        tx.settings.put(settings);
        tx.launches.put(launched);
        tx.cuts.put(cut);
        tx.stopMembers.put(member);
        tx.tasks.put(task);
        tx.artefacts.put(artefact);
        tx.artefacts.put(linked);
        tx.taskComments.put(comment);
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
      const full = records.agentOf({ id: id('agent'), projectId: bench.projectId });
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
      const agent = records.agentOf({ id: id('agent'), projectId: bench.projectId });
      await transact(async (tx) => tx.agents.put(agent));
      const elsewhere = await bench.on.newProject();
      const seen = await bench.on.store.transact(elsewhere, async (tx) => [
        await tx.agents.get(agent.id),
        ...(await tx.agents.many([agent.id])),
        ...(await tx.agents.liveSubtree(agent.id)),
        await tx.agents.liveCount(),
      ]);
      expect(seen.value).toEqual([undefined, 0]);
    });
    it('missing ones are left out, doubled ids come once', async () => {
      const agent = records.agentOf({ id: id('agent'), projectId: bench.projectId });
      const found = await transact(async (tx) => {
        tx.agents.put(agent);
        return tx.agents.many(['nope', agent.id, agent.id]);
      });
      expect(found.map((a) => a.id)).toEqual([agent.id]);
    });
  });
}
