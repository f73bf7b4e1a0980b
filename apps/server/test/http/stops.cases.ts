import { expect, it } from 'vitest';
import { until } from '../database/support.ts';
import type { Json, TestServer } from '../harness.ts';

export function stopsCases(on: () => TestServer): void {
  /** A root with three below it, stopped; each says that it ended, and two of them what they had not said before. */
  async function stopped(): Promise<{ root: Json; children: Json[]; stopId: string }> {
    const root = await on().agent({ name: 'root of a receipt' });
    const children: Json[] = [];
    for (let n = 0; n < 3; n++) children.push(await on().agent({ name: `child ${n}` }, root.token));
    await on().ok(on().post(`/agents/${root.agentId}/events`, { events: [event('before')] }, root.token));
    const { stopId } = await on().ok(on().post(`/agents/${root.agentId}/stop`, { reason: 'x', graceMs: 20_000 }));
    for (const a of [...children.slice(0, 2), root])
      await on().ok(on().post(`/agents/${a.agentId}/events`, { events: [event('one'), event('two')] }, a.token));
    for (const a of [...children, root]) await on().ok(on().post(`/agents/${a.agentId}/finish`, { outcome: 'stopped' }, a.token));
    await until(async () => (await on().ok(on().get(`/stops/${stopId}`))).state === 'done', 'the stop to be done');
    return { root, children, stopId };
  }
  const event = (eventId: string) => ({ eventId, type: 'note', at: new Date().toISOString(), data: {} });

  it('come in parts, leaves first, and as a whole; each line has its containment and what was flushed (I-STOP-9, I-STOP-10)', async () => {
    const { root, children, stopId } = await stopped();
    const whole = (await on().ok(on().get(`/stops/${stopId}`))).receipt as Json[];
    expect(whole.map((l) => l.agentId)).toEqual([...children.map((c) => c.agentId).sort(), root.agentId]);
    const parts: Json[] = [];
    let cursor: string | null = '';
    for (let n = 0; cursor !== null; n++) {
      const part: Json = await on().ok(on().get(`/stops/${stopId}/receipt?limit=2${cursor && `&cursor=${encodeURIComponent(cursor)}`}`));
      parts.push(...part.items);
      cursor = part.nextCursor;
      expect(n).toBeLessThan(2);
    }
    expect(parts).toEqual(whole);
    const flushed = Object.fromEntries(whole.map((l) => [l.name, l.eventsFlushed]));
    expect(flushed).toEqual({ 'child 0': 2, 'child 1': 2, 'child 2': 0, 'root of a receipt': 2 });
    expect(whole.every((l) => l.containment === null)).toBe(true);
  });
  it('are counted by wave, and no frame carries their lines', async () => {
    const { stopId } = await stopped();
    const { stops } = await on().ok(on().get('/snapshot'));
    const seen = stops.find((s: Json) => s.id === stopId);
    expect(seen).toMatchObject({
      name: 'root of a receipt',
      enlisting: false,
      waves: [
        { wave: 0, members: 3, asked: 0, ended: 3, unconfirmed: 0 },
        { wave: 1, members: 1, asked: 0, ended: 1, unconfirmed: 0 },
      ],
    });
    expect(seen).not.toHaveProperty('receipt');
  });
  it('are seen by whoever sees the root, and by nobody else', async () => {
    const { root, stopId } = await stopped();
    const other = await on().agent({ name: 'other' });
    expect((await on().get(`/stops/${stopId}/receipt`, root.token)).status).toBe(200);
    expect((await on().get(`/stops/${stopId}/receipt`, other.token)).status).toBe(404);
    expect((await on().get('/stops/stp_none/receipt')).status).toBe(404);
    for (const wrong of ['cursor=x', 'cursor=-1:a', 'limit=0', 'limit=1001'])
      expect((await on().get(`/stops/${stopId}/receipt?${wrong}`)).body.error, wrong).toMatchObject({ code: 'invalid_input' });
  });
}
