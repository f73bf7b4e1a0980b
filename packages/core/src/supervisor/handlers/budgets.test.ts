import { beforeEach, describe, expect, it } from 'vitest';
import { callOf, commandOf, operator, TestFleet } from '../../../testing/index.ts';
import { auditOf } from '../../../testing/money.ts';

const cent = 10_000_000n;
const usd = (cents: number) => (cents / 100).toFixed(2);
const nano = (cents: number) => `${(cents / 100).toFixed(2)}0000000`;

let fleet: TestFleet;
let a: { lead: string; coder: string; helper: string };
/** lead may spend one dollar, coder 40 cents of it. */
beforeEach(async () => {
  fleet = new TestFleet();
  const lead = await fleet.agent('lead', null, { budgetUsd: '1.00' });
  const coder = await fleet.agent('coder', lead, { budgetUsd: '0.40' });
  a = { lead, coder, helper: await fleet.agent('helper', coder) };
});
const spend = (agentId: string, eventId: string, cents: number, more: Parameters<typeof callOf>[2] = {}) =>
  fleet.spend(callOf(agentId, eventId, { costNanoUsd: BigInt(cents) * cent, ...more }));
const denial = (agentId: string, cents: number) => fleet.refused('costs.reserve', { agentId, amountUsd: usd(cents) });

describe('reserving', () => {
  it('I-COST-5: holds the amount at every ancestor; the denial names the tightest, and where it stands', async () => {
    await spend(a.helper, '1', 10);
    await fleet.reserve(a.helper, '0.25');
    expect([a.lead, a.coder, a.helper].map((id) => fleet.useOf(id).reservedNanoUsd)).toEqual([25n * cent, 25n * cent, 25n * cent]);
    expect(await denial(a.helper, 6)).toEqual({
      code: 'budget_exceeded',
      budgetId: a.coder,
      scope: 'subtree',
      period: 'total',
      agentId: a.coder,
      budgetUsd: nano(40),
      spentUsd: nano(10),
      reservedUsd: nano(25),
      unknownUsd: nano(0),
      mayRaise: { role: 'operator', people: [] },
    });
    await fleet.reserve(a.helper, '0.05');
    expect((await denial(a.helper, 1)) as object).toMatchObject({ agentId: a.coder });
    // the parent has 60 cents left that the child may not touch
    await fleet.reserve(a.lead, '0.60');
    expect(await denial(a.lead, 1)).toMatchObject({ code: 'budget_exceeded', agentId: a.lead });
    expect(auditOf(fleet.state)).toEqual([]);
  });
  it('I-COST-5: what a denial names changes with who is tighter', async () => {
    await fleet.reserve(a.lead, '0.90');
    expect(await denial(a.helper, 11)).toMatchObject({ agentId: a.lead, reservedUsd: nano(90) });
  });
  it('the same request is answered with its reservation', async () => {
    const one = await fleet.reserve(a.helper, '0.30', { requestId: 'r' });
    expect(await fleet.reserve(a.helper, '0.30', { requestId: 'r' })).toBe(one);
    expect(fleet.useOf(a.lead).reservedNanoUsd).toBe(30n * cent);
    await fleet.reserve(a.coder, '0.10', { requestId: 'r' });
    expect(fleet.useOf(a.lead).reservedNanoUsd).toBe(40n * cent);
  });
  it('I-STOP-1: a fenced agent reserves nothing, an ended one neither, nor anybody for an agent outside its subtree', async () => {
    await fleet.do('agents.stop', { id: a.coder });
    expect((await denial(a.helper, 1)).code).toBe('fenced');
    const done = await fleet.agent('done', a.lead);
    await fleet.do('agents.finish', { id: done, outcome: 'completed' });
    expect((await denial(done, 1)).code).toBe('illegal_transition');
    expect((await fleet.refused('costs.reserve', { agentId: a.lead, amountUsd: '0.01' }, fleet.as(a.helper))).code).toBe('not_found');
    expect(fleet.state.reservations.size).toBe(0);
  });
  it('I-COST-5: of those that come in one batch the first get it, the rest are denied', async () => {
    const asked = Array.from({ length: 12 }, () => commandOf('costs.reserve', { agentId: a.helper, amountUsd: '0.07' }, operator));
    expect((await fleet.batch(asked)).map((r) => r.ok)).toEqual([...Array(5).fill(true), ...Array(7).fill(false)]);
    expect(fleet.useOf(a.coder).reservedNanoUsd).toBe(35n * cent);
  });
});

