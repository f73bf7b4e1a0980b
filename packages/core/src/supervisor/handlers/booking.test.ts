import { beforeEach, describe, expect, it } from 'vitest';
import { callOf, operator, system, TestFleet } from '../../../testing/index.ts';
import { auditOf } from '../../../testing/money.ts';
import type { Command } from '../commands.ts';

const cent = 10_000_000n;
let fleet: TestFleet;
let a: Record<'lead' | 'coder' | 'helper', string>;
beforeEach(async () => {
  fleet = new TestFleet();
  a = await fleet.tree<'lead' | 'coder' | 'helper'>({ lead: { coder: { helper: {} } } });
});
/** Past the schema: what a caller inside the server could still say. */
const raw = async (type: string, input: object) => (await fleet.batch([{ type, input, actor: operator } as unknown as Command]))[0];
const invalid = (path: string, message: string) => ({ ok: false, error: { code: 'invalid_input', issues: [{ path, message }] } });
/** The largest amount of one reservation, and what is left of the most that can be counted after nine of them. */
const [much, rest] = ['999999999', '223372045.854775807'];

describe('a reservation', () => {
  it('is a fact with its amount and its end', async () => {
    const reservationId = await fleet.reserve(a.helper, '0.10', { ttlMs: 5_000 });
    expect(reservationId).toMatch(/^rsv_/);
    expect(fleet.events('budget.reserved').map((e) => [e.subjectId, e.actor, e.data])).toEqual([
      [a.helper, 'person:Ann', { reservationId, nanoUsd: '100000000', expiresAtMs: fleet.clock.nowMs() + 5_000 }],
    ]);
  });
  it('of nothing, or of no amount, is none', async () => {
    for (const amountUsd of ['0', '-1', 'abc'])
      expect(await raw('costs.reserve', { agentId: a.helper, amountUsd, ttlMs: 1_000 })).toEqual(
        invalid('amountUsd', 'must be at least 0.000000001'),
      );
    expect(fleet.state.reservations.size).toBe(0);
  });
  it('goes as far as can be counted, and not by the least amount further; unknown money counts with it', async () => {
    for (let n = 0; n < 9; n++) await fleet.reserve(a.helper, much, { ttlMs: 1_000 });
    fleet.clock.pass(1_000);
    await fleet.sweepReservations();
    await fleet.beat(a.helper);
    await fleet.reserve(a.helper, rest);
    const more = invalid('amountUsd', `more would be reserved below ${a.lead} than can be counted`);
    expect(await fleet.ask('costs.reserve', { agentId: a.helper, amountUsd: '0.000000001' })).toEqual(more);
  });
  it('that nobody made is not given back', async () => {
    expect(await fleet.refused('costs.release', { id: 'rsv_x' })).toEqual({ code: 'not_found', kind: 'reservation', id: 'rsv_x' });
  });
  it('without a request id is another one each time', async () => {
    expect(await fleet.reserve(a.helper, '0.01')).not.toBe(await fleet.reserve(a.helper, '0.01'));
    expect([...fleet.state.requests.keys()].filter((k) => k.includes('reserve'))).toEqual([]);
  });
});

