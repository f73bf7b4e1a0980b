import { beforeEach, describe, expect, it } from 'vitest';
import { callOf, commandOf, operator, TestFleet } from '../../../testing/index.ts';
import { foldEntries } from '../../costs/rollup.ts';
import { emptyHistory, replay } from '../../replay/history.ts';

let fleet: TestFleet;
let a: Record<'lead' | 'coder' | 'helper', string>;
beforeEach(async () => {
  fleet = new TestFleet();
  a = await fleet.tree<'lead' | 'coder' | 'helper'>({ lead: { coder: { helper: {} } } });
});
const usd = (id: string) => [fleet.state.rollups.get(id)?.ownNanoUsd, fleet.state.rollups.get(id)?.totalNanoUsd];
const cent = 10_000_000n;

describe('reporting costs', () => {
  it('I-COST-1: a retry counts once, wherever the twin is: in the call, in the batch, or long ago', async () => {
    const call = callOf(a.helper, 'e1');
    expect(await fleet.spend(call, call)).toMatchObject({ accepted: 1, duplicates: 1, conflicts: [] });
    const twice = [1, 2].map(() => commandOf('costs.report', { entries: [callOf(a.helper, 'e2')] }, operator));
    expect((await fleet.batch(twice)).map((r) => r.ok && (r.value as { accepted: number }).accepted)).toEqual([1, 0]);
    fleet.clock.pass(86_400_000);
    expect(await fleet.spend({ ...call, atMs: 99, priceVersion: 'later' })).toMatchObject({ accepted: 0, duplicates: 1 });
    expect(usd(a.helper)).toEqual([2n * cent, 2n * cent]);
  });
  it('I-COST-1: the same id with another payload is a conflict that one can see, and is not counted', async () => {
    await fleet.spend(callOf(a.helper, 'e1'));
    const other = callOf(a.helper, 'e1', { inputTokens: 999 });
    expect(await fleet.spend(other)).toMatchObject({ accepted: 0, duplicates: 0, conflicts: ['e1'] });
    expect(fleet.state.conflicts).toMatchObject([{ agentId: a.helper, eventId: 'e1', inputTokens: 999 }]);
    expect(fleet.events('cost.conflict').map((e) => [e.subjectId, e.data.eventId])).toEqual([[a.helper, 'e1']]);
    expect(usd(a.lead)).toEqual([0n, cent]);
  });
  it('I-COST-1: the id belongs to its agent: another one’s is another', async () => {
    expect(await fleet.spend(callOf(a.helper, 'e1'), callOf(a.coder, 'e1'))).toMatchObject({ accepted: 2 });
  });
  it('I-COST-9: own and inclusive sums of every ancestor, equal to the ledger', async () => {
    await fleet.spend(callOf(a.helper, '1'), callOf(a.coder, '2'), callOf(a.lead, '3'));
    expect([usd(a.helper), usd(a.coder), usd(a.lead)]).toEqual([
      [cent, cent],
      [cent, 2n * cent],
      [cent, 3n * cent],
    ]);
    expect(new Map(fleet.state.rollups)).toEqual(foldEntries([...fleet.state.ledger.values()]));
  });
  it('I-COST-3: the path stands in the entry as it was, with role and session', async () => {
    const helper = await fleet.agent('priced', a.coder, { role: 'reviewer' });
    await fleet.spend(callOf(helper, '1'));
    const [entry] = fleet.state.ledger.values();
    expect(entry).toMatchObject({ path: [a.lead, a.coder, helper], role: 'reviewer', sessionId: a.lead });
  });
  it('I-COST-7: late costs are accepted and flagged: after a stop, and after the end', async () => {
    await fleet.spend(callOf(a.helper, 'on time'));
    await fleet.do('agents.finish', { id: a.helper, outcome: 'completed' });
    await fleet.spend(callOf(a.helper, 'after the end'));
    await fleet.do('agents.stop', { id: a.lead });
    await fleet.spend(callOf(a.coder, 'under a stop'));
    expect([...fleet.state.ledger.values()].map((e) => [e.eventId, e.late])).toEqual([
      ['on time', false],
      ['after the end', true],
      ['under a stop', true],
    ]);
    expect(usd(a.lead)[1]).toBe(3n * cent);
    expect(fleet.events('cost.recorded').map((e) => e.data.late)).toEqual([false, true, true]);
  });
  it('I-COST-8: an unpriced call is never 0: it is counted apart, all the way up', async () => {
    await fleet.spend(callOf(a.helper, '1', { costNanoUsd: null, pricedBy: 'unpriced', priceVersion: null }));
    expect(fleet.state.rollups.get(a.lead)).toMatchObject({ totalNanoUsd: 0n, totalUnpriced: 1, ownUnpriced: 0, totalEntries: 1 });
    expect([...fleet.state.ledger.values()][0]?.costNanoUsd).toBeNull();
  });
  it('an unknown agent, or one outside the subtree, refuses the whole call and no other', async () => {
    const other = await fleet.agent('other');
    expect(await fleet.refused('costs.report', { entries: [callOf(a.helper, '1'), callOf('agt_x', '2')] })).toEqual({
      code: 'not_found',
      kind: 'agent',
      id: 'agt_x',
    });
    expect((await fleet.refused('costs.report', { entries: [callOf(other, '1')] }, fleet.as(a.lead))).code).toBe('not_found');
    const mixed = [['agt_x'], [a.helper]].map(([id]) => commandOf('costs.report', { entries: [callOf(id as string, '3')] }, operator));
    expect((await fleet.batch(mixed)).map((r) => r.ok)).toEqual([false, true]);
    expect(fleet.state.ledger.size).toBe(1);
  });
  it('one batch is one fact an agent', async () => {
    await fleet.spend(callOf(a.helper, '1'), callOf(a.helper, '2'), callOf(a.coder, '3'));
    expect(fleet.events('cost.recorded').map((e) => [e.subjectId, e.data.entries, e.data.nanoUsd])).toEqual([
      [a.helper, 2, `${2n * cent}`],
      [a.coder, 1, `${cent}`],
    ]);
    await fleet.spend(callOf(a.helper, '1'));
    expect(fleet.events('cost.recorded')).toHaveLength(2);
  });
  it('a flood is one fact a session, which names who spent; time travel has the sums of each all the same', async () => {
    const many: string[] = [];
    for (let i = 0; i < 16; i++) many.push(await fleet.agent(`worker ${i}`, a.coder));
    const other = await fleet.agent('other');
    const unpriced = callOf(many[0] as string, '2', { costNanoUsd: null, pricedBy: 'unpriced', priceVersion: null });
    await fleet.spend(...many.map((id) => callOf(id, '1')), callOf(many[0] as string, '3'), unpriced, callOf(other, '1'));
    const told = fleet.events('cost.recorded');
    expect(told.map((e) => [e.subjectId, e.data.entries, e.data.nanoUsd, e.data.unpriced, e.data.agents?.length])).toEqual([
      [a.lead, 18, `${17n * cent}`, 1, 16],
      [other, 1, `${cent}`, 0, undefined],
    ]);
    expect(told[0]?.data.agents?.[0]).toEqual([many[0], 3, `${2n * cent}`, 1]);
    const past = replay(emptyHistory(), fleet.state.events);
    for (const id of [a.lead, other, ...many]) expect(past.agents.get(id)?.ownNanoUsd).toBe(fleet.state.rollups.get(id)?.ownNanoUsd ?? 0n);
  });
});

