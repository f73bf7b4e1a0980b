import { createSupervisor, type Discrepancy } from '@reeve/core';
import { callOf, commandOf, operator } from '@reeve/core/testing';
import { createDb } from '@reeve/prisma';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LedgerAuditor } from '../../src/loops/ledger-auditor.ts';
import { readForAudit } from '../../src/store/reads/ledger-audit.ts';
import { PgUnderTest } from '../store/pg-under-test.ts';

describe('the audit of the ledger, on PostgreSQL (I-COST-9)', () => {
  let pg: PgUnderTest;
  let db: ReturnType<typeof createDb>;
  beforeAll(async () => {
    pg = await PgUnderTest.start();
    db = createDb(pg.url);
  });
  afterAll(async () => {
    await db?.$disconnect();
    await pg?.stop();
  });

  it('finds one nano-USD too much, tells it once as a fact, and reads each entry once', async () => {
    const projectId = await pg.newProject();
    const store = pg.store();
    const supervisor = createSupervisor(store);
    const run = async (...commands: Parameters<typeof supervisor.executeBatch>[1]) =>
      (await supervisor.executeBatch(projectId, commands)).results;
    const [registered] = (await run(commandOf('agents.register', { name: 'a' }, operator))) as { value: { agentId: string } }[];
    const agentId = registered?.value.agentId ?? '';
    const spend = (eventId: string) => run(commandOf('costs.report', { entries: [callOf(agentId, eventId)] }, operator));
    const read: number[] = [];
    const alarms: Discrepancy[][] = [];
    const auditor = new LedgerAuditor(
      async (after) => {
        const page = await readForAudit(db, projectId, after);
        read.push(page.entries.length);
        return page;
      },
      async (found) => {
        alarms.push(found);
        await run(commandOf('costs.mismatch', { found }, { kind: 'system', id: 'ledger-audit' }));
      },
    );
    await spend('1');
    // what is not folded is not looked at yet
    expect(await auditor.step()).toBe(false);
    await store.rollups(projectId);
    expect(await auditor.step()).toBe(false);
    await spend('2');
    await store.rollups(projectId);
    await auditor.step();
    expect(read).toEqual([0, 1, 1]);
    expect(alarms).toEqual([]);
    await pg.sql.query('update cost_rollup set total_nano_usd = total_nano_usd + 1 where agent_id = $1', [agentId]);
    await auditor.step();
    await auditor.step();
    expect(alarms).toEqual([[{ id: agentId, field: 'totalNanoUsd', stored: '20000001', ledger: '20000000' }]]);
    const facts = (await store.events(projectId)).filter((e) => e.type === 'cost.mismatch');
    expect(facts).toMatchObject([{ subjectId: agentId, actor: 'system:ledger-audit', data: { stored: '20000001', ledger: '20000000' } }]);
    await store.close();
  });
});