describe('settling', () => {
  it('I-COST-6: what an agent had reserved when a stop ended it is unknown in the same transaction, by its own word or by its process', async () => {
    const runner = await fleet.runner();
    const hosted = await fleet.launched('hosted', runner);
    const own = await fleet.reserve(a.helper, '0.10');
    const its = await fleet.reserve(hosted, '0.20');
    for (const id of [a.coder, hosted]) await fleet.do('agents.stop', { id });
    expect([own, its].map((id) => fleet.reservationOf(id).state)).toEqual(['open', 'open']);
    await fleet.do('agents.finish', { id: a.helper, outcome: 'stopped' }, fleet.as(a.helper));
    await fleet.exited(runner, hosted);
    expect([own, its].map((id) => fleet.reservationOf(id).state)).toEqual(['unknown', 'unknown']);
    expect(fleet.useOf(a.lead)).toMatchObject({ reservedNanoUsd: 0n, unknownNanoUsd: 10n * cent });
    expect(auditOf(fleet.state)).toEqual([]);
  });
  it('I-COST-5: a cost that names its reservation frees what is left of it', async () => {
    const reservationId = await fleet.reserve(a.helper, '0.30');
    await spend(a.helper, '1', 12, { reservationId });
    expect(fleet.reservationOf(reservationId)).toMatchObject({ state: 'settled', settledNanoUsd: 12n * cent });
    expect(fleet.useOf(a.lead)).toMatchObject({ reservedNanoUsd: 0n, unknownNanoUsd: 0n, overshootNanoUsd: 0n });
    await fleet.reserve(a.helper, '0.28');
    expect(fleet.events('budget.settled').map((e) => e.data.costNanoUsd)).toEqual([`${12n * cent}`]);
  });
  it('I-COST-5: an actual above its reservation is recorded as overshoot: a fact, and a sum at every ancestor', async () => {
    const reservationId = await fleet.reserve(a.helper, '0.30');
    await spend(a.helper, '1', 33, { reservationId });
    await spend(a.helper, '2', 4, { reservationId });
    expect(fleet.events('budget.overshot').map((e) => e.data.aboveNanoUsd)).toEqual([`${3n * cent}`, `${4n * cent}`]);
    for (const id of [a.lead, a.coder, a.helper]) expect(fleet.useOf(id).overshootNanoUsd).toBe(7n * cent);
    expect(auditOf(fleet.state)).toEqual([]);
  });
  it('I-COST-1: a retry of that cost settles nothing twice', async () => {
    const reservationId = await fleet.reserve(a.helper, '0.10');
    for (let n = 0; n < 3; n++) await spend(a.helper, '1', 10, { reservationId });
    expect(fleet.reservationOf(reservationId).settledNanoUsd).toBe(10n * cent);
    expect(fleet.events('budget.settled')).toHaveLength(1);
  });
  it('a cost is not refused for the reservation that it names: another agent’s is left out, and stays open', async () => {
    const reservationId = await fleet.reserve(a.coder, '0.10');
    expect(await spend(a.helper, '1', 5, { reservationId })).toMatchObject({ accepted: 1 });
    expect(await spend(a.helper, '2', 5, { reservationId: 'rsv_none' })).toMatchObject({ accepted: 1 });
    expect(fleet.reservationOf(reservationId).state).toBe('open');
    expect([...fleet.state.ledger.values()].map((e) => e.reservationId)).toEqual([null, null]);
  });
  it('what is given back is free again, once; a cost that comes all the same is overshoot', async () => {
    const reservationId = await fleet.reserve(a.helper, '0.40');
    expect((await fleet.refused('costs.release', { id: reservationId }, fleet.as(await fleet.agent('other')))).code).toBe('not_found');
    expect(await fleet.do('costs.release', { id: reservationId }, fleet.as(a.helper))).toMatchObject({ state: 'released' });
    await fleet.do('costs.release', { id: reservationId }, fleet.as(a.helper));
    expect(fleet.events('budget.released')).toHaveLength(1);
    expect(fleet.useOf(a.coder).reservedNanoUsd).toBe(0n);
    await spend(a.helper, '1', 2, { reservationId });
    expect(fleet.useOf(a.coder).overshootNanoUsd).toBe(2n * cent);
    expect(auditOf(fleet.state)).toEqual([]);
  });
  it('a settled one is not given back', async () => {
    const reservationId = await fleet.reserve(a.helper, '0.10');
    await spend(a.helper, '1', 5, { reservationId });
    expect((await fleet.refused('costs.release', { id: reservationId })).code).toBe('illegal_transition');
  });
});

