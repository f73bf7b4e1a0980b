import { type Agent, createSupervisor, type SpawnTallies } from '@reeve/core';
import { commandOf, operator } from '@reeve/core/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { randomSecrets, uuidIds } from '../../src/auth/secrets.ts';
import { PgStore } from '../../src/store/pg-store.ts';
import { PgUnderTest } from './pg-under-test.ts';

let on: PgUnderTest;
beforeAll(async () => {
  on = await PgUnderTest.start();
});
afterAll(() => on?.stop());

type Asked = { parentIds: string[]; sessionIds: string[]; sinceMs: number };
const countsOf = async (store: PgStore, projectId: string, asked: Asked): Promise<SpawnTallies & { live: number }> => {
  const { value } = await store.transact(projectId, async (tx) => ({
    ...(await tx.agents.spawnCounts(asked)),
    live: await tx.agents.liveCount(),
  }));
  return value;
};

/** The id of a new agent, or undefined where it was refused: below one that has ended. */
async function registered(store: PgStore, projectId: string, parentId?: string): Promise<string | undefined> {
  const supervisor = createSupervisor({ store, ids: uuidIds, secrets: randomSecrets });
  const command = commandOf('agents.register', { name: 'x', ...(parentId && { parentId }) }, operator);
  const [done] = (await supervisor.executeBatch(projectId, [command])).results;
  return done?.ok ? (done.value as { agentId: string }).agentId : undefined;
}

it('what a process knows of the counts is what one that knows nothing counts, whoever wrote in between and whatever was rolled back', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          store: fc.constantFrom(0, 1),
          does: fc.constantFrom('root', 'child', 'end', 'fail', 'count'),
          which: fc.nat(30),
        }),
        { minLength: 5, maxLength: 25 },
      ),
      async (steps) => {
        const projectId = await on.newProject();
        const stores = [new PgStore(on.url), new PgStore(on.url)];
        const agents: Pick<Agent, 'id' | 'sessionId'>[] = [];
        const asked = (): Asked => ({
          parentIds: agents.map((a) => a.id),
          sessionIds: [...new Set(agents.map((a) => a.sessionId))],
          sinceMs: Date.now() - 60_000,
        });
        const register = async (store: PgStore, parent?: Pick<Agent, 'id' | 'sessionId'>) => {
          const id = await registered(store, projectId, parent?.id);
          if (id) agents.push({ id, sessionId: parent?.sessionId ?? id });
        };
        for (const step of steps) {
          const store = stores[step.store] as PgStore;
          const agent = agents[step.which % (agents.length || 1)];
          if (step.does === 'root' || !agent) await register(store);
          else if (step.does === 'child') await register(store, agent);
          else if (step.does === 'end')
            await createSupervisor({ store, ids: uuidIds, secrets: randomSecrets }).execute(
              projectId,
              commandOf('agents.finish', { id: agent.id, outcome: 'completed' }, operator),
            );
          else if (step.does === 'fail')
            await store
              .transact(projectId, async (tx) => {
                const row = (await tx.agents.get(agent.id)) as Agent;
                tx.agents.put({ ...row, state: 'failed' });
                await tx.agents.spawnCounts(asked());
                throw new Error('rolled back');
              })
              .catch(() => undefined);
          if (step.does === 'count') {
            const fresh = new PgStore(on.url);
            const question = asked();
            expect(await countsOf(store, projectId, question)).toEqual(await countsOf(fresh, projectId, question));
            await fresh.close();
          }
        }
        const question = asked();
        const fresh = new PgStore(on.url);
        const counted = await countsOf(fresh, projectId, question);
        for (const store of stores) expect(await countsOf(store, projectId, question)).toEqual(counted);
        await Promise.all([...stores, fresh].map((s) => s.close()));
      },
    ),
    { numRuns: 25 },
  );
});

it('within a transaction the counts follow what it writes', async () => {
  const projectId = await on.newProject();
  const store = new PgStore(on.url);
  const id = (await registered(store, projectId)) ?? '';
  const asked = { parentIds: [id], sessionIds: [id], sinceMs: Date.now() - 60_000 };
  for (let i = 0; i < 2; i++) {
    // the second time with what the first one left known
    const { value } = await store.transact(projectId, async (tx) => {
      const before = await tx.agents.spawnCounts(asked);
      const row = (await tx.agents.get(id)) as Agent;
      tx.agents.put({ ...row, state: 'completed' });
      const ended = await tx.agents.spawnCounts(asked);
      tx.agents.put(row);
      return { before, ended, after: await tx.agents.liveCount() };
    });
    expect(value.before.sessions.get(id)).toEqual({ live: 1, total: 1, recent: 1 });
    expect(value.ended.sessions.get(id)).toEqual({ live: 0, total: 1, recent: 1 });
    expect([value.before.project.live, value.ended.project.live, value.after]).toEqual([1, 0, 1]);
  }
  await store.close();
});
