import { beforeEach, describe, expect, it } from 'vitest';
import { callOf, operator, system, TestFleet } from '../../../testing/index.ts';
import { auditOf } from '../../../testing/money.ts';

const cent = 10_000_000n;
const usd = (cents: number) => (cents / 100).toFixed(2);
const nano = (cents: number) => `${(cents / 100).toFixed(2)}0000000`;
const day = 86_400_000;

let fleet: TestFleet;
let a: { lead: string; coder: string; helper: string };
let other: string;
beforeEach(async () => {
  fleet = new TestFleet();
  a = await fleet.tree({ lead: { coder: { helper: {} } } });
  other = await fleet.agent('other');
});
let calls = 0;
const spend = (agentId: string, cents: number) =>
  fleet.spend(callOf(agentId, `e${++calls}`, { costNanoUsd: BigInt(cents) * cent, atMs: fleet.clock.nowMs() }));
type Made = Omit<Parameters<typeof fleet.do<'budgets.make'>>[1], 'name'>;
const make = async (more: Made) => (await fleet.do('budgets.make', { name: 'b', ...more })).budgetId;
const denial = (agentId: string, cents: number) => fleet.refused('costs.reserve', { agentId, amountUsd: usd(cents) });
const tick = () => {
  const pausedIds = [...fleet.state.agents.values()].filter((x) => x.pausedBy === 'budget').map((x) => x.id);
  return fleet.do('budgets.tick', { pausedIds }, system);
};
const tally = (id: string) => fleet.state.budgetTallies.get(id);
const states = (...ids: string[]) => ids.map((id) => fleet.agentOf(id).state);