describe('what never came back (I-COST-6)', () => {
  it('an unsettled reservation is unknown after its deadline, never zero: it stays counted, and a late cost settles it', async () => {
    const reservationId = await fleet.reserve(a.helper, '0.40', { ttlMs: 60_000 });
    fleet.clock.pass(59_999);
    expect(await fleet.do('costs.sweep', { reservationIds: [reservationId] })).toEqual({ unknown: 0 });
    fleet.clock.pass(1);
    expect(await fleet.sweepReservations()).toEqual({ unknown: 1 });
    expect(await fleet.do('costs.sweep', { reservationIds: [reservationId] })).toEqual({ unknown: 0 });
    expect(fleet.useOf(a.coder)).toMatchObject({ reservedNanoUsd: 0n, unknownNanoUsd: 40n * cent });
    expect(await denial(a.helper, 1)).toMatchObject({ agentId: a.coder, reservedUsd: nano(0), unknownUsd: nano(40) });
    await spend(a.helper, 'late', 15, { reservationId });
    expect(fleet.useOf(a.coder)).toMatchObject({ unknownNanoUsd: 0n, overshootNanoUsd: 0n });
    await fleet.reserve(a.helper, '0.25');
    expect(auditOf(fleet.state)).toEqual([]);
  });
  it('one whose agent ends is unknown at once, in the same transaction; under a stop it may still be settled', async () => {
    const [mine, stopped] = [await fleet.reserve(a.helper, '0.10'), await fleet.reserve(a.coder, '0.10')];
    await fleet.do('agents.finish', { id: a.helper, outcome: 'failed' });
    expect(fleet.reservationOf(mine).state).toBe('unknown');
    expect(fleet.events('budget.unknown').map((e) => e.data.why)).toEqual(['holder-ended']);
    await fleet.do('agents.stop', { id: a.coder });
    expect(fleet.reservationOf(stopped).state).toBe('open');
    await spend(a.coder, 'flushed', 3, { reservationId: stopped });
    expect(fleet.reservationOf(stopped).state).toBe('settled');
  });
  it('a process that ends leaves its reservation unknown too', async () => {
    const runnerId = await fleet.runner();
    const agentId = await fleet.launched('worker', runnerId);
    const reservationId = await fleet.reserve(agentId, '0.10');
    await fleet.exited(runnerId, agentId, { exitCode: null, signal: 'SIGKILL' });
    expect(fleet.reservationOf(reservationId).state).toBe('unknown');
  });
  it('a call without a known price leaves its reservation unknown until a correction tells the price', async () => {
    const reservationId = await fleet.reserve(a.helper, '0.20');
    await spend(a.helper, '1', 0, { reservationId, costNanoUsd: null, pricedBy: 'unpriced', priceVersion: null });
    expect(fleet.useOf(a.lead).unknownNanoUsd).toBe(20n * cent);
    await fleet.do('costs.adjust', { eventId: 'price', agentId: a.helper, refersTo: '1', amountUsd: '0.08', reason: 'the invoice' });
    expect(fleet.useOf(a.lead).unknownNanoUsd).toBe(0n);
    expect(fleet.state.rollups.get(a.lead)?.totalNanoUsd).toBe(8n * cent);
    expect(auditOf(fleet.state)).toEqual([]);
  });
  it('only an operator writes unknown money off', async () => {
    const reservationId = await fleet.reserve(a.helper, '0.40', { ttlMs: 1_000 });
    fleet.clock.pass(1_000);
    await fleet.sweepReservations();
    expect((await fleet.refused('costs.release', { id: reservationId }, fleet.as(a.helper))).code).toBe('illegal_transition');
    await fleet.do('costs.release', { id: reservationId });
    expect(fleet.useOf(a.coder).unknownNanoUsd).toBe(0n);
  });
});