describe('a correction', () => {
  const fix = (over: object = {}) => ({ eventId: 'fix', agentId: a.helper, refersTo: '1', amountUsd: '0.01', reason: 'r', ...over });
  beforeEach(() => fleet.spend(callOf(a.helper, '1')));

  it('says why it is refused', async () => {
    expect(await fleet.refused('costs.adjust', fix(), fleet.as(a.lead))).toEqual({
      code: 'forbidden',
      rule: 'only an operator corrects costs',
    });
    expect(await fleet.refused('costs.adjust', fix({ agentId: 'agt_x' }))).toEqual({ code: 'not_found', kind: 'agent', id: 'agt_x' });
    await fleet.do('costs.adjust', fix());
    expect(await fleet.ask('costs.adjust', fix({ eventId: 'more', refersTo: 'fix' }))).toEqual(
      invalid('refersTo', 'is a correction itself, of 1: correct that one'),
    );
    expect(await raw('costs.adjust', fix({ eventId: 'none', amountUsd: '0' }))).toEqual(invalid('amountUsd', 'must not be 0'));
    expect(fleet.state.ledger.size).toBe(2);
  });
  it('is on time while its agent works', async () => {
    await fleet.do('costs.adjust', fix());
    expect([...fleet.state.ledger.values()].at(-1)?.late).toBe(false);
  });
  it.each([
    ['its agent has ended', () => fleet.do('agents.finish', { id: a.helper, outcome: 'completed' })],
    ['a stop stands above it', () => fleet.do('agents.stop', { id: a.coder })],
  ])('is late once %s', async (_, then) => {
    await then();
    await fleet.do('costs.adjust', fix());
    expect([...fleet.state.ledger.values()].at(-1)?.late).toBe(true);
  });
  it('is late under a stop of everything, also where that has not come to its agent yet', async () => {
    const few = new TestFleet({}, { stopAtOnceUpTo: 0 });
    const id = await few.agent('x');
    await few.spend(callOf(id, '1'));
    await few.do('project.stop', { reason: 'r' });
    expect(few.agentOf(id).stopId).toBeNull();
    await few.do('costs.adjust', fix({ agentId: id }));
    expect([...few.state.ledger.values()].at(-1)?.late).toBe(true);
  });
  it('is answered with the budgets that it touched', async () => {
    await fleet.do('budgets.set', { id: a.coder, budgetUsd: '0.01' });
    expect(await fleet.do('costs.adjust', fix())).toEqual({
      accepted: 1,
      duplicates: 0,
      conflicts: [],
      budgets: [{ agentId: a.coder, status: 'exceeded' }],
    });
  });
  it('that no sum could hold is refused, downwards too', async () => {
    for (const amountUsd of ['9223372036.85', '-9223372037'])
      expect(await raw('costs.adjust', fix({ amountUsd }))).toEqual(
        invalid('costUsd', `the sum of ${a.lead} would hold more USD than can be counted`),
      );
    expect(fleet.state.ledger.size).toBe(1);
  });
});

describe('what the audit of sums tells', () => {
  const wrong = { id: 'agt_1', field: 'ownNanoUsd', stored: '1', ledger: '2' };
  it('is a fact for each sum', async () => {
    const { id, ...data } = wrong;
    expect(await fleet.do('costs.mismatch', { found: [wrong, { ...wrong, id: 'agt_2' }] }, system)).toEqual({ told: 2 });
    expect(fleet.events('cost.mismatch').map((e) => [e.subjectId, e.actor, e.data])).toEqual([
      [id, 'system:test', data],
      ['agt_2', 'system:test', data],
    ]);
  });
  it('is nobody else’s to tell', async () => {
    expect(await fleet.refused('costs.mismatch', { found: [wrong] })).toEqual({
      code: 'forbidden',
      rule: 'only the audit tells of sums that are wrong',
    });
    expect(fleet.events('cost.mismatch')).toEqual([]);
  });
});

describe('a budget', () => {
  it('set for the first time, far above what is spent, tells nothing but itself', async () => {
    await fleet.spend(callOf(a.helper, '1'));
    expect(await fleet.do('budgets.set', { id: a.lead, budgetUsd: '1' })).toEqual({ agentId: a.lead });
    expect(fleet.events('budget.near')).toEqual([]);
  });
  it('is no word, and no agent’s to set', async () => {
    expect(await raw('budgets.set', { id: a.lead, budgetUsd: 'much', reason: '' })).toEqual(invalid('budgetUsd', 'is no amount'));
    expect(await fleet.refused('budgets.set', { id: a.lead, budgetUsd: '1' }, fleet.as(a.lead))).toEqual({
      code: 'forbidden',
      rule: 'only an operator sets budgets',
    });
  });
  it('is passed by the word of nobody: what counts costs says so', async () => {
    await fleet.do('budgets.set', { id: a.lead, budgetUsd: '0.01' });
    await fleet.spend(callOf(a.helper, '1'), callOf(a.helper, '2'));
    expect(fleet.events('budget.exceeded').map((e) => e.actor)).toEqual(['system:costs']);
  });
});