describe('a budget of a subtree, a session, the project', () => {
  it('I-COST-5: refuses what costs more; the denial names it, where it stands, and who may raise it', async () => {
    const id = await make({ scope: 'project', hardUsd: '1.00' });
    await spend(other, 30);
    await fleet.reserve(a.helper, '0.50');
    expect(await denial(a.lead, 21)).toEqual({
      code: 'budget_exceeded',
      budgetId: id,
      scope: 'project',
      period: 'total',
      agentId: null,
      budgetUsd: nano(100),
      spentUsd: nano(30),
      reservedUsd: nano(50),
      unknownUsd: nano(0),
      mayRaise: { role: 'operator', people: [] },
    });
    await fleet.reserve(a.lead, '0.20');
    expect(await denial(other, 1)).toMatchObject({ budgetId: id, reservedUsd: nano(70) });
    expect(auditOf(fleet.state)).toEqual([]);
  });
  it('the tightest of all wins, whether it is an agent’s own, a session’s or the project’s', async () => {
    const project = await make({ scope: 'project', hardUsd: '1.00' });
    const session = await make({ scope: 'session', agentId: a.lead, hardUsd: '0.80' });
    const subtree = await make({ scope: 'subtree', agentId: a.coder, hardUsd: '0.60' });
    await fleet.do('budgets.set', { id: a.helper, budgetUsd: '0.40' });
    expect(await denial(a.helper, 50)).toMatchObject({ budgetId: a.helper, scope: 'subtree' });
    expect(await denial(a.coder, 70)).toMatchObject({ budgetId: subtree, scope: 'subtree', agentId: a.coder });
    expect(await denial(a.lead, 90)).toMatchObject({ budgetId: session, scope: 'session' });
    expect(await denial(other, 101)).toMatchObject({ budgetId: project });
    await spend(other, 95);
    expect(await denial(a.helper, 10)).toMatchObject({ budgetId: project });
  });
  it('nothing starts under one that is used up, a root neither; what is reported is counted all the same', async () => {
    const id = await make({ scope: 'project', hardUsd: '0.10' });
    await spend(a.helper, 10);
    expect(await fleet.refused('agents.register', { name: 'root' })).toMatchObject({ code: 'budget_exceeded', budgetId: id });
    expect(await fleet.refused('agents.register', { name: 'x', parentId: a.lead })).toMatchObject({ budgetId: id });
    const told = await spend(a.helper, 5);
    expect(told).toMatchObject({ accepted: 1, budgets: [{ agentId: null, budgetId: id, status: 'exceeded' }] });
    expect(tally(id)?.spentNanoUsd).toBe(15n * cent);
  });
  it('a child’s budget for all its time is held against what is left for all time, not for the day', async () => {
    await make({ scope: 'project', period: 'day', hardUsd: '1.00' });
    await fleet.do('agents.register', { name: 'long', budgetUsd: '5' });
    const total = await make({ scope: 'project', hardUsd: '4.00' });
    expect(await fleet.refused('agents.register', { name: 'long', budgetUsd: '5' })).toMatchObject({ budgetId: total });
  });
  it('counts what was spent and reserved before it was made', async () => {
    await spend(a.helper, 20);
    await spend(other, 40);
    await fleet.reserve(a.coder, '0.10');
    const id = await make({ scope: 'session', agentId: a.lead, hardUsd: '1.00' });
    expect(tally(id)).toMatchObject({ spentNanoUsd: 20n * cent, reservedNanoUsd: 10n * cent });
    expect((await denial(a.helper, 71)) as object).toMatchObject({ spentUsd: nano(20), reservedUsd: nano(10) });
  });
  it('a raise holds at once and is in the audit log with what was before; a repeated make makes one', async () => {
    const id = await make({ scope: 'project', hardUsd: '0.10', requestId: 'r' });
    expect(await make({ scope: 'project', hardUsd: '0.10', requestId: 'r' })).toBe(id);
    expect((await denial(other, 20)).code).toBe('budget_exceeded');
    await fleet.do('budgets.edit', { id, hardUsd: '0.20', reason: 'needed' });
    await fleet.reserve(other, '0.20');
    const entry = fleet.state.audit.at(-1);
    expect(entry).toMatchObject({ action: 'budgets.edit', actor: 'person:ann', subjectKind: 'budget', subjectId: id, reason: 'needed' });
    expect([entry?.before, entry?.after]).toMatchObject([{ hardNanoUsd: '100000000' }, { hardNanoUsd: '200000000' }]);
    await fleet.do('budgets.remove', { id });
    await fleet.reserve(other, '9');
    expect(await fleet.refused('budgets.edit', { id, hardUsd: '1' })).toMatchObject({ code: 'not_found' });
  });
  it('operators alone; a session goes by its root; a budget bounds something, and its soft limit is not above the hard one', async () => {
    const one = { name: 'x', scope: 'project', hardUsd: 1 } as const;
    expect((await fleet.refused('budgets.make', one, fleet.as(a.lead))).code).toBe('forbidden');
    const id = await make({ scope: 'project', hardUsd: 1 });
    expect((await fleet.refused('budgets.edit', { id, hardUsd: 9 }, fleet.as(a.lead))).code).toBe('forbidden');
    expect((await fleet.refused('budgets.remove', { id }, fleet.as(a.lead))).code).toBe('forbidden');
    const path = async (more: object) => {
      const e = await fleet.refused('budgets.make', { ...one, ...more });
      return e.code === 'invalid_input' ? e.issues[0]?.path : e.code;
    };
    expect(await path({ agentId: a.lead })).toBe('agentId');
    expect(await path({ scope: 'session' })).toBe('agentId');
    expect(await path({ scope: 'session', agentId: a.coder })).toBe('agentId');
    expect(await path({ scope: 'subtree', agentId: 'agt_none' })).toBe('not_found');
    expect(await path({ hardUsd: null })).toBe('hardUsd');
    expect(await path({ softUsd: 2 })).toBe('softUsd');
    const low = await fleet.refused('budgets.edit', { id, softUsd: 2 });
    expect(low).toMatchObject({ code: 'invalid_input' });
    expect(fleet.events('budget.edited')).toEqual([]);
  });
  it('I-ORPH-6: an agent that is moved out of a subtree goes on to count against its budget', async () => {
    const id = await make({ scope: 'subtree', agentId: a.coder, hardUsd: '1.00' });
    const moved = await fleet.agent('moved', a.coder, { onParentExit: { completed: 'reparent' } });
    await fleet.do('agents.finish', { id: a.coder, outcome: 'completed' });
    await fleet.do('orphans.handle', { agentIds: [moved], action: 'policy', reason: '' });
    expect(fleet.agentOf(moved)).toMatchObject({ path: [a.lead, moved], chargedTo: [a.coder] });
    await spend(moved, 40);
    await fleet.reserve(moved, '0.50');
    expect(tally(id)).toMatchObject({ spentNanoUsd: 40n * cent, reservedNanoUsd: 50n * cent });
    expect(await denial(moved, 11)).toMatchObject({ budgetId: id });
    expect(auditOf(fleet.state)).toEqual([]);
  });
});