describe('corrections (I-COST-4)', () => {
  const adjust = (eventId: string, amountUsd: string, refersTo = '1') => ({
    eventId,
    agentId: a.helper,
    refersTo,
    amountUsd,
    reason: 'billed otherwise',
  });
  it('are entries beside the one that they correct, at its frozen path; nothing is edited', async () => {
    await spend(a.helper, '1', 20, { model: 'model-b' });
    const before = { ...[...fleet.state.ledger.values()][0] };
    await fleet.do('costs.adjust', adjust('fix', '-0.15'));
    const [call, fix] = [...fleet.state.ledger.values()];
    expect(call).toEqual(before);
    expect(fix).toMatchObject({ costNanoUsd: -15n * cent, model: 'model-b', path: before.path, refersTo: '1', reason: 'billed otherwise' });
    expect(fleet.state.rollups.get(a.lead)?.totalNanoUsd).toBe(5n * cent);
    expect(fleet.events('cost.adjusted').map((e) => e.data)).toEqual([
      { eventId: 'fix', refersTo: '1', nanoUsd: `${-15n * cent}`, reason: 'billed otherwise' },
    ]);
    await fleet.reserve(a.helper, '0.35');
    expect(auditOf(fleet.state)).toEqual([]);
  });
  it('I-COST-1: told twice they count once; another amount under the same id is a conflict', async () => {
    await spend(a.helper, '1', 20);
    const told = [adjust('fix', '0.01'), adjust('fix', '0.01'), adjust('fix', '0.02')];
    const out = [];
    for (const t of told) out.push(await fleet.do('costs.adjust', t));
    expect(out.map((o) => [o.accepted, o.duplicates, o.conflicts])).toEqual([
      [1, 0, []],
      [0, 1, []],
      [0, 0, ['fix']],
    ]);
    expect(fleet.state.rollups.get(a.helper)?.ownNanoUsd).toBe(21n * cent);
  });
  it('need an operator, an entry, and one that is no correction', async () => {
    await spend(a.helper, '1', 20);
    expect((await fleet.refused('costs.adjust', adjust('fix', '1'), fleet.as(a.lead))).code).toBe('forbidden');
    expect(await fleet.refused('costs.adjust', adjust('fix', '1', 'none'))).toMatchObject({ code: 'not_found', kind: 'cost entry' });
    await fleet.do('costs.adjust', adjust('fix', '0.01'));
    expect((await fleet.refused('costs.adjust', adjust('more', '0.01', 'fix'))).code).toBe('invalid_input');
  });
});

