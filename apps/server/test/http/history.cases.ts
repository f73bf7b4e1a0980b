import { expect, it } from 'vitest';
import type { Json, TestServer } from '../harness.ts';

/** At the end of a file: the log by then is that of every case before it. */
export function historyCases(on: () => TestServer): void {
  it('GET /history: the tree, costs and tasks as they were at an event; /compare says what differs, /bundle has all of it', async () => {
    const lead = await on().agent({ name: 'past-lead' });
    const [{ seq: before }] = await on().sql('select seq from project');
    const { agentId } = await on().ok(on().post('/agents', { name: 'past-coder' }, lead.token));
    const { id: taskId } = await on().ok(on().post('/tasks', { title: 'dig in the past' }));
    await on().ok(on().post(`/agents/${agentId}/stop`, { mode: 'force', graceMs: 0, reason: 'enough' }));
    const [{ seq: after }] = await on().sql('select seq from project');
    const at = (seq: unknown): Promise<Json> => on().ok(on().get(`/history?seq=${seq}`));
    const named = (h: Json, name: string) => h.agents.find((a: Json) => a[2] === name);
    const [early, late] = [await at(before), await at(after)];
    expect([early.seq, named(early, 'past-coder'), named(early, 'past-lead')?.[6]]).toEqual([Number(before), undefined, 'running']);
    expect(named(late, 'past-coder').slice(0, 7)).toEqual([
      agentId,
      lead.agentId,
      'past-coder',
      'agent',
      null,
      null,
      expect.stringMatching(/^stopp|^kill/),
    ]);
    expect(late.tasks.find((t: Json) => t.id === taskId)).toMatchObject({ title: 'dig in the past', state: 'ready' });
    const differs = await on().ok(on().get(`/history/compare?from=${before}&to=${after}`));
    expect(differs.agents).toContainEqual(expect.objectContaining({ name: 'past-coder', from: null }));
    expect(differs.tasks).toContainEqual({ id: taskId, title: 'dig in the past', from: null, to: 'ready' });
    const bundle = await on().ok(on().get(`/history/bundle?from=${before}&to=${after}`));
    expect(bundle).toMatchObject({
      before: { seq: Number(before) },
      after: { seq: Number(after) },
      difference: differs,
      eventsTruncated: false,
    });
    expect(bundle.events.map((e: Json) => e.seq)).toEqual(Array.from({ length: after - before }, (_, i) => Number(before) + 1 + i));
  });
  it('refuses what is no point of the log, and whoever may not see the whole project', async () => {
    const agent = await on().agent();
    expect((await on().get('/history?seq=0')).status).toBe(400);
    expect((await on().get('/history/compare?from=9&to=3')).status).toBe(400);
    expect((await on().get('/history?seq=999999999')).status).toBe(404);
    for (const path of ['/history', '/history/check', '/history/bundle?from=1&to=2'])
      expect([path, (await on().get(path, agent.token)).status]).toEqual([path, 403]);
  });
  it('the whole log, replayed, is what stands in the records', async () => {
    // cases that put rows in past the server give them ids which it never makes
    const byServer = (lines: string[]) => lines.filter((l) => /^[a-z]{3}_[0-9a-f]{32}:/.test(l));
    const { seq, contradictions } = await on().ok(on().get('/history/check'));
    expect(seq).toBeGreaterThan(10);
    expect(byServer(contradictions)).toEqual([]);
    // and it would tell
    const { agentId } = await on().agent();
    await on().sql('update agent set epoch = epoch + 1 where id = $1', [agentId]);
    expect(byServer((await on().ok(on().get('/history/check'))).contradictions)).toEqual([expect.stringContaining(agentId)]);
    await on().sql('update agent set epoch = epoch - 1 where id = $1', [agentId]);
  });
}
