import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { callOf, TestFleet } from '../../../testing/index.ts';
import { auditOf } from '../../../testing/money.ts';
import { runsOf } from '../../../testing/runs.ts';
import { emptyHistory, replay } from '../../replay/history.ts';
import type { PricedCostEntry, ToldRates } from '../commands.ts';

let fleet: TestFleet;
let agent: string;
beforeEach(async () => {
  fleet = new TestFleet();
  agent = await fleet.agent('a', await fleet.agent('lead'));
});
const rates = (inputPico: number, outputPico: number, more: Partial<ToldRates> = {}): ToldRates => ({
  inputPico: String(inputPico),
  outputPico: String(outputPico),
  cachedInputPico: null,
  cacheWritePico: null,
  reasoningPico: null,
  ...more,
});
const set = (told: ToldRates | null, more: { provider?: string; validFromMs?: number; model?: string } = {}) =>
  fleet.do('prices.set', { model: 'm', provider: null, rates: told, validFromMs: 0, reason: 'contract', ...more });
const reprice = (more: object = {}) =>
  fleet.do('prices.reprice', {
    model: 'm',
    provider: null,
    fromMs: null,
    toMs: null,
    unpricedOnly: false,
    after: null,
    limit: 500,
    dryRun: false,
    ...more,
  });
const call = (eventId: string, more: Partial<PricedCostEntry> = {}) =>
  callOf(agent, eventId, { model: 'm', inputTokens: 1_000, outputTokens: 100, costNanoUsd: 5_000n, ...more });
const unpriced = { costNanoUsd: null, pricedBy: 'unpriced' } as const;
const entry = (eventId: string) => [...fleet.state.ledger.values()].find((e) => e.eventId === eventId);
const total = () => fleet.state.rollups.get(agent)?.ownNanoUsd ?? 0n;

describe('a price of the project’s own', () => {
  it('holds for calls that are told from then on, by the time of the call, and its version is kept with each', async () => {
    expect(await set(rates(2_000, 10_000), { validFromMs: 100 })).toEqual({ version: 1 });
    await fleet.spend(call('before', { atMs: 99 }), call('then', { atMs: 100 }), call('unknown', { ...unpriced, atMs: 100 }));
    await fleet.spend(call('told', { atMs: 100, costNanoUsd: 7n, pricedBy: 'reported' }), callOf(agent, 'other', { atMs: 100 }));
    expect(entry('before')).toMatchObject({ costNanoUsd: 5_000n, priceVersion: 'test@1' });
    // 1,000 × 2,000 + 100 × 10,000 pico-USD
    expect(entry('then')).toMatchObject({ costNanoUsd: 3_000n, pricedBy: 'table', priceVersion: 'project@1' });
    expect(entry('unknown')).toMatchObject({ costNanoUsd: 3_000n, pricedBy: 'table' });
    expect(entry('told')).toMatchObject({ costNanoUsd: 7n, pricedBy: 'reported' });
    expect(entry('other')?.costNanoUsd).toBe(10_000_000n);
  });
  it('of one provider comes before one for all; parts have rates of their own; null is the list price again', async () => {
    await set(rates(2_000, 10_000));
    await set(rates(1_000, 1_000, { cachedInputPico: '100', cacheWritePico: '4000', reasoningPico: '9000' }), { provider: 'own' });
    const parts = { cachedInputTokens: 500, cacheWriteTokens: 100, reasoningTokens: 50 };
    await fleet.spend(call('all', { provider: 'x' }), call('own', { provider: 'own', ...parts }));
    expect(entry('all')?.costNanoUsd).toBe(3_000n);
    // 400 × 1,000 + 500 × 100 + 100 × 4,000 + 50 × 1,000 + 50 × 9,000
    expect(entry('own')?.costNanoUsd).toBe(1_350n);
    expect(await set(null, { provider: 'own' })).toEqual({ version: 3 });
    await fleet.spend(call('list', { provider: 'own' }));
    expect(entry('list')).toMatchObject({ costNanoUsd: 5_000n, priceVersion: 'test@1' });
  });
  it('is an operator’s decision, told and audited with what was before', async () => {
    const input = { model: 'm', provider: null, rates: rates(1, 1), validFromMs: 0, reason: '' };
    expect((await fleet.refused('prices.set', input, fleet.as(agent))).code).toBe('forbidden');
    await set(rates(1, 1));
    await set(rates(2, 2));
    expect(fleet.events('project.price-set').map((e) => e.data.version)).toEqual([1, 2]);
    const last = fleet.state.audit.at(-1);
    expect(last).toMatchObject({ action: 'prices.set', subjectKind: 'price', subjectId: 'm', reason: 'contract' });
    expect([last?.before, last?.after]).toMatchObject([{ version: 1 }, { version: 2 }]);
  });
});

