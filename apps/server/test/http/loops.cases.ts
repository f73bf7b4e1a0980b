import { expect, it } from 'vitest';
import { until } from '../database/support.ts';
import type { TestServer } from '../harness.ts';

/**
 * The clocks of the server, on real time: what they are to find is made at the start, past the server, and looked at
 * when everything else is done.
 */
export function loopsCases(on: () => TestServer): { prepare(): Promise<void> } {
  let ids: Record<'silent' | 'parent' | 'orphan' | 'task' | 'later', string>;
  const state = async (kind: 'agents' | 'tasks', id: string): Promise<string> => (await on().ok(on().get(`/${kind}/${id}`))).state;

  it('an agent whose lease ran out is lost; its next heartbeat brings it back (I-ORPH-2)', async () => {
    await until(async () => (await state('agents', ids.silent)) === 'lost', 'the silent agent to be lost');
    await on().ok(on().post(`/agents/${ids.silent}/heartbeat`));
    expect(await state('agents', ids.silent)).toBe('running');
  });
  it('the child of an agent that ended is stopped within a sweep (I-ORPH-4)', async () => {
    // its grace may be over by the time that this is looked at
    const stopped = async () => ['stopping', 'unconfirmed'].includes(await state('agents', ids.orphan));
    await until(stopped, 'the orphan to be stopped');
    const { items } = await on().ok(on().get(`/events?subjectId=${ids.orphan}&type=agent.orphan-handled`));
    expect(items).toMatchObject([
      { data: { parentId: ids.parent, action: 'stop', because: 'its parent is completed' }, actor: 'system:orphan-sweeper' },
    ]);
  });
  it('a claim whose lease ran out returns; a task whose time has come is ready (I-TASK-4)', async () => {
    await until(async () => (await state('tasks', ids.task)) === 'ready', 'the claim to return');
    expect(await on().ok(on().get(`/tasks/${ids.task}`))).toMatchObject({ attempts: 1, claim: null });
    await until(async () => (await state('tasks', ids.later)) === 'ready', 'the scheduled task');
  });
  return {
    async prepare() {
      const [silent, parent] = [await on().agent({ name: 'silent' }), await on().agent({ name: 'parent' })];
      const orphan = await on().agent({ name: 'orphan', parentId: parent.agentId });
      const task = await on().task({ labels: ['loops'] });
      await on().ok(on().post('/tasks/claim', { agentId: orphan.agentId, labels: ['loops'], leaseMs: 1_000 }));
      const later = await on().task({ labels: ['loops later'], notBefore: new Date(Date.now() + 1_000).toISOString() });
      await on().ok(on().post(`/agents/${parent.agentId}/finish`, { outcome: 'completed' }));
      // further back than any grace that a server which has just started gives
      await on().sql(`update agent_lease set expires_at = now() - interval '1 hour' where agent_id = $1`, [silent.agentId]);
      ids = { silent: silent.agentId, parent: parent.agentId, orphan: orphan.agentId, task, later };
    },
  };
}