describe('budgets', () => {
  it('count the subtree; crossing one is a fact once, and the answer names where each stands', async () => {
    const lead = await fleet.agent('bounded', null, { budgetUsd: '0.02' });
    const child = await fleet.agent('child', lead);
    const spend = (eventId: string) => fleet.spend(callOf(child, eventId));
    expect((await spend('1')).budgets).toEqual([{ agentId: lead, status: 'ok' }]);
    expect((await spend('2')).budgets).toEqual([{ agentId: lead, status: 'ok' }]);
    expect(fleet.events('budget.exceeded')).toHaveLength(0);
    expect((await spend('3')).budgets).toEqual([{ agentId: lead, status: 'exceeded' }]);
    expect((await spend('4')).budgets).toEqual([{ agentId: lead, status: 'exceeded' }]);
    expect(fleet.events('budget.exceeded').map((e) => e.data)).toEqual([{ budgetUsd: '0.020000000', spentUsd: '0.030000000' }]);
  });
  it('four fifths of one are told once; what passes both marks at once tells of the last alone; a raise makes room for another', async () => {
    const lead = await fleet.agent('bounded', null, { budgetUsd: '0.05' });
    const spend = (eventId: string) => fleet.spend(callOf(lead, eventId));
    const told = () => fleet.state.events.filter((e) => /^budget\.(near|exceeded)$/.test(e.type)).map((e) => e.type);
    for (const id of ['1', '2', '3']) await spend(id);
    expect(told()).toEqual([]);
    await spend('4');
    await spend('5');
    expect(told()).toEqual(['budget.near']);
    expect(fleet.events('budget.near').map((e) => e.data)).toEqual([{ budgetUsd: '0.050000000', spentUsd: '0.040000000' }]);
    await fleet.do('budgets.set', { id: lead, budgetUsd: '0.10' });
    for (const id of ['6', '7', '8']) await spend(id);
    expect(told()).toEqual(['budget.near', 'budget.near']);
    await fleet.spend(callOf(lead, '9', { costNanoUsd: 1_000_000_000n }));
    const other = await fleet.agent('other', null, { budgetUsd: '0.05' });
    await fleet.spend(callOf(other, '1', { costNanoUsd: 60_000_000n }));
    expect(told()).toEqual(['budget.near', 'budget.near', 'budget.exceeded', 'budget.exceeded']);
  });
});
