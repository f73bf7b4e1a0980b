import { describe, expect, it } from 'vitest';
import type { Agent } from '../../src/agents/agent.ts';
import type { Change } from '../../src/changes/change.ts';
import * as records from '../records.ts';
import type { StoreBench } from './store-bench.ts';

/** Questions within a transaction. */
export function questionsCases(bench: StoreBench): void {
  const { transact, commitOf, id } = bench;
  describe('questions see what the transaction wrote', () => {
    it('the live subtree: parents before children, without what is final or elsewhere; ids are compared whole', async () => {
      const at = (name: string, path: string[], state: 'running' | 'completed' | 'unconfirmed' = 'running') =>
        records.agentOf({
          id: `${bench.projectId}_${name}`,
          projectId: bench.projectId,
          path: path.map((p) => `${bench.projectId}_${p}`),
          state,
        });
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
        const names = async () => (await tx.agents.liveSubtree(`${bench.projectId}_a`)).map((r) => r.id.slice(bench.projectId.length + 1));
        expect(await names()).toEqual(['a', 'z', 'b', 'd']);
        expect(await tx.agents.liveCount()).toBe(5);
        const z = await tx.agents.get(`${bench.projectId}_z`);
        if (z) tx.agents.put({ ...z, state: 'failed' });
        expect(await names()).toEqual(['a', 'b', 'd']);
        expect(await tx.agents.liveCount()).toBe(4);
        expect((await tx.agents.withAncestors([`${bench.projectId}_d`])).map((r) => r.id).sort()).toEqual(
          ['a', 'c', 'd'].map((n) => `${bench.projectId}_${n}`),
        );
      });
    });
    it('what the limits bound, counted by parent, by session and in all, what is not written yet included', async () => {
      const place = async (over: Partial<Agent>): Promise<string> => {
        const agentId = id('agent');
        const parent = over.path ?? [];
        await transact(async (tx) =>
          tx.agents.put(
            records.agentOf({
              id: agentId,
              projectId: bench.projectId,
              ...over,
              path: [...parent, agentId],
              sessionId: parent[0] ?? agentId,
            }),
          ),
        );
        return agentId;
      };
      const atMs = records.agentOf({ id: 'x', projectId: bench.projectId }).createdAtMs;
      const root = await place({});
      const old = await place({ parentId: root, path: [root], createdAtMs: atMs - 60_000 });
      await place({ parentId: root, path: [root], state: 'completed' });
      await place({ parentId: old, path: [root, old], state: 'unconfirmed' });
      const other = await place({ createdAtMs: atMs - 60_000 });
      await transact(async (tx) => {
        const mine = id('agent');
        tx.agents.put(records.agentOf({ id: mine, projectId: bench.projectId, parentId: root, path: [root, mine], sessionId: root }));
        const counted = await tx.agents.spawnCounts({ parentIds: [root, old], sessionIds: [root, other], sinceMs: atMs - 60_000 });
        expect(counted.project).toEqual({ live: 5, recent: 4 });
        expect(Object.fromEntries(counted.sessions)).toEqual({
          [root]: { live: 4, total: 5, recent: 4 },
          [other]: { live: 1, total: 1, recent: 0 },
        });
        expect(Object.fromEntries(counted.children)).toEqual({ [root]: 2, [old]: 1 });
        const tree = await tx.agents.liveTree(null);
        expect(tree.map((n) => [n.id, n.parentId]).sort()).toEqual(
          (await tx.agents.liveTree(root))
            .concat({ id: other, parentId: null })
            .map((n) => [n.id, n.parentId])
            .sort(),
        );
        expect(
          tree
            .filter((n) => n.parentId === root)
            .map((n) => n.id)
            .sort(),
        ).toEqual([old, mine].sort());
      });
    });
    it('ready tasks: by priority, then by age, carrying all labels, up to the limit', async () => {
      const ids = [1, 2, 3, 4, 5].map(() => id('task'));
      const [a, b, c, d, e] = ids as [string, string, string, string, string];
      await transact(async (tx) => {
        tx.tasks.put(records.taskOf({ id: c, projectId: bench.projectId, priority: 0, labels: ['x'] }));
        tx.tasks.put(records.taskOf({ id: a, projectId: bench.projectId, priority: 0, labels: ['x', 'y'] }));
        tx.tasks.put(records.taskOf({ id: b, projectId: bench.projectId, priority: 5 }));
        tx.tasks.put(records.taskOf({ id: d, projectId: bench.projectId, priority: -5, labels: ['y', 'x'] }));
        tx.tasks.put(records.taskOf({ id: e, projectId: bench.projectId, state: 'blocked', priority: 9, dependsOn: [a, b] }));
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
    it('ready tasks: only those whose needs are all among the capabilities', async () => {
      const [plain, one, both] = [id('task'), id('task'), id('task')];
      await transact(async (tx) => {
        tx.tasks.put(records.taskOf({ id: plain, projectId: bench.projectId }));
        tx.tasks.put(records.taskOf({ id: one, projectId: bench.projectId, needs: ['gpu'] }));
        tx.tasks.put(records.taskOf({ id: both, projectId: bench.projectId, needs: ['gpu', 'web'], labels: ['x'] }));
        const able = async (capabilities?: string[], labels: string[] = []) =>
          (await tx.tasks.ready(labels, 10, capabilities)).map((t) => t.id);
        expect(await able()).toEqual([plain]);
        expect(await able(['web'])).toEqual([plain]);
        expect(await able(['gpu'])).toEqual([plain, one]);
        expect(await able(['web', 'gpu', 'more'])).toEqual([plain, one, both]);
        expect(await able(['web', 'gpu'], ['x'])).toEqual([both]);
      });
    });
    it('sub-tasks of tasks, whatever their state, written or not', async () => {
      const [parent, other, a, b] = [id('task'), id('task'), id('task'), id('task')];
      await transact(async (tx) => {
        tx.tasks.put(records.taskOf({ id: parent, projectId: bench.projectId, subtasks: 2 }));
        tx.tasks.put(records.taskOf({ id: a, projectId: bench.projectId, parentTaskId: parent, state: 'done' }));
        tx.tasks.put(records.taskOf({ id: b, projectId: bench.projectId, parentTaskId: parent }));
        expect((await tx.tasks.subtasksOf([parent, other])).map((t) => t.id)).toEqual([a, b]);
        expect(await tx.tasks.subtasksOf([a])).toEqual([]);
      });
    });
    it('changes that are put to use, and each as it was, the oldest first', async () => {
      const [over, none, later] = [id('change'), id('change'), id('change')];
      const rules = { healthCheck: 'smoke "it"', healthCheckMs: 5_000, quiesce: 'session', quiesceMs: 60_000 } as const;
      const lease = { name: 'repository:rep_1', token: '9000000000000000001' };
      const activation = { state: 'checking', rules, sinceMs: 7, dueAtMs: 8, heldIds: ['agt_1'], lease, open: true, detail: null } as const;
      const put = (changeId: string, of: Change['activation']) =>
        records.changeOf({ id: changeId, projectId: bench.projectId, activation: of });
      const open = put(later, { ...activation, heldIds: ['agt_1'] });
      await transact(async (tx) => {
        tx.changes.put(put(over, { ...activation, heldIds: [], open: false, state: 'healthy', lease: null }));
        tx.changes.put(put(none, null));
        tx.changes.put(open);
        expect((await tx.changes.activating()).map((c) => c.id)).toEqual([later]);
      });
      await transact(async (tx) => {
        expect(await tx.changes.activating()).toEqual([open]);
        tx.changes.put({ ...open, activation: { ...activation, heldIds: [], open: false } });
        expect(await tx.changes.activating()).toEqual([]);
      });
    });
    it('open stops, members by wave, open changes, names and requests', async () => {
      const [done, open] = [id('stop'), id('stop')];
      const [merged, waiting, refused, older] = [id('change'), id('change'), id('change'), id('change')];
      const { createdAtMs: atMs } = records.changeOf({ id: waiting, projectId: bench.projectId });
      await transact(async (tx) => {
        tx.stops.put(records.stopOf({ id: done, projectId: bench.projectId, state: 'done' }));
        tx.stops.put(records.stopOf({ id: open, projectId: bench.projectId }));
        for (const [n, wave] of [
          ['b', 0],
          ['a', 1],
          ['c', 0],
        ] as const)
          tx.stopMembers.put(records.memberOf({ id: `${open}/${n}`, projectId: bench.projectId, stopId: open, wave }));
        tx.changes.put(records.changeOf({ id: merged, projectId: bench.projectId, state: 'merged' }));
        tx.changes.put(records.changeOf({ id: waiting, projectId: bench.projectId, requestId: 'r' }));
        tx.changes.put(records.changeOf({ id: refused, projectId: bench.projectId, state: 'refused' }));
        tx.changes.put(records.changeOf({ id: older, projectId: bench.projectId, state: 'merged', createdAtMs: atMs - 1 }));
        tx.repositories.put(records.repositoryOf({ id: id('repository'), projectId: bench.projectId, name: 'lib' }));
      });
      await transact(async (tx) => {
        expect((await tx.stops.open()).map((s) => s.id)).toEqual([open]);
        expect((await tx.stopMembers.ofStop(open)).map((m) => m.id)).toEqual(['b', 'c', 'a'].map((n) => `${open}/${n}`));
        expect((await tx.changes.openOf(['agt_1', 'agt_2'])).map((c) => c.id)).toEqual([waiting]);
        const { repositoryId, agentId, agentPath, blastRadius } = records.changeOf({ id: waiting, projectId: bench.projectId });
        const weighed = (changeId: string, state: 'merged' | 'awaiting-approval') => ({
          id: changeId,
          agentId,
          agentPath,
          state,
          blastRadius,
          createdAtMs: atMs,
        });
        expect(await tx.changes.proposedSince(repositoryId, atMs)).toEqual([
          weighed(waiting, 'awaiting-approval'),
          weighed(merged, 'merged'),
        ]);
        expect(await tx.changes.proposedSince(repositoryId, atMs - 1)).toHaveLength(3);
        expect(await tx.changes.proposedSince('another', 0)).toEqual([]);
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
        tx.orders.put(records.orderOf({ id: second, projectId: bench.projectId, runnerId: runner, agentId: 'agt_b' }));
        tx.orders.put(records.orderOf({ id: first, projectId: bench.projectId, runnerId: runner, agentId: 'agt_a' }));
        tx.orders.put(records.orderOf({ id: third, projectId: bench.projectId, runnerId: 'run_other', agentId: 'agt_a' }));
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
      expect(await transact((tx) => tx.agentEvents.append([e('1'), e('2'), e('1')].map((x) => ({ ...x, agentId }))))).toEqual([
        true,
        true,
        false,
      ]);
      expect(await transact((tx) => tx.agentEvents.append([e('2'), e('3')].map((x) => ({ ...x, agentId }))))).toEqual([false, true]);
      const other = id('agent');
      const both = [agentId, other].flatMap((of) => [e('3'), e('4')].map((x) => ({ ...x, agentId: of })));
      expect(await transact((tx) => tx.agentEvents.append(both))).toEqual([false, true, true, true]);
    });
  });
}
