import { createSupervisor, type Discrepancy, emptyRollup } from '@reeve/core';
import { callOf, commandOf, entryOf, operator } from '@reeve/core/testing';
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
      (after, sink) =>
        readForAudit(db, projectId, after, {
          ...sink,
          entries: (page, cursor) => {
            read.push(page.length);
            sink.entries(page, cursor);
          },
        }),
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

  it('reads a ledger and sums of any length in parts, and misses none of them', async () => {
    const projectId = await pg.newProject();
    const id = (i: number) => `${projectId}_${String(i).padStart(4, '0')}`;
    await pg.sql.query(
      `with made as (insert into cost_entry (project_id, agent_id, event_id, path, session_id, model, input_tokens, output_tokens, cached_input_tokens,
           cache_write_tokens, reasoning_tokens, cost_nano_usd, priced_by, late, at, recorded_at)
         select $1, id, 'e', array[id], id, 'm', 3, 4, 0, 0, 0, case when i = 1500 then null else 5 end, 'reported', false, now(), now()
         from generate_series(1, 2500) i, lateral (select $1 || '_' || lpad(i::text, 4, '0') as id) x order by i returning id)
       insert into cost_rollup_place (project_id, last_id) select $1, max(id) from made`,
      [projectId],
    );
    await pg.sql.query(
      `insert into cost_rollup (agent_id, project_id, own_nano_usd, total_nano_usd, own_input_tokens, own_output_tokens, total_input_tokens,
         total_output_tokens, own_entries, total_entries, own_unpriced, total_unpriced)
       select agent_id, $1, coalesce(cost_nano_usd, 0), coalesce(cost_nano_usd, 0), 3, 4, 3, 4, 1, 1, n, n
       from cost_entry, lateral (select case when cost_nano_usd is null then 1 else 0 end as n) x where project_id = $1`,
      [projectId],
    );
    const alarms: Discrepancy[] = [];
    const pages: number[] = [];
    const auditor = new LedgerAuditor(
      (after, sink) => {
        pages.push(Number(after));
        return readForAudit(db, projectId, after, sink);
      },
      async (found) => void alarms.push(...found),
    );
    const all = async () => {
      while (await auditor.step());
    };
    await all();
    expect([pages.length, alarms]).toEqual([3, []]);
    await pg.sql.query('update cost_rollup set total_nano_usd = 6 where agent_id = any($1)', [[id(1), id(1000), id(1001), id(2500)]]);
    await pg.sql.query('delete from cost_rollup where agent_id = $1', [id(2000)]);
    await all();
    expect(new Set(alarms.map((d) => d.id))).toEqual(new Set([1, 1000, 1001, 2000, 2500].map(id)));
    expect(alarms).toContainEqual({ id: id(2000), field: 'ownInputTokens', stored: '0', ledger: '3' });
  });

  it('a read that fails half way is not told, and nothing is counted twice', async () => {
    const alarms: Discrepancy[] = [];
    let fails = true;
    const auditor = new LedgerAuditor(
      async (after, sink) => {
        if (after === 0n) sink.entries([entryOf({ projectId: 'p', agentId: 'a', eventId: 'e', costNanoUsd: 5n })], 1n);
        if (fails) throw new Error('the database went away');
        sink.sums([{ ...emptyRollup('p', 'a'), ownNanoUsd: 5n, totalNanoUsd: 5n, ownEntries: 1, totalEntries: 1 }]);
        return true;
      },
      async (found) => void alarms.push(...found),
    );
    await expect(auditor.step()).rejects.toThrow('went away');
    fails = false;
    await auditor.step();
    expect(alarms.filter((d) => !d.field.endsWith('Tokens'))).toEqual([]);
  });
});
