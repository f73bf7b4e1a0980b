import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { pack, unpack } from '../../src/store/checkpoint-chunks.ts';
import type { Json, TestServer } from '../harness.ts';

export function checkpointsCases(on: () => TestServer): void {
  const save = (id: string, body: object, token?: string) =>
    on().post(`/agents/${id}/checkpoints`, { sequence: 1, state: { n: 1 }, trigger: 'tools', ...body }, token);

  it('I-CKPT-1: a checkpoint is saved, listed without and read with its state, under the digest of its stored text', async () => {
    const { agentId, token } = await on().agent();
    const state = { b: [1, 'ü🦉'], a: { deep: null } };
    const saved = await save(agentId, { state, messages: [{ role: 'user' }], context: { cwd: '/' }, eventSequence: 3 }, token);
    expect(saved.status).toBe(201);
    const { checkpointId, digest } = saved.body;
    const body = JSON.stringify({ context: { cwd: '/' }, messages: [{ role: 'user' }], state: { a: { deep: null }, b: state.b } });
    expect(createHash('sha256').update(body).digest('hex')).toBe(digest);
    const [row] = await on().sql('select packed from checkpoint where id = $1', [checkpointId]);
    expect(unpack(row.packed)?.toString()).toBe(body);
    const list = await on().ok(on().get(`/agents/${agentId}/checkpoints`, token));
    const line = { id: checkpointId, agentId, epoch: 1, sequence: 1, digest, trigger: 'tools', eventSequence: 3 };
    expect(list).toEqual({ items: [{ ...line, sizeBytes: Buffer.byteLength(body), createdAt: expect.any(String) }], nextCursor: null });
    expect(await on().ok(on().get(`/checkpoints/${checkpointId}`, token))).toMatchObject({
      ...line,
      state,
      messages: [{ role: 'user' }],
      context: { cwd: '/' },
    });
    // told again it is the same one
    expect((await save(agentId, { state, messages: [{ role: 'user' }], context: { cwd: '/' }, eventSequence: 3 }, token)).body).toEqual(
      saved.body,
    );
  });

  it('refuses what is no checkpoint, and what is too large', async () => {
    const { agentId, token } = await on().agent();
    for (const bad of [
      { sequence: 0 },
      { sequence: 1.5 },
      { sequence: '1' },
      { state: undefined },
      { trigger: '' },
      { messages: 'no list' },
      { eventSequence: -1 },
      { epoch: 0 },
    ])
      expect([bad, (await save(agentId, bad, token)).status]).toEqual([bad, 400]);
    const large = await save(agentId, { state: 'x'.repeat(4_000_000) }, token);
    expect([large.status, large.body.error.code, large.body.error.limitBytes]).toEqual([413, 'too_large', 4_000_000]);
    expect((await save(agentId, { state: 'x'.repeat(5_000_000) }, token)).status).toBe(413);
    expect((await save(agentId, { state: 'x'.repeat(3_900_000) }, token)).status).toBe(201);
    expect((await save('agt_none', {}, token)).status).toBe(404);
    expect((await on().post('/checkpoints/ckp_none/restore', {}, token)).status).toBe(404);
    expect((await on().get('/checkpoints/ckp_none', token)).status).toBe(404);
  });

  it('I-CKPT-7, I-CKPT-2: a restore fences the old epoch before the new one begins; the zombie gets 401, its late save is visible', async () => {
    const { agentId, token } = await on().agent();
    const events = [2, 1, 3].map((n) => ({ eventId: `e${n}`, type: 'worked', sequence: n, data: { n } }));
    await on().ok(on().post(`/agents/${agentId}/events`, { events }, token));
    await on().ok(on().post(`/agents/${agentId}/effects/begin`, { key: 'mail', description: 'to Ann', attemptId: 'x' }, token));
    const { checkpointId } = await on().ok(save(agentId, { sequence: 5, eventSequence: 1, state: 'five' }, token));
    const restored = await on().ok(on().post(`/checkpoints/${checkpointId}/restore`, { mode: 'restore' }));
    expect(restored).toMatchObject({
      agentId,
      epoch: 2,
      state: 'five',
      messages: null,
      context: null,
      inDoubt: [{ key: 'mail', description: 'to Ann', epoch: 1 }],
      eventsAfterTruncated: false,
    });
    expect(restored.eventsAfter.map((e: Json) => [e.eventId, e.sequence, e.data])).toEqual([
      ['e2', 2, { n: 2 }],
      ['e3', 3, { n: 3 }],
    ]);
    expect(restored.token).not.toBe(token);
    expect((await on().post(`/agents/${agentId}/heartbeat`, {}, token)).status).toBe(401);
    expect((await save(agentId, { sequence: 9 }, token)).status).toBe(401);
    const late = await save(agentId, { sequence: 9, epoch: 1 });
    expect([late.status, late.body.error]).toMatchObject([409, { code: 'version_conflict', expected: 1, actual: 2 }]);
    const log = await on().ok(on().get(`/events?subjectId=${agentId}&type=checkpoint.discarded`));
    expect(log.items).toMatchObject([{ data: { epoch: 1, sequence: 9, currentEpoch: 2 } }]);
    expect((await on().ok(on().post(`/agents/${agentId}/heartbeat`, { epoch: 2 }, restored.token))).directive).toBe('run');
    expect((await save(agentId, { sequence: 1 }, restored.token)).status).toBe(201);
    const doubt = await on().ok(on().post(`/agents/${agentId}/effects/begin`, { key: 'mail', attemptId: 'y' }, restored.token));
    expect(doubt.status).toBe('in-doubt');
    await on().ok(on().post(`/agents/${agentId}/effects/acknowledge`, { key: 'mail', result: { id: 7 } }, restored.token));
    expect(await on().ok(on().post(`/agents/${agentId}/effects/begin`, { key: 'mail', attemptId: 'z' }, restored.token))).toEqual({
      status: 'acknowledged',
      result: { id: 7 },
      attempts: 1,
    });
  });

  it('I-STOP-8: what was stopped is not restored, but may be forked outside of the fence', async () => {
    const root = await on().agent();
    const child = await on().agent({ parentId: root.agentId }, root.token);
    const { checkpointId } = await on().ok(save(child.agentId, {}, child.token));
    await on().ok(on().post(`/agents/${root.agentId}/stop`, { mode: 'graceful', graceMs: 1_000 }));
    const refused = await on().post(`/checkpoints/${checkpointId}/restore`, { mode: 'restore' });
    expect([refused.status, refused.body.error.code]).toEqual([409, 'fenced']);
    expect((await on().post(`/checkpoints/${checkpointId}/restore`, { mode: 'fork' })).body.error.code).toBe('fenced');
    const fork = await on().ok(on().post(`/checkpoints/${checkpointId}/restore`, { mode: 'fork', parentId: null, name: 'again' }));
    expect(await on().ok(on().get(`/agents/${fork.agentId}`, fork.token))).toMatchObject({
      name: 'again',
      parentId: null,
      state: 'starting',
    });
  });

  it('I-CKPT-1: a stored text that has changed is refused', async () => {
    const { agentId } = await on().agent();
    const { checkpointId } = await on().ok(save(agentId, {}));
    const other = pack(Buffer.from('{"context":null,"messages":null,"state":{"n":2}}'));
    await on().sql(`update checkpoint set packed = $2 where id = $1`, [checkpointId, other]);
    for (const refused of [await on().post(`/checkpoints/${checkpointId}/restore`), await on().get(`/checkpoints/${checkpointId}`)])
      expect([refused.status, refused.body.error.code]).toEqual([422, 'corrupt']);
  });

  it('I-CKPT-1: a large one is stored as chunks, each read against its digest; one from before chunks is read as it is', async () => {
    const { agentId, token } = await on().agent();
    const messages = Array.from({ length: 400 }, (_, i) => ({
      role: 'user',
      content: `${i} ${createHash('md5').update(String(i)).digest('hex')} `.repeat(9),
    }));
    const chunks = async () =>
      (await on().sql('select digest, packed, links from checkpoint_chunk where agent_id = $1', [agentId])) as Json[];
    const read = (id: string) => on().get(`/checkpoints/${id}`, token);
    const one = await on().ok(save(agentId, { messages: messages.slice(0, 399) }, token));
    const before = (await chunks()).length;
    const two = await on().ok(save(agentId, { sequence: 2, messages }, token));
    expect(before).toBeGreaterThan(8);
    expect((await chunks()).length - before).toBeLessThan(7);
    expect((await read(one.checkpointId)).body.messages).toEqual(messages.slice(0, 399));
    expect((await read(two.checkpointId)).body.messages).toEqual(messages);
    const text = JSON.stringify({ context: null, messages: messages.map(({ role, content }) => ({ content, role })), state: { n: 1 } });
    expect(createHash('sha256').update(text).digest('hex')).toBe(two.digest);
    // as it stood before bodies were packed
    await on().sql('update checkpoint set body = $2, links = null where id = $1', [two.checkpointId, text]);
    expect((await read(two.checkpointId)).body.messages).toEqual(messages);
    expect((await on().post(`/checkpoints/${two.checkpointId}/preview`)).status).toBe(200);
    const [some] = (await chunks()).filter((c) => c.packed);
    await on().sql('update checkpoint_chunk set packed = $3 where agent_id = $1 and digest = $2', [
      agentId,
      some?.digest,
      pack(Buffer.from('?')),
    ]);
    expect([(await read(one.checkpointId)).status, (await on().post(`/checkpoints/${one.checkpointId}/restore`)).status]).toEqual([
      422, 422,
    ]);
    await on().sql('delete from checkpoint_chunk where agent_id = $1 and digest = $2', [agentId, some?.digest]);
    expect((await read(one.checkpointId)).body.error.code).toBe('corrupt');
  });

  it('how many are kept, and for how long, is a setting of the project; chunks go with the last that has them', async () => {
    const { agentId, token } = await on().agent();
    expect((await on().ok(on().get('/project'))).checkpoints).toEqual({ keep: 10, keepForMs: 0 });
    for (const bad of [{ keep: 0 }, { keep: 1_001 }, { keepForMs: -1 }, { keepFor: 1 }])
      expect([bad, (await on().call('PATCH', '/project', { checkpoints: bad })).status]).toEqual([bad, 400]);
    expect((await on().ok(on().call('PATCH', '/project', { checkpoints: { keep: 2 } }))).checkpoints).toEqual({ keep: 2, keepForMs: 0 });
    const kept = async () => (await on().ok(on().get(`/agents/${agentId}/checkpoints`, token))).items.map((c: Json) => c.sequence);
    for (let sequence = 1; sequence <= 20; sequence++)
      await on().ok(save(agentId, { sequence, state: createHash('md5').update(String(sequence)).digest('hex').repeat(2_000) }, token));
    expect(await kept()).toEqual([20, 19]);
    const [{ n }] = (await on().sql('select count(*)::int as n from checkpoint_chunk where agent_id = $1', [agentId])) as [{ n: number }];
    const [{ all }] = (await on().sql('select sum(length(links) / 32)::int as all from checkpoint where agent_id = $1', [agentId])) as [
      { all: number },
    ];
    expect(n).toBeLessThan(4 * all);
    await on().ok(on().call('PATCH', '/project', { checkpoints: { keep: 1, keepForMs: 3_600_000 } }));
    await on().ok(save(agentId, { sequence: 21 }, token));
    expect(await kept()).toEqual([21, 20, 19]);
    await on().ok(on().call('PATCH', '/project', { checkpoints: { keep: 10, keepForMs: 0 } }));
  });

  it('the directive asks until a later checkpoint has come', async () => {
    const { agentId, token } = await on().agent();
    expect((await on().post(`/agents/${agentId}/checkpoint`, { reason: 'an upgrade' })).status).toBe(202);
    const beat = () => on().ok(on().post(`/agents/${agentId}/heartbeat`, {}, token));
    expect(await beat()).toMatchObject({ directive: 'checkpoint', checkpoint: { reason: 'an upgrade' } });
    await on().ok(save(agentId, {}, token));
    expect((await beat()).directive).toBe('run');
  });

  it('agents see and restore no more than their own subtree', async () => {
    const [mine, other] = [await on().agent(), await on().agent()];
    const { checkpointId } = await on().ok(save(other.agentId, {}));
    expect((await save(other.agentId, { sequence: 2 }, mine.token)).status).toBe(404);
    expect((await on().get(`/agents/${other.agentId}/checkpoints`, mine.token)).status).toBe(404);
    expect((await on().get(`/checkpoints/${checkpointId}`, mine.token)).status).toBe(404);
    expect((await on().post(`/checkpoints/${checkpointId}/restore`, { mode: 'fork' }, mine.token)).status).toBe(404);
  });
}