describe('a soft limit', () => {
  const told = () => fleet.events('budget.warned').map((e) => e.data.spentUsd);
  it('is told once when it is reached, and refuses nothing', async () => {
    await make({ scope: 'project', softUsd: '0.50' });
    await spend(other, 49);
    expect(told()).toEqual([]);
    await spend(other, 1);
    await spend(other, 70);
    await fleet.reserve(other, '100');
    expect(told()).toEqual([nano(50)]);
  });
  it('is told again after it was left, by a correction or a raise', async () => {
    const id = await make({ scope: 'project', softUsd: '0.50' });
    await fleet.spend(callOf(other, 'x', { costNanoUsd: 60n * cent }));
    await fleet.do('costs.adjust', { eventId: 'fix', agentId: other, refersTo: 'x', amountUsd: '-0.30', reason: 'credited' });
    await spend(other, 20);
    expect(told()).toEqual([nano(60), nano(50)]);
    await fleet.do('budgets.edit', { id, softUsd: '0.55' });
    await spend(other, 5);
    expect(told()).toEqual([nano(60), nano(50), nano(55)]);
    await fleet.do('budgets.edit', { id, softUsd: '0.10' });
    expect(told()).toHaveLength(3);
  });
  it('that stands below what is spent already is told when it is set', async () => {
    await spend(other, 60);
    await make({ scope: 'project', softUsd: '0.50' });
    expect(told()).toEqual([nano(60)]);
  });
});

describe('a budget for the day', () => {
  it('starts anew at midnight UTC: what was spent is forgotten, what is reserved is not', async () => {
    fleet.clock.pass(Date.UTC(2026, 0, 1, 23, 59) - fleet.clock.nowMs());
    const id = await make({ scope: 'project', period: 'day', softUsd: '0.40', hardUsd: '0.50' });
    const open = await fleet.reserve(other, '0.10', { ttlMs: 3_600_000 });
    const lost = await fleet.reserve(other, '0.05', { ttlMs: 1_000 });
    fleet.clock.pass(2_000);
    await fleet.sweepReservations();
    await spend(other, 35);
    expect(await denial(other, 1)).toMatchObject({ period: 'day', spentUsd: nano(35), reservedUsd: nano(10), unknownUsd: nano(5) });
    fleet.clock.pass(60_000);
    expect(await denial(other, 41)).toMatchObject({ spentUsd: nano(0), reservedUsd: nano(10), unknownUsd: nano(0) });
    // of yesterday: what becomes of it is not today's
    await fleet.do('costs.release', { id: lost });
    await spend(other, 40);
    expect(tally(id)).toMatchObject({ period: '2026-01-02', spentNanoUsd: 40n * cent, unknownNanoUsd: 0n });
    expect(fleet.events('budget.warned')).toHaveLength(1);
    fleet.clock.pass(day);
    await spend(other, 40);
    expect(fleet.events('budget.warned')).toHaveLength(2);
    await fleet.do('costs.release', { id: open });
    expect(tally(id)?.reservedNanoUsd).toBe(0n);
  });
  it('counts by the clock of the supervisor, whatever time the agent gives its call', async () => {
    fleet.clock.pass(Date.UTC(2026, 0, 2, 12) - fleet.clock.nowMs());
    await make({ scope: 'project', period: 'day', hardUsd: '0.50' });
    await fleet.spend(callOf(other, 'back', { costNanoUsd: 50n * cent, atMs: Date.UTC(2026, 0, 1) }));
    expect((await denial(other, 1)).code).toBe('budget_exceeded');
  });
});