describe('pricing entries anew', () => {
  it('I-COST-4: adds what is missing beside each, by its own usage; twice it adds nothing', async () => {
    await fleet.spend(call('1', unpriced), call('2', { ...unpriced, inputTokens: 1 }), call('3'), call('4', { pricedBy: 'reported' }));
    await set(rates(2_000, 10_000));
    expect(await reprice({ unpricedOnly: true, dryRun: true })).toEqual({ entries: 2, looked: 2, deltaUsd: '0.000004002', next: null });
    expect(fleet.state.ledger.size).toBe(4);
    expect(await reprice({ unpricedOnly: true })).toMatchObject({ entries: 2, deltaUsd: '0.000004002' });
    expect(entry('reprice@1:2')).toMatchObject({
      costNanoUsd: 1_002n,
      pricedBy: 'adjustment',
      priceVersion: 'project@1',
      refersTo: '2',
      inputTokens: 0,
      path: entry('2')?.path,
    });
    expect(entry('2')).toMatchObject({ costNanoUsd: null, inputTokens: 1 });
    expect(await reprice({ unpricedOnly: true })).toMatchObject({ entries: 0, looked: 2 });
    // those with a list price too; what an agent reported is a bill
    expect(await reprice()).toMatchObject({ entries: 1, looked: 3, deltaUsd: '-0.000002000' });
    expect(total()).toBe(3_000n + 1_002n + 3_000n + 5_000n);
    expect(auditOf(fleet.state)).toEqual([]);
  });
  it('a later version adds the difference to the one before, and none takes it back; corrections by hand stay', async () => {
    await fleet.spend(call('1', unpriced));
    await set(rates(2_000, 10_000));
    await reprice();
    await fleet.do('costs.adjust', { eventId: 'fix', agentId: agent, refersTo: '1', amountUsd: '-0.0000005', reason: 'credited' });
    await set(rates(4_000, 20_000));
    expect(await reprice()).toMatchObject({ entries: 1, deltaUsd: '0.000003000' });
    expect(total()).toBe(6_000n - 500n);
    await set(null);
    expect(await reprice()).toMatchObject({ entries: 1, deltaUsd: '-0.000006000' });
    expect(total()).toBe(-500n);
  });
  it('I-COST-8: a call that has a price now is no longer without one, wherever sums are kept; without the price it is again', async () => {
    const lead = () => fleet.agentOf(agent).path[0] as string;
    const without = () => [fleet.state.rollups.get(agent)?.ownUnpriced, fleet.state.rollups.get(lead())?.totalUnpriced];
    const replayed = () => replay(emptyHistory(), fleet.state.events).agents.get(agent)?.unpriced;
    await fleet.spend(call('1', unpriced), call('2', unpriced), call('3'));
    expect([without(), replayed()]).toEqual([[2, 2], 2]);
    await set(rates(2_000, 10_000));
    await reprice({ limit: 1 });
    expect([without(), replayed()]).toEqual([[1, 1], 1]);
    await reprice();
    await reprice();
    expect([without(), replayed()]).toEqual([[0, 0], 0]);
    // another price changes nothing of it, and a correction by hand neither
    await set(rates(4_000, 20_000));
    await reprice();
    await fleet.do('costs.adjust', { eventId: 'fix', agentId: agent, refersTo: '1', amountUsd: '-0.0000005', reason: 'credited' });
    expect([without(), replayed()]).toEqual([[0, 0], 0]);
    await set(null);
    await reprice();
    await reprice();
    expect([without(), replayed()]).toEqual([[2, 2], 2]);
    expect(auditOf(fleet.state)).toEqual([]);
  });
  it('I-COST-8: what costs nothing has a price, too', async () => {
    await fleet.spend(call('free', unpriced));
    await set(rates(0, 0));
    expect(await reprice()).toMatchObject({ entries: 1, deltaUsd: '0.000000000' });
    expect(await reprice()).toMatchObject({ entries: 0 });
    expect([total(), fleet.state.rollups.get(agent)?.ownUnpriced]).toEqual([0n, 0]);
  });
  it('goes page by page, in a time, by whom it is allowed; a rehearsal can try a price', async () => {
    for (let n = 0; n < 5; n++) await fleet.spend(call(`e${n}`, { ...unpriced, atMs: n }));
    const tried = { rates: rates(2_000, 10_000), validFromMs: 0 };
    expect(await reprice({ dryRun: true, tried })).toMatchObject({ entries: 5, deltaUsd: '0.000015000' });
    await set(rates(2_000, 10_000));
    const { next } = await reprice({ limit: 2 });
    expect(total()).toBe(6_000n);
    expect(await reprice({ after: next, fromMs: 3, toMs: 4 })).toMatchObject({ entries: 1, next: null });
    expect(entry('reprice@1:e3')?.atMs).toBe(3);
    const input = { model: 'm', provider: null, fromMs: null, toMs: null, unpricedOnly: false, after: null, limit: 9, dryRun: false };
    expect((await fleet.refused('prices.reprice', input, fleet.as(agent))).code).toBe('forbidden');
  });
  it('I-COST-6: what a call without a price left unknown is settled by its price', async () => {
    const reservationId = await fleet.reserve(agent, '0.10');
    await fleet.spend(call('1', { ...unpriced, reservationId }));
    expect(fleet.useOf(agent).unknownNanoUsd).toBe(100_000_000n);
    await set(rates(2_000, 10_000));
    await reprice();
    expect(fleet.useOf(agent)).toMatchObject({ unknownNanoUsd: 0n, overshootNanoUsd: 0n });
    expect(fleet.reservationOf(reservationId)).toMatchObject({ state: 'settled', settledNanoUsd: 3_000n });
  });
  it('I-COST-2, I-COST-4: whatever prices follow each other, the sum is that of the last price, to the nano-USD', async () => {
    const usage = fc.record({ inputTokens: fc.nat(5_000_000), outputTokens: fc.nat(100_000), known: fc.boolean() });
    const price = fc.record({ input: fc.nat(9_999_999), output: fc.nat(99_999_999), twice: fc.boolean() });
    const run = async (
      calls: { inputTokens: number; outputTokens: number; known: boolean }[],
      prices: { input: number; output: number; twice: boolean }[],
    ) => {
      fleet = new TestFleet();
      agent = await fleet.agent('a');
      await fleet.spend(...calls.map(({ known, ...c }, n) => call(`e${n}`, { ...c, ...(known ? { costNanoUsd: 12_345n } : unpriced) })));
      for (const p of prices) {
        await set(rates(p.input, p.output));
        await reprice();
        if (p.twice) expect(await reprice()).toMatchObject({ entries: 0 });
        // by hand: pico-USD, rounded half up once a call
        const sum = calls.reduce(
          (n, c) => n + (BigInt(c.inputTokens) * BigInt(p.input) + BigInt(c.outputTokens) * BigInt(p.output) + 500n) / 1000n,
          0n,
        );
        expect(total()).toBe(sum);
      }
      expect(auditOf(fleet.state)).toEqual([]);
    };
    const some = <T>(of: fc.Arbitrary<T>) => fc.array(of, { minLength: 1, maxLength: 5 });
    await fc.assert(fc.asyncProperty(some(usage), some(price), run), { numRuns: runsOf('property', 100) });
  });
  it('a call whose id was taken by its agent beforehand is left out, and shown as a conflict', async () => {
    await fleet.spend(call('1', unpriced), call('reprice@1:1', { costNanoUsd: 1n, pricedBy: 'reported' }));
    await set(rates(2_000, 10_000));
    expect(await reprice()).toMatchObject({ entries: 0, deltaUsd: '0.000000000' });
    expect(fleet.state.conflicts).toHaveLength(1);
  });
});
