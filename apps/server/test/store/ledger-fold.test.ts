import { auditRollups, createSupervisor, foldEntries, type Rollup } from '@reeve/core';
import { callOf, commandOf, operator } from '@reeve/core/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { PgStore } from '../../src/store/pg-store.ts';
import { PgUnderTest } from './pg-under-test.ts';

const cent = 10_000_000n;
let on: PgUnderTest;
beforeAll(async () => {
  on = await PgUnderTest.start();
}, 60_000);
afterAll(async () => on?.stop());

/** Two servers on one database, and a project with a root and a child. */
async function twoServers() {
  const projectId = await on.newProject();
  const servers = [on.store(), on.store()].map((under) => ({
    under,
    costs: (under.store as PgStore).costs,
    supervisor: createSupervisor(under),
  }));
  const [a, b] = servers as [(typeof servers)[number], (typeof servers)[number]];
  const run = async (server: typeof a, command: Parameters<typeof a.supervisor.executeBatch>[1][number]) => {
    const [r] = (await server.supervisor.executeBatch(projectId, [command])).results;
    if (!r?.ok) throw new Error(JSON.stringify(r));
    return r.value as { agentId: string; budgets: { agentId: string; status: string }[] };
  };
  const root = (await run(a, commandOf('agents.register', { name: 'root' }, operator))).agentId;
  const child = (await run(a, commandOf('agents.register', { name: 'child', parentId: root }, operator))).agentId;
  let made = 0;
  const spend = (server: typeof a, cents = 1n) =>
    run(server, commandOf('costs.report', { entries: [callOf(child, `e${made++}`, { costNanoUsd: cents * cent })] }, operator));
  const stored = async (): Promise<Rollup[]> => {
    const { rows } = await on.sql.query(
      'select agent_id, total_nano_usd, own_nano_usd, total_entries from cost_rollup where project_id = $1',
      [projectId],
    );
    return rows;
  };
  const wrong = async () => auditRollups(await a.under.entries(projectId), await a.under.rollups(projectId));
  const close = async () => void (await Promise.all(servers.map((s) => s.under.close())));
  return { projectId, a, b, run, root, child, spend, stored, wrong, close };
}

describe('sums behind the ledger', () => {
  it('I-COST-9: a report writes none of them; whoever folds has each entry in them once', async () => {
    const { projectId, a, spend, stored, wrong, close } = await twoServers();
    await spend(a);
    await spend(a);
    expect(await stored()).toEqual([]);
    await Promise.all([a.costs.fold(projectId), a.costs.settle(), a.costs.fold(projectId)]);
    expect((await stored()).map((r) => Object.values(r).slice(1))).toEqual(
      [
        [String(2n * cent), String(2n * cent), '2'],
        [String(2n * cent), '0', '2'],
      ].sort(),
    );
    await a.costs.fold(projectId);
    expect(await wrong()).toEqual([]);
    await close();
  });
  it('I-COST-9: what another server appended, before or after, is found in the ledger, and nothing is taken twice', async () => {
    const { projectId, a, b, spend, wrong, close } = await twoServers();
    for (const server of [a, b, a, a, b]) await spend(server);
    await b.costs.fold(projectId);
    await spend(a);
    await Promise.all([a.costs.fold(projectId), b.costs.fold(projectId)]);
    expect(await wrong()).toEqual([]);
    for (const server of [b, a]) {
      await spend(server);
      await server.costs.fold(projectId);
      expect(await wrong()).toEqual([]);
    }
    await close();
  });
  it('I-COST-9: a fold that the database cut off took nothing; the next one finds it all', async () => {
    const { projectId, a, spend, wrong, stored, close } = await twoServers();
    await spend(a);
    await spend(a);
    const query = pg.Client.prototype.query;
    const spy = vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: pg.Client, ...args: never[]) {
      const [q] = args as unknown as [{ text?: string } | string];
      const text = typeof q === 'string' ? q : (q.text ?? '');
      if (text.includes('update cost_rollup_place')) return Promise.reject(new Error('cut off')) as never;
      return query.apply(this, args as never) as never;
    } as never);
    await expect(a.costs.fold(projectId)).rejects.toThrow('cut off');
    spy.mockRestore();
    expect(await stored()).toEqual([]);
    await a.costs.settle();
    expect(await wrong()).toEqual([]);
    await close();
  });
  it('I-COST-5: another server is believed at once: its costs, its budgets and its stops', async () => {
    const { a, b, root, run, spend, close } = await twoServers();
    await spend(a);
    await run(b, commandOf('budgets.set', { id: root, budgetUsd: '0.05' }, operator));
    expect((await spend(a)).budgets).toEqual([{ agentId: root, status: 'ok' }]);
    await spend(b, 3n);
    expect((await spend(a)).budgets).toEqual([{ agentId: root, status: 'exceeded' }]);
    await run(b, commandOf('agents.stop', { id: root }, operator));
    await spend(a);
    const late = (await a.under.entries(await projectOf(a, root))).map((e) => e.late);
    expect(late).toEqual([false, false, false, false, true]);
    await close();
  });
  it('the sums of a project come from its ledger alone: all of it at once, whatever was remembered', async () => {
    const { projectId, a, spend, close } = await twoServers();
    for (let i = 0; i < 5; i++) await spend(a);
    await on.sql.query('delete from cost_rollup where project_id = $1', [projectId]);
    await on.sql.query('update cost_rollup_place set last_id = 0 where project_id = $1', [projectId]);
    const fresh = on.store();
    const folded = [...foldEntries(await fresh.entries(projectId)).values()];
    const sorted = (all: Rollup[]) => [...all].sort((x, y) => (x.id < y.id ? -1 : 1));
    expect(sorted(await fresh.rollups(projectId))).toEqual(sorted(folded));
    await fresh.close();
    await close();
  });
});
async function projectOf(_: unknown, agentId: string): Promise<string> {
  const { rows } = await on.sql.query('select project_id from agent where id = $1', [agentId]);
  return rows[0].project_id;
}
