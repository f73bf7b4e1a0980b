import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Connection, isReeveError } from '../src/index.ts';
import { Reports } from '../src/reports.ts';
import { FakeServer, Refusal } from './fake-server.ts';

describe('reports', () => {
  let server: FakeServer;
  let reports: Reports;
  const ledger = new Map<string, unknown>();
  const call = { model: 'm', inputTokens: 10, outputTokens: 5 };

  beforeEach(async () => {
    ledger.clear();
    server = await new FakeServer({
      'costs.report': ({ events }) => {
        for (const e of events) {
          if (e.model === 'poison') throw new Refusal({ code: 'invalid_input', issues: [] });
        }
        for (const e of events) ledger.set(e.eventId, e);
        return { accepted: events.length, duplicates: 0, conflicts: [], budgets: [{ agentId: 'a', status: 'exceeded' }] };
      },
      'agents.log': ({ lines }) => ({ accepted: lines.length }),
      'agents.events': ({ events }) => ({ accepted: events.length, duplicates: 0 }),
    }).start();
    reports = new Reports(new Connection({ url: server.url, token: 't', retryForMs: 20_000 }), 'a');
  });
  afterEach(() => server.stop());

  it('counts each call once when replies are lost and the server restarts', async () => {
    for (let i = 0; i < 10; i++) reports.cost(call);
    server.loseReplies = 2;
    const flushed = reports.flush();
    await expect.poll(() => server.loseReplies).toBe(0);
    await server.stop();
    await server.start();
    for (let i = 0; i < 10; i++) reports.cost(call);
    await flushed;
    await reports.flush();
    expect(ledger.size).toBe(20);
    expect(server.of('costs.report').length).toBeGreaterThan(2);
    expect(reports.budgetExceeded).toBe(true);
  });

  it('sends at most a thousand at a time, in order', async () => {
    const ids = Array.from({ length: 2_500 }, () => reports.cost(call));
    await reports.flush();
    expect(server.of('costs.report').map((r) => r.events.length)).toEqual([1000, 1000, 500]);
    expect([...ledger.keys()]).toEqual(ids);
  });

  it('keeps what waits when the server stays away, for the next flush', async () => {
    server.away = true;
    reports.cost(call);
    await expect(reports.flush({ retryForMs: 0 })).rejects.toMatchObject({ code: 'unreachable' });
    expect(reports.unsent).toBe(1);
    server.away = false;
    await reports.flush();
    expect([ledger.size, reports.unsent]).toEqual([1, 0]);
  });

  it('lets one refused report fall without the others', async () => {
    const warnings: string[] = [];
    const listen = (w: Error) => warnings.push(w.message);
    process.on('warning', listen);
    for (let i = 0; i < 9; i++) reports.cost({ ...call, model: i === 4 ? 'poison' : 'm' });
    await reports.flush();
    expect([ledger.size, reports.unsent]).toEqual([8, 0]);
    await expect.poll(() => warnings).toEqual([expect.stringContaining('1 cost reports refused')]);
    process.off('warning', listen);
  });

  it('refuses at once what the server would refuse', () => {
    const report = () => reports.cost({ ...call, inputTokens: -1 });
    expect(report).toThrow(/inputTokens/);
    try {
      report();
    } catch (e) {
      expect(isReeveError(e, 'invalid_input')).toBe(true);
    }
    expect(reports.unsent).toBe(0);
  });

  it('cuts log lines to what the log takes', async () => {
    reports.log(`a\r\nb\0c\n${'x'.repeat(9_000)}`, 'stderr');
    reports.event('thought', { n: 1 });
    await reports.flush();
    expect(server.of('agents.log')[0]?.lines.map((l) => l.text.length)).toEqual([1, 2, 8192, 808]);
    expect(server.of('agents.events')[0]?.events).toMatchObject([{ type: 'thought', data: { n: 1 } }]);
  });
});
