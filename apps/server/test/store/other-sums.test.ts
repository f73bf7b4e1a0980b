import { createSupervisor } from '@reeve/core';
import { callOf, commandOf, operator } from '@reeve/core/testing';
import { createDb } from '@reeve/prisma';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { foldSlots } from '../../src/store/cost-slots.ts';
import { auditSlots } from '../../src/store/reads/slots-audit.ts';
import { auditBudgetUses } from '../../src/store/reads/uses-audit.ts';
import { PgUnderTest } from './pg-under-test.ts';

const cent = 10_000_000n;

describe('the audit of what else follows from the ledger (I-COST-9)', () => {
  let pg: PgUnderTest;
  let db: ReturnType<typeof createDb>;
  beforeAll(async () => {
    pg = await PgUnderTest.start();
    db = createDb(pg.url);
  }, 60_000);
  afterAll(async () => {
    await db?.$disconnect();
    await pg?.stop();
  });
  const fleet = async () => {
    const projectId = await pg.newProject();
    const store = pg.store();
    const supervisor = createSupervisor(store);
    const run = async (...commands: Parameters<typeof supervisor.executeBatch>[1]) => {
      const { results } = await supervisor.executeBatch(projectId, commands);
      return results.map((r) => (r.ok ? (r.value as Record<string, string>) : expect.fail(JSON.stringify(r.error))));
    };
    const agent = async (parentId: string | null) =>
      (
        await run(
          commandOf('agents.register', { name: 'a', parentId, budgetUsd: '9', onParentExit: { completed: 'reparent' } as never }, operator),
        )
      )[0]?.agentId as string;
    const root = await agent(null);
    const mid = await agent(root);
    return { projectId, store, run, agent, root, mid, low: await agent(mid) };
  };

  it('what stands against budgets: reserved, unknown, overshot and moved, found at one nano-USD', async () => {
    const { projectId, run, mid, low } = await fleet();
    const reserve = async () =>
      (await run(commandOf('costs.reserve', { agentId: low, amountUsd: '0.05', ttlMs: 60_000 }, operator)))[0]?.reservationId;
    const spend = (id: string, cents: bigint, reservationId: string | null) =>
      run(commandOf('costs.report', { entries: [callOf(low, id, { costNanoUsd: cents * cent, reservationId })] }, operator));
    await spend('1', 7n, (await reserve()) ?? null);
    await reserve();
    await run(commandOf('costs.release', { id: (await reserve()) ?? '' }, operator));
    await run(commandOf('agents.finish', { id: mid, outcome: 'completed' }, operator));
    await run(commandOf('agents.adopt-orphans', { agentIds: [low], haltTold: 0 }, operator));
    await spend('2', 3n, null);
    const uses = await db.budgetUse.findMany({ where: { projectId } });
    expect(uses.find((u) => u.agentId === mid)).toMatchObject({
      movedNanoUsd: 3n * cent,
      reservedNanoUsd: 5n * cent,
      overshootNanoUsd: 2n * cent,
    });
    expect(await auditBudgetUses(db, projectId)).toEqual([]);
    for (const column of ['reserved_nano_usd', 'unknown_nano_usd', 'overshoot_nano_usd', 'moved_nano_usd']) {
      const change = (by: number) => pg.sql.query(`update budget_use set ${column} = ${column} + ${by} where agent_id = $1`, [mid]);
      await change(1);
      expect((await auditBudgetUses(db, projectId)).map((d) => [d.id, BigInt(d.stored) - BigInt(d.ledger)])).toEqual([[mid, 1n]]);
      await change(-1);
    }
  });

  it('the sums of five minutes: however far each of the two is folded, and found at one nano-USD', async () => {
    const { projectId, store, run, root, mid, low } = await fleet();
    let made = 0;
    const spend = () =>
      run(
        commandOf(
          'costs.report',
          {
            entries: [root, mid, low].map((id) =>
              callOf(id, `e${made++}`, { atMs: Date.now() - made * 100_000, ...(made % 2 && { costNanoUsd: null, pricedBy: 'unpriced' }) }),
            ),
          },
          operator,
        ),
      );
    await spend();
    expect(await auditSlots(db, projectId)).toEqual([]);
    await foldSlots(db, projectId);
    await spend();
    expect(await auditSlots(db, projectId)).toEqual([]);
    await store.rollups(projectId);
    expect(await auditSlots(db, projectId)).toEqual([]);
    await foldSlots(db, projectId);
    await spend();
    await store.rollups(projectId);
    await spend();
    expect(await auditSlots(db, projectId)).toEqual([]);
    await pg.sql.query(
      `update cost_slot set total_nano_usd = total_nano_usd + 1 where ctid = (select ctid from cost_slot where project_id = $1 and agent_id = $2 limit 1)`,
      [projectId, mid],
    );
    const found = await auditSlots(db, projectId);
    expect(found.map((d) => [d.id, d.field, BigInt(d.stored) - BigInt(d.ledger)])).toEqual([[mid, 'slots.totalNanoUsd', 1n]]);
  });
});
