import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Costs } from '../src/costs.ts';
import { Connection, type ReeveError } from '../src/index.ts';
import { Reports } from '../src/reports.ts';
import { FakeServer, Refusal } from './fake-server.ts';

describe('reservations of an agent', () => {
  let server: FakeServer;
  let costs: Costs;
  let reports: Reports;
  const refusals: ReeveError[] = [];
  const spent: string[] = [];
  const held = new Map<string, string>();
  const stop = new AbortController();

  beforeEach(async () => {
    held.clear();
    refusals.length = 0;
    spent.length = 0;
    server = await new FakeServer({
      'costs.reserve': ({ requestId = '', amountUsd }) => {
        if (Number(amountUsd) > 1) throw new Refusal({ code: 'budget_exceeded', agentId: 'lead', budgetUsd: '1.000000000' });
        if (!held.has(requestId)) held.set(requestId, `rsv_${held.size}`);
        return { reservationId: held.get(requestId) as string, expiresAt: '2026-01-01T00:05:00.000Z' };
      },
      'costs.release': ({ id }) => ({ reservationId: id, state: 'released' }),
      'costs.report': ({ events }) => ({ accepted: events.length, duplicates: 0, conflicts: [], budgets: [] }),
    }).start();
    const connection = new Connection({ url: server.url, token: 't', retryForMs: 20_000 });
    reports = new Reports(connection, 'a');
    costs = new Costs(
      connection,
      { id: 'a', signal: stop.signal },
      reports,
      (cost) => spent.push(cost.model),
      (e) => refusals.push(e),
    );
  });
  afterEach(() => server.stop());

  it('a lost reply reserves once; settling names the reservation in the report', async () => {
    server.loseReplies = 1;
    const reservation = await costs.reserve({ amountUsd: '0.5', ttlMs: 5_000 });
    expect([held.size, reservation.id]).toEqual([1, 'rsv_0']);
    expect(server.of('costs.reserve')).toMatchObject([{ agentId: 'a', amountUsd: '0.5', ttlMs: 5_000 }, { agentId: 'a' }]);
    const eventId = reservation.settle({ model: 'm', inputTokens: 1, outputTokens: 2 });
    await reports.flush();
    expect(spent).toEqual(['m']);
    expect(server.of('costs.report').flatMap((r) => r.events)).toMatchObject([{ eventId, agentId: 'a', reservationId: 'rsv_0' }]);
  });
  it('a call that was not made gives its reservation back', async () => {
    await (await costs.reserve({ amountUsd: '0.5' })).release();
    expect(server.of('costs.release')).toEqual([{ id: 'rsv_0' }]);
  });
  it('a denial rejects with the budget that has no room, and is told on', async () => {
    await expect(costs.reserve({ amountUsd: '2' })).rejects.toMatchObject({ code: 'budget_exceeded', failure: { agentId: 'lead' } });
    expect(refusals.map((e) => e.code)).toEqual(['budget_exceeded']);
  });
});
