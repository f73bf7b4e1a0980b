import { createSupervisor } from '@reeve/core';
import { callOf, commandOf, operator } from '@reeve/core/testing';
import { createDb } from '@reeve/prisma';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { foldSlots } from '../../src/store/cost-slots.ts';
import { costSeries } from '../../src/store/reads/cost-series.ts';
import { costRows } from '../../src/store/reads/costs.ts';
import { auditSlots } from '../../src/store/reads/slots-audit.ts';
import { PgUnderTest } from './pg-under-test.ts';

const cent = 10_000_000n;

describe('sums of five minutes, folded behind the ledger (I-COST-9)', () => {
  let pg: PgUnderTest;
  let db: ReturnType<typeof createDb>;
  let projectId = '';
  let store: ReturnType<PgUnderTest['store']>;
  let run: (...commands: ReturnType<typeof commandOf>[]) => Promise<{ agentId: string }[]>;
  let ids: string[] = [];
  beforeAll(async () => {
    pg = await PgUnderTest.start();
    db = createDb(pg.url);
    projectId = await pg.newProject();
    store = pg.store();
    const supervisor = createSupervisor(store);
    run = async (...commands) => {
      const { results } = await supervisor.executeBatch(projectId, commands as Parameters<typeof supervisor.executeBatch>[1]);
      return results.map((r) => (r.ok ? (r.value as { agentId: string }) : expect.fail(JSON.stringify(r.error))));
    };
    const agent = async (name: string, parentId: string | null, role?: string) =>
      (await run(commandOf('agents.register', { name, parentId, role }, operator)))[0]?.agentId ?? '';
    const root = await agent('root', null);
    const mid = await agent('mid', root, 'lead');
    ids = [root, mid, await agent('low', mid, 'coder'), await agent('other', null, 'coder')];
    const now = Date.now();
    const entries = Array.from({ length: 240 }, (_, i) =>
      callOf(ids[i % 4] as string, `e${i}`, {
        model: `m${i % 3}`,
        costNanoUsd: i % 20 === 0 ? null : BigInt(1 + (i % 7)) * cent,
        atMs: now - i * 90_000,
      }),
    );
    await run(commandOf('costs.report', { entries }, operator));
    const adjust = { agentId: ids[2] as string, refersTo: 'e2', eventId: 'fix', amountUsd: '-0.005', reason: 'x' };
    await run(commandOf('costs.adjust', adjust, operator));
  });
  afterAll(async () => {
    await db?.$disconnect();
    await pg?.stop();
  });
  const everything = async () => ({
    rows: await Promise.all(
      [undefined, ...ids].flatMap((root) =>
        (['model', 'role', 'day'] as const).map((groupBy) => costRows(db, projectId, { groupBy, limit: 10, ...(root && { root }) })),
      ),
    ),
    series: (
      await Promise.all(
        [undefined, ...ids].flatMap((root) =>
          (['subtree', 'model', 'role'] as const).map((by) =>
            costSeries(db, projectId, { by, windowMinutes: 1_440, maxPoints: 120, ...(root && { root }) }),
          ),
        ),
      )
    ).map((s) => [s.keys, s.keys.map((_, i) => s.points.reduce((n, p) => n + (p.values[i] ?? 0), 0).toFixed(6))]),
  });

  it('says the same before anything is folded, when some is not yet, and when all is; again changes nothing', async () => {
    const before = await everything();
    expect(await foldSlots(db, projectId)).toBe(false);
    expect(await everything()).toEqual(before);
    await foldSlots(db, projectId);
    expect(await everything()).toEqual(before);
    // folded, and then more that is not
    await run(commandOf('costs.report', { entries: [callOf(ids[2] as string, 'new', { costNanoUsd: cent, atMs: Date.now() })] }, operator));
    const more = await everything();
    expect(more).not.toEqual(before);
    await foldSlots(db, projectId);
    expect(await everything()).toEqual(more);
  });
  it('I-COST-8: a call that is priced anew behind its slot is without a price no longer, folded or not', async () => {
    const rates = { inputPico: '2000', outputPico: '10000', cachedInputPico: null, cacheWritePico: null, reasoningPico: null };
    const of = { model: 'm0', provider: null };
    const without = async () => (await costRows(db, projectId, { groupBy: 'model', limit: 10 })).items.map((r) => [r.key, r.unpriced]);
    while (await foldSlots(db, projectId));
    expect(await without()).toContainEqual(['m0', 4]);
    await run(commandOf('prices.set', { ...of, rates, validFromMs: 0, reason: '' }, operator));
    const all = { fromMs: null, toMs: null, unpricedOnly: false, after: null, limit: 500, dryRun: false };
    await run(commandOf('prices.reprice', { ...of, ...all }, operator));
    expect(await without()).toContainEqual(['m0', 0]);
    const before = await everything();
    while (await foldSlots(db, projectId));
    expect(await without()).toContainEqual(['m0', 0]);
    expect(await everything()).toEqual(before);
    expect(await auditSlots(db, projectId)).toEqual([]);
  });
  it('every node has its own and its inclusive sums, to the nano-USD', async () => {
    while (await foldSlots(db, projectId));
    await store.rollups(projectId);
    const wrong = await pg.column(
      `select r.agent_id from cost_rollup r left join
         (select agent_id, sum(own_nano_usd) as own, sum(total_nano_usd) as total, sum(entries) as entries, sum(unpriced) as unpriced,
            sum(input_tokens) as input from cost_slot group by 1) s using (agent_id)
       where r.project_id = $1 and (s.own is distinct from r.own_nano_usd or s.total is distinct from r.total_nano_usd
         or s.entries is distinct from r.total_entries or s.unpriced is distinct from r.total_unpriced
         or s.input is distinct from r.total_input_tokens)`,
      projectId,
    );
    expect(wrong).toEqual([]);
  });
});