describe('setting a budget', () => {
  it('takes effect at once, up and down, and is a fact with before and after', async () => {
    await fleet.reserve(a.helper, '0.40');
    await denial(a.helper, 1);
    await fleet.do('budgets.set', { id: a.coder, budgetUsd: '0.50', reason: 'more to do' });
    await fleet.reserve(a.helper, '0.10');
    await fleet.do('budgets.set', { id: a.coder, budgetUsd: '0.05' });
    expect(await denial(a.helper, 1)).toMatchObject({ agentId: a.coder, budgetUsd: nano(5), reservedUsd: nano(50) });
    await fleet.do('budgets.set', { id: a.coder, budgetUsd: '0.05' });
    expect(fleet.events('budget.set').map((e) => e.data)).toEqual([
      { beforeNanoUsd: `${40n * cent}`, afterNanoUsd: `${50n * cent}`, reason: 'more to do' },
      { beforeNanoUsd: `${50n * cent}`, afterNanoUsd: `${5n * cent}`, reason: '' },
    ]);
  });
  it('one that is set later meets what is reserved already; none takes it away', async () => {
    await fleet.do('budgets.set', { id: a.coder, budgetUsd: null });
    await fleet.reserve(a.helper, '0.50');
    await fleet.do('budgets.set', { id: a.helper, budgetUsd: '0.60' });
    expect(await denial(a.helper, 11)).toMatchObject({ agentId: a.helper, reservedUsd: nano(50) });
  });
  it('lowered below what is spent it is crossed, once', async () => {
    await spend(a.helper, '1', 30);
    await fleet.do('budgets.set', { id: a.lead, budgetUsd: '0.20' });
    await fleet.do('budgets.set', { id: a.lead, budgetUsd: '0.10' });
    await spend(a.helper, '2', 1);
    expect(fleet.events('budget.exceeded').map((e) => e.data)).toEqual([{ budgetUsd: nano(20), spentUsd: nano(30) }]);
  });
  it('is for operators', async () => {
    expect((await fleet.refused('budgets.set', { id: a.coder, budgetUsd: '9' }, fleet.as(a.lead))).code).toBe('forbidden');
    expect((await fleet.refused('budgets.set', { id: 'nobody', budgetUsd: '9' })).code).toBe('not_found');
  });
});

describe('spawning under a budget', () => {
  it('is refused once the budget of an ancestor is used up, by costs or by reservations', async () => {
    await fleet.reserve(a.helper, '0.40');
    expect(await fleet.refused('agents.register', { name: 'x', parentId: a.helper })).toMatchObject({
      code: 'budget_exceeded',
      agentId: a.coder,
    });
    await fleet.agent('elsewhere', a.lead);
    await spend(a.lead, '1', 60);
    expect(await fleet.refused('agents.register', { name: 'x', parentId: a.lead })).toMatchObject({
      code: 'budget_exceeded',
      agentId: a.lead,
    });
    await fleet.agent('a root is under nobody’s budget');
  });
  it('with a budget of its own that is more than what is left is refused; one that fits reserves nothing', async () => {
    await spend(a.helper, '1', 15);
    expect(await fleet.refused('agents.register', { name: 'x', parentId: a.coder, budgetUsd: '0.26' })).toMatchObject({
      code: 'budget_exceeded',
      agentId: a.coder,
      spentUsd: nano(15),
    });
    await fleet.agent('one', a.coder, { budgetUsd: '0.25' });
    await fleet.agent('two', a.coder, { budgetUsd: '0.25' });
    expect(fleet.useOf(a.coder).reservedNanoUsd).toBe(0n);
  });
  it('a retry of a spawn that was allowed is answered even when the budget is used up now', async () => {
    const { agentId } = await fleet.do('agents.register', { name: 'x', parentId: a.coder, requestId: 'r' });
    await spend(a.coder, '1', 40);
    expect((await fleet.do('agents.register', { name: 'x', parentId: a.coder, requestId: 'r' })).agentId).toBe(agentId);
  });
});