describe('what a hard limit does when it is reached', () => {
  it('pause: all below it waits, and goes on by a raise; the agent cannot end it, and each act is in the audit log', async () => {
    const id = await make({ scope: 'session', agentId: a.lead, hardUsd: '0.50', action: 'pause' });
    await spend(a.helper, 49);
    expect(states(a.lead, a.coder, a.helper)).toEqual(['running', 'running', 'running']);
    await spend(a.helper, 1);
    expect(states(a.lead, a.coder, a.helper, other)).toEqual(['paused', 'paused', 'paused', 'running']);
    expect(await fleet.beat(a.helper, { state: 'running' })).toMatchObject({ directive: 'pause' });
    expect(fleet.state.audit.at(-1)).toMatchObject({
      actor: `budget:${id}`,
      action: 'agents.pause',
      subjectId: a.lead,
      after: { agents: 3 },
    });
    await fleet.do('budgets.edit', { id, hardUsd: '0.60' });
    expect(states(a.lead, a.coder, a.helper)).toEqual(['running', 'running', 'running']);
    await spend(a.helper, 10);
    expect(states(a.helper)).toEqual(['paused']);
    await fleet.do('budgets.remove', { id });
    expect(states(a.helper)).toEqual(['running']);
  });
  it('pause: who is under another used up budget waits on, and an operator’s pause is not ended', async () => {
    const session = await make({ scope: 'session', agentId: a.lead, hardUsd: '0.50', action: 'pause' });
    const project = await make({ scope: 'project', hardUsd: '0.50', action: 'pause' });
    await fleet.do('agents.pause', { id: a.coder });
    await spend(a.helper, 50);
    expect(states(a.lead, a.coder, a.helper, other)).toEqual(['paused', 'paused', 'paused', 'paused']);
    await fleet.do('budgets.edit', { id: project, hardUsd: '5' });
    expect(states(a.lead, other)).toEqual(['paused', 'running']);
    await fleet.do('budgets.edit', { id: session, hardUsd: '5' });
    expect(states(a.lead, a.coder, a.helper)).toEqual(['running', 'paused', 'running']);
  });
  it('pause: the clock holds who came to run later, and lets go on when the day turns; twice equals once', async () => {
    fleet.clock.pass(Date.UTC(2026, 0, 1, 12) - fleet.clock.nowMs());
    const late = await fleet.agent('late', a.lead);
    await fleet.do('agents.pause', { id: late });
    await make({ scope: 'session', agentId: a.lead, period: 'day', hardUsd: '0.50', action: 'pause' });
    await spend(a.helper, 50);
    await fleet.do('agents.resume', { id: late });
    expect(states(late)).toEqual(['running']);
    expect([await tick(), await tick()]).toEqual([
      { paused: 1, resumed: 0 },
      { paused: 0, resumed: 0 },
    ]);
    expect(states(late)).toEqual(['paused']);
    fleet.clock.pass(day);
    await tick();
    expect(await tick()).toEqual({ paused: 0, resumed: 0 });
    expect(states(a.lead, late)).toEqual(['running', 'running']);
    expect(fleet.events('budget.reopened')).toHaveLength(1);
  });
  it('stop: the scope is stopped by the one stop there is, told and audited as made by the budget', async () => {
    const id = await make({ scope: 'session', agentId: a.lead, hardUsd: '0.50', action: 'stop' });
    await spend(a.helper, 50);
    expect(states(a.lead, a.coder, a.helper, other)).toEqual(['stopping', 'stopping', 'stopping', 'running']);
    const [stop] = [...fleet.state.stops.values()];
    expect(stop).toMatchObject({ agentId: a.lead, actor: `system:budget ${id}`, reason: 'the budget b of 0.500000000 USD is used up' });
    expect(fleet.state.audit.at(-1)).toMatchObject({
      actor: `budget:${id}`,
      action: 'agents.stop',
      after: { stopId: stop?.id, members: 3 },
    });
    // I-COST-7: what comes after is counted, and stops nobody twice
    expect(await spend(a.helper, 5)).toMatchObject({ accepted: 1 });
    expect(fleet.state.stops.size).toBe(1);
  });
  it('stop of the project: as the emergency stop, nothing starts until it is reopened', async () => {
    const id = await make({ scope: 'project', hardUsd: '0.50', action: 'stop' });
    await spend(other, 50);
    expect(states(a.lead, other)).toEqual(['stopping', 'stopping']);
    await fleet.do('budgets.edit', { id, hardUsd: '5' });
    expect((await fleet.refused('agents.register', { name: 'x' })).code).toBe('fenced');
  });
  it('an action that is chosen while it is used up begins at once', async () => {
    const id = await make({ scope: 'project', hardUsd: '0.50' });
    await spend(other, 50);
    expect(states(other)).toEqual(['running']);
    await fleet.do('budgets.edit', { id, action: 'pause' });
    expect(states(other, a.lead)).toEqual(['paused', 'paused']);
    await fleet.do('budgets.edit', { id, action: 'deny' });
    expect(states(other, a.lead)).toEqual(['running', 'running']);
    await fleet.do('budgets.edit', { id, action: 'stop' }, operator);
    expect(states(other)).toEqual(['stopping']);
  });
  it('one that is raised in the transaction in which it is reached does nothing', async () => {
    const id = await make({ scope: 'project', hardUsd: '0.50', action: 'stop' });
    await fleet.batch([
      { type: 'costs.report', input: { entries: [callOf(other, 'x', { costNanoUsd: 50n * cent })] }, actor: operator },
      { type: 'budgets.edit', input: { id, hardUsd: '5', reason: '' }, actor: operator },
    ]);
    expect(fleet.state.stops.size).toBe(0);
  });
});
