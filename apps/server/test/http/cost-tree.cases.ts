import { nanoUsdOf } from '@reeve/core/vocabulary';
import { expect, it } from 'vitest';
import { until } from '../database/support.ts';
import type { Json, TestServer } from '../harness.ts';

/** The tree of costs, level by level, and what subtrees spend now. */
export function costTreeCases(on: () => TestServer): void {
  const call = (agentId: string, costUsd: string | undefined, more: object = {}) => ({
    eventId: `${agentId} ${costUsd} ${JSON.stringify(more)}`,
    agentId,
    model: 'nobody-prices-it',
    inputTokens: 100,
    outputTokens: 10,
    costUsd,
    at: new Date().toISOString(),
    ...more,
  });
  const report = (...events: object[]) => on().ok(on().post('/costs', { events }));
  const level = (query: string, token?: string): Promise<Json> => on().ok(on().get(`/costs/tree?${query}`, token));
  const entries = async (query: string): Promise<Json[]> => (await on().ok(on().get(`/costs/entries?${query}`))).items;
  const nano = (usd: string) => nanoUsdOf(usd) ?? 0n;
  /** Its own, its children's subtrees and what is unattributed add up. */
  const addsUp = (l: Json) =>
    expect(nano(l.of.ownUsd) + l.items.reduce((n: bigint, i: Json) => n + nano(i.subtreeUsd), 0n) + nano(l.unattributedUsd)).toBe(
      nano(l.totalUsd),
    );

  it('a level has the agents right below one, with their own sums and those of their subtrees', async () => {
    const root = await on().agent({ name: 'tree root' });
    const mid = await on().agent({ name: 'tree mid', parentId: root.agentId });
    const low = await on().agent({ name: 'tree low', parentId: mid.agentId });
    const idle = await on().agent({ name: 'tree idle', parentId: root.agentId });
    await report(call(root.agentId, '0.1'), call(mid.agentId, '0.02'), call(low.agentId, '0.003'), call(low.agentId, undefined));
    await on().ok(on().post('/costs/reservations', { agentId: low.agentId, amountUsd: '0.5' }));
    const top = await level(`parent=${root.agentId}`);
    expect(top).toMatchObject({
      of: {
        key: root.agentId,
        label: 'tree root',
        ownUsd: '0.100000000',
        subtreeUsd: '0.123000000',
        children: 2,
        reservedUsd: '0.500000000',
      },
      totalUsd: '0.123000000',
      unattributedUsd: '0.000000000',
      count: 2,
      nextCursor: null,
    });
    expect(top.items).toEqual([
      {
        key: mid.agentId,
        label: 'tree mid',
        state: 'running',
        children: 1,
        ownUsd: '0.020000000',
        subtreeUsd: '0.023000000',
        inputTokens: 100,
        outputTokens: 10,
        entries: 1,
        subtreeEntries: 3,
        unpriced: 1,
        ownUnpriced: 0,
        reservedUsd: '0.500000000',
        unknownUsd: '0.000000000',
      },
      expect.objectContaining({ key: idle.agentId, children: 0, subtreeUsd: '0.000000000', subtreeEntries: 0 }),
    ]);
    addsUp(top);
    expect(await level(`parent=${low.agentId}`)).toMatchObject({ of: { key: low.agentId, ownUnpriced: 1 }, items: [], count: 0 });
    expect((await on().get('/costs/tree?parent=agt_none')).status).toBe(404);
    const roots = await level('limit=1000');
    expect(roots.of).toBeNull();
    expect(roots.items.map((i: Json) => i.key)).toContain(root.agentId);
    expect(roots.items.map((i: Json) => i.key)).not.toContain(mid.agentId);
    // an agent begins at itself, and sees nobody else's
    expect((await level('', mid.token)).of.key).toBe(mid.agentId);
    expect((await on().get(`/costs/tree?parent=${root.agentId}`, mid.token)).status).toBe(404);
  });
  it('in every order, by page, each agent once', async () => {
    const root = await on().agent();
    const names = ['b', 'C', 'a', 'd'];
    const ids: string[] = [];
    for (const name of names) ids.push((await on().agent({ name, parentId: root.agentId })).agentId);
    // the same amount twice: their place is by their ids
    await report(...ids.map((id, i) => call(id, ['0.2', '0.3', '0.1', '0.2'][i])), call(ids[2] as string, undefined));
    const order = async (sort: string, descending: boolean) => {
      const seen: string[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page: Json = await level(`parent=${root.agentId}&limit=3&sort=${sort}&descending=${descending}&cursor=${cursor}`);
        expect([page.count, page.totalUsd]).toEqual([4, '0.800000000']);
        seen.push(...page.items.map((i: Json) => i.label));
        cursor = page.nextCursor;
      }
      return seen.join('');
    };
    expect(await order('label', false)).toBe('abCd');
    expect(await order('label', true)).toBe('dCba');
    expect(await order('subtreeUsd', true)).toBe('Cbda');
    expect(await order('ownUsd', false)).toBe('abdC');
    expect(await order('entries', true)).toBe('abCd');
    expect(await order('unpriced', true)).toBe('abCd');
    const beyond = await level(`parent=${root.agentId}&cursor=10`);
    expect([beyond.items, beyond.count, beyond.totalUsd]).toEqual([[], 4, '0.800000000']);
  });
  it('I-COST-3: what agents spent before they were moved stays where it was, unattributed, and leads to its entries', async () => {
    const root = await on().agent({ name: 'stays' });
    const parent = await on().agent({ parentId: root.agentId });
    const child = await on().agent({ parentId: parent.agentId, onParentExit: { completed: 'reparent' } });
    await report(call(root.agentId, '0.1'), call(parent.agentId, '0.02'), call(child.agentId, '0.003'));
    await on().ok(on().post(`/agents/${parent.agentId}/finish`, { outcome: 'completed' }));
    await until(async () => (await on().ok(on().get(`/agents/${child.agentId}`))).parentId === root.agentId, 'the child to be moved');
    await report(call(child.agentId, '0.0004'));
    const top = await level(`parent=${root.agentId}`);
    // it stands under the root with all it spent, a part of which is also in the sum of its former parent
    expect(top.items.map((i: Json) => i.subtreeUsd)).toEqual(['0.023000000', '0.003400000']);
    expect(top.unattributedUsd).toBe('-0.003000000');
    addsUp(top);
    const former = await level(`parent=${parent.agentId}`);
    expect(former).toMatchObject({ items: [], unattributedUsd: '0.003000000' });
    addsUp(former);
    for (const id of [root.agentId, parent.agentId])
      expect((await entries(`agentId=${id}&unattributed=true`)).map((e) => e.costUsd)).toEqual(['0.003000000']);
    expect(await entries(`agentId=${child.agentId}&unattributed=true`)).toEqual([]);
    const listed = await entries('unattributed=true&limit=1000');
    expect(listed.filter((e) => [root.agentId, parent.agentId, child.agentId].includes(e.agentId))).toEqual([]);
  });
  it('a burn is what a subtree spent in the last ten minutes, as an hour of it, and its window leads to the calls', async () => {
    const root = await on().agent();
    const low = await on().agent({ parentId: root.agentId });
    const ago = (minutes: number) => ({ at: new Date(Date.now() - minutes * 60_000).toISOString() });
    await report(call(root.agentId, '0.01'), call(low.agentId, '0.02', ago(5)), call(low.agentId, '4', ago(11)));
    const { window, items } = await on().ok(on().get(`/costs/burn?agentIds=${root.agentId},${low.agentId},agt_none`));
    expect(items).toEqual([
      { agentId: root.agentId, burnUsdPerHour: '0.180000000' },
      { agentId: low.agentId, burnUsdPerHour: '0.120000000' },
      { agentId: 'agt_none', burnUsdPerHour: '0.000000000' },
    ]);
    const behind = await entries(`agentId=${root.agentId}&subtree=true&from=${window.from}&to=${window.to}`);
    expect(behind.reduce((n, e) => n + nano(e.costUsd), 0n) * BigInt(window.times)).toBe(180_000_000n);
  });
}