describe('reparenting escapes no budget (I-ORPH-6)', () => {
  async function moved(): Promise<{ mid: string; child: string; below: string }> {
    const mid = await fleet.agent('mid', a.lead, { budgetUsd: '0.30' });
    const child = await fleet.agent('child', mid, { onParentExit: { completed: 'reparent' } });
    const below = await fleet.agent('below', child);
    await spend(below, 'before', 5);
    await fleet.do('agents.finish', { id: mid, outcome: 'completed' });
    expect(await fleet.sweepOrphans(child)).toMatchObject({ reparented: 1 });
    return { mid, child, below };
  }
  it('new costs of what moved, and of what is spawned below it later, still count against the budget left behind', async () => {
    const { mid, child, below } = await moved();
    expect(fleet.agentOf(below).path).toEqual([a.lead, child, below]);
    const late = await fleet.agent('spawned later', below);
    await spend(below, 'after', 10);
    const { budgets } = await spend(late, 'after', 10);
    expect(budgets).toEqual([
      { agentId: a.lead, status: 'ok' },
      { agentId: mid, status: 'ok' },
    ]);
    expect(await denial(late, 6)).toMatchObject({ agentId: mid, spentUsd: nano(25), budgetUsd: nano(30) });
    await fleet.reserve(late, '0.05');
    expect(await denial(child, 1)).toMatchObject({ agentId: mid, reservedUsd: nano(5) });
    await spend(late, 'far above', 20);
    expect(fleet.events('budget.exceeded', mid)).toHaveLength(1);
  });
  it('I-COST-3: nothing is counted twice: the rollup of the one left behind stays, sums and roots agree', async () => {
    const { mid, below } = await moved();
    await spend(below, 'after', 10);
    expect(fleet.state.rollups.get(mid)?.totalNanoUsd).toBe(5n * cent);
    expect(fleet.useOf(mid).movedNanoUsd).toBe(10n * cent);
    expect(fleet.state.rollups.get(a.lead)?.totalNanoUsd).toBe(15n * cent);
    expect(auditOf(fleet.state)).toEqual([]);
  });
  it('a reservation made before the move is freed where it was taken', async () => {
    const mid = await fleet.agent('mid', a.lead, { budgetUsd: '0.30' });
    const child = await fleet.agent('child', mid, { onParentExit: { completed: 'reparent' } });
    const reservationId = await fleet.reserve(child, '0.20');
    await fleet.do('agents.finish', { id: mid, outcome: 'completed' });
    await fleet.sweepOrphans(child);
    await spend(child, '1', 20, { reservationId });
    expect([fleet.useOf(mid).reservedNanoUsd, fleet.useOf(mid).movedNanoUsd]).toEqual([0n, 20n * cent]);
    expect(auditOf(fleet.state)).toEqual([]);
  });
});

describe('sums that nobody can hold', () => {
  it('are refused as invalid input, the call whole, the others of the batch not', async () => {
    const billion = { costNanoUsd: 10n ** 18n };
    const many = Array.from({ length: 9 }, (_, n) => callOf(a.helper, `${n}`, billion));
    expect(await fleet.do('costs.report', { entries: many })).toMatchObject({ accepted: 9 });
    const results = await fleet.batch(
      [callOf(a.helper, 'too much', billion), callOf(a.helper, 'fine')].map((e) => commandOf('costs.report', { entries: [e] }, operator)),
    );
    expect(results.map((r) => (r.ok ? 'ok' : r.error.code))).toEqual(['invalid_input', 'ok']);
    expect(fleet.state.ledger.size).toBe(10);
  });
  it('tokens too: beyond what a number counts exactly', async () => {
    const many = Array.from({ length: 10 }, (_, n) => callOf(a.helper, `${n}`, { inputTokens: 1e15 }));
    expect((await fleet.refused('costs.report', { entries: many })).code).toBe('invalid_input');
  });
  it('reservations too', async () => {
    await fleet.do('budgets.set', { id: a.lead, budgetUsd: null });
    await fleet.do('budgets.set', { id: a.coder, budgetUsd: null });
    for (let n = 0; n < 9; n++) await fleet.reserve(a.helper, '999999999');
    expect((await fleet.refused('costs.reserve', { agentId: a.helper, amountUsd: '999999999' })).code).toBe('invalid_input');
  });
});