describe('entries', () => {
  it('that contradict an earlier one are told in the name of their agent', async () => {
    await fleet.spend(callOf(a.helper, '1'));
    await fleet.spend(callOf(a.helper, '1', { inputTokens: 7 }));
    expect(fleet.events('cost.conflict').map((e) => e.actor)).toEqual([`agent:${a.helper}`]);
  });
  it('of sixteen agents are sixteen facts; of one more a single one, late if any was', async () => {
    const many = [];
    for (let n = 0; n < 17; n++) many.push(await fleet.agent(`w${n}`, a.coder));
    await fleet.spend(...many.slice(0, 16).map((id) => callOf(id, '1')));
    expect(fleet.events('cost.recorded').map((e) => e.subjectId)).toEqual(many.slice(0, 16));
    await fleet.do('agents.finish', { id: many[0] as string, outcome: 'completed' });
    await fleet.spend(...many.map((id) => callOf(id, '2')));
    const [flood] = fleet.events('cost.recorded', a.lead);
    expect(flood?.data).toMatchObject({ entries: 17, late: true });
    await fleet.spend(...many.slice(1).map((id) => callOf(id, '3')), callOf(a.coder, '3'));
    expect(fleet.events('cost.recorded', a.lead)[1]?.data).toMatchObject({ entries: 17, late: false });
  });
  it.each([
    ['money', { costNanoUsd: 10n ** 18n }, 'costUsd', 'USD'],
    ['tokens read', { inputTokens: 1e15 }, 'inputTokens', 'tokens'],
    ['tokens written', { outputTokens: 1e15 }, 'inputTokens', 'tokens'],
  ])(
    'with more %s than can be counted are refused by the sum that is full, and leave the others as they were',
    async (_, over, path, what) => {
      for (let n = 0; n < 9; n++) await fleet.spend(callOf(a.helper, `${n}`, over));
      const full = invalid(path, `the sum of ${a.lead} would hold more ${what} than can be counted`);
      expect(await fleet.ask('costs.report', { entries: [callOf(a.helper, 'more', over)] })).toEqual(full);
      expect(fleet.state.ledger.size).toBe(9);
      await fleet.agent('elsewhere');
      expect(auditOf(fleet.state)).toEqual([]);
    },
  );
  it('are counted to the last nano-USD and token that a sum can hold', async () => {
    const most = 2n ** 63n - 1n;
    await fleet.spend(
      callOf(a.helper, '1', { costNanoUsd: most, inputTokens: Number.MAX_SAFE_INTEGER, outputTokens: Number.MAX_SAFE_INTEGER }),
    );
    expect(fleet.state.rollups.get(a.lead)).toMatchObject({ totalNanoUsd: most });
    const one = { costNanoUsd: 0n, inputTokens: 0, outputTokens: 0 };
    const huge = { costNanoUsd: -(10n ** 13n) };
    expect(
      await fleet.ask('costs.report', {
        entries: [callOf(a.helper, '2', { ...one, ...huge }), callOf(a.helper, '3', { ...one, costNanoUsd: 10n ** 13n })],
      }),
    ).toMatchObject({ ok: true });
    for (const over of [{ costNanoUsd: 1n }, { inputTokens: 1 }, { outputTokens: 1 }]) {
      // large enough to be looked at, and taken back in the same call
      const back = callOf(a.helper, 'back', { ...one, ...huge });
      const forth = callOf(a.helper, 'forth', { ...one, costNanoUsd: 10n ** 13n });
      expect(await fleet.ask('costs.report', { entries: [back, forth, callOf(a.helper, 'one', { ...one, ...over })] })).toMatchObject({
        ok: false,
        error: { code: 'invalid_input' },
      });
    }
  });
  it('of a moved agent count with what moved before, at the budget that it left', async () => {
    const up = await fleet.agent('up', a.lead, { budgetUsd: '999999999' });
    const child = await fleet.agent('child', up, { onParentExit: { completed: 'reparent' } });
    await fleet.do('agents.finish', { id: up, outcome: 'completed' });
    await fleet.sweepOrphans(child);
    const billion = { costNanoUsd: 10n ** 18n };
    for (let n = 0; n < 4; n++) await fleet.spend(callOf(child, `${n}`, billion));
    // the sum above is brought down, the one that the moved agent left keeps what moved
    await raw('costs.adjust', { eventId: 'fix', agentId: child, refersTo: '0', amountUsd: '-1', reason: 'r' });
    expect(fleet.useOf(up).movedNanoUsd).toBe(4n * 10n ** 18n - 1_000_000_000n);
    for (let n = 4; n < 9; n++) await fleet.spend(callOf(child, `${n}`, billion));
    expect(await fleet.ask('costs.report', { entries: [callOf(child, '9', billion)] })).toEqual(
      invalid('costUsd', `the sum of ${up} would hold more USD than can be counted`),
    );
    expect(fleet.useOf(up).movedNanoUsd).toBe(9n * 10n ** 18n - 1_000_000_000n);
  });
  it('of nobody’s money hold no budget at all', async () => {
    expect(await fleet.spend(callOf(a.helper, '1', { costNanoUsd: cent }))).toMatchObject({ budgets: [] });
  });
});
