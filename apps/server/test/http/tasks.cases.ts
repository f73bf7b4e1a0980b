import { expect, it } from 'vitest';
import type { Json, TestServer } from '../harness.ts';

/** Rows of contract.md: tasks, claims and what their holders write. */
export function tasksCases(on: () => TestServer): void {
  /** Tasks of one test carry its label, so that no other test takes them. */
  const claim = async (agent: { agentId: string; token: string }, label: string, more: object = {}): Promise<Json[]> =>
    (await on().ok(on().post('/tasks/claim', { agentId: agent.agentId, labels: [label], ...more }, agent.token))).tasks;

  it('POST /tasks answers the task; the same requestId is the same task, however many ask at once', async () => {
    const body = { title: ' One ', body: 'long', priority: 3, labels: ['added', 'added'], maxAttempts: 5, requestId: 'add-once' };
    const first = await on().post('/tasks', body);
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({
      title: 'One',
      body: 'long',
      state: 'ready',
      priority: 3,
      labels: ['added'],
      maxAttempts: 5,
      attempts: 0,
      claim: null,
    });
    const again = await Promise.all(Array.from({ length: 10 }, () => on().post('/tasks', body)));
    expect(new Set(again.map((r) => r.body.id))).toEqual(new Set([first.body.id]));
  });
  it('dependencies block, are shown, and let go when they are done', async () => {
    const agent = await on().agent();
    const a = await on().task({ labels: ['dep'] });
    const b = await on().ok(on().post('/tasks', { title: 'b', dependsOn: [a], labels: ['dep-b'] }));
    expect(b).toMatchObject({ state: 'blocked', dependsOn: [a], waitingFor: [a] });
    const [held] = await claim(agent, 'dep');
    await on().ok(on().post(`/tasks/${a}/complete`, { token: held.claim.token }, agent.token));
    expect(await on().ok(on().get(`/tasks/${b.id}`))).toMatchObject({ state: 'ready', waitingFor: [] });
    expect((await on().post('/tasks', { title: 'x', dependsOn: ['tsk_x'] })).body.error).toMatchObject({
      code: 'not_found',
      kind: 'task',
      id: 'tsk_x',
    });
  });
  it('GET /tasks is in order of priority, then age, in pages that miss nothing', async () => {
    const ids: string[] = [];
    for (const priority of [0, 5, 0, -3, 5]) ids.push(await on().task({ priority, labels: ['paged'] }));
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: { items: { id: string }[]; nextCursor: string | null } = await on().ok(
        on().get(`/tasks?label=paged&limit=2${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`),
      );
      seen.push(...page.items.map((t) => t.id));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual([1, 4, 0, 2, 3].map((i) => ids[i]));
    expect((await on().ok(on().get('/tasks?label=paged&state=done,claimed'))).items).toEqual([]);
  });
  it('POST /tasks/claim answers the tasks with their tokens; nobody else is shown a token', async () => {
    const [agent, other] = [await on().agent(), await on().agent()];
    const id = await on().task({ labels: ['claimed'] });
    const [task] = await claim(agent, 'claimed', { leaseMs: 60_000 });
    expect(task).toMatchObject({
      id,
      state: 'claimed',
      attempts: 1,
      claim: { token: '1', agentId: agent.agentId, expiresAt: expect.any(String) },
    });
    expect(await claim(other, 'claimed')).toEqual([]);
    for (const seen of [
      await on().ok(on().get(`/tasks/${id}`, other.token)),
      (await on().ok(on().get('/tasks?label=claimed', other.token))).items[0],
    ]) {
      expect(seen.claim).toMatchObject({ agentId: agent.agentId });
      expect(seen.claim.token).toBeUndefined();
    }
    const guessed = await on().post(`/tasks/${id}/complete`, { token: '1' }, other.token);
    expect([guessed.status, guessed.body.error.code]).toEqual([403, 'forbidden']);
    const stale = await on().post(`/tasks/${id}/complete`, { token: '7' }, agent.token);
    expect([stale.status, stale.body.error.code]).toEqual([412, 'stale_token']);
    expect((await on().ok(on().get(`/tasks/${id}`))).state).toBe('claimed');
  });
  it('is idempotent by requestId: a lost reply loses no task', async () => {
    const agent = await on().agent();
    const id = await on().task({ labels: ['again'] });
    await on().task({ labels: ['again'] });
    const first = await claim(agent, 'again', { requestId: 'r' });
    const again = await claim(agent, 'again', { requestId: 'r' });
    expect([first.map((t) => t.id), again]).toEqual([[id], first]);
  });
  it('/renew, /release, /fail and /complete answer the task; a completion told twice is one', async () => {
    const agent = await on().agent();
    const id = await on().task({ labels: ['verbs'] });
    let [{ claim: held }] = (await claim(agent, 'verbs', { leaseMs: 1_000 })) as [Json];
    const renewed = await on().ok(on().post(`/tasks/${id}/renew`, { token: held.token, leaseMs: 600_000 }, agent.token));
    expect(Date.parse(renewed.claim.expiresAt) - Date.parse(held.expiresAt)).toBeGreaterThan(500_000);
    expect(await on().ok(on().post(`/tasks/${id}/release`, { token: held.token }, agent.token))).toMatchObject({
      state: 'ready',
      attempts: 0,
      claim: null,
    });
    [{ claim: held }] = (await claim(agent, 'verbs')) as [Json];
    expect(held.token).toBe('2');
    const failed = await on().ok(on().post(`/tasks/${id}/fail`, { token: held.token, error: 'broken' }, agent.token));
    expect(failed).toMatchObject({
      state: 'scheduled',
      notBefore: expect.any(String),
      failures: [{ error: 'broken', attempt: 1, agentId: agent.agentId }],
    });
    const [task] = await claim(agent, 'verbs', { waitMs: 10_000 });
    const done = await on().ok(on().post(`/tasks/${id}/complete`, { token: task.claim.token, result: [1] }, agent.token));
    expect(done).toMatchObject({ state: 'done', result: [1], claim: null, finishedAt: expect.any(String) });
    expect(await on().ok(on().post(`/tasks/${id}/complete`, { token: task.claim.token, result: [2] }, agent.token))).toEqual(done);
    expect((await on().post(`/tasks/${id}/fail`, { token: task.claim.token }, agent.token)).status).toBe(412);
  });
  it('a claim that waits is woken by a new task, well before its time is over', async () => {
    const agent = await on().agent();
    const waiting = claim(agent, 'long', { waitMs: 30_000 });
    const startedMs = performance.now();
    // the claim is surely asleep once another call of the same kind has come and gone
    await claim(agent, 'long');
    const id = await on().task({ labels: ['long'] });
    expect((await waiting).map((t) => t.id)).toEqual([id]);
    expect(performance.now() - startedMs).toBeLessThan(15_000);
  });
  it('of two that wait for one task one gets it, the other an empty list when its time is over', async () => {
    const agents = [await on().agent(), await on().agent()];
    const waiting = agents.map((a) => claim(a, 'race', { waitMs: 700 }));
    await on().task({ labels: ['race'] });
    expect((await Promise.all(waiting)).map((t) => t.length).sort()).toEqual([0, 1]);
  });
  it('a claim whose caller has gone takes nothing', async () => {
    const agent = await on().agent();
    const gone = new AbortController();
    const asked = fetch(`${on().url}/api/v1/tasks/claim`, {
      method: 'POST',
      headers: { authorization: `Bearer ${agent.token}` },
      body: JSON.stringify({ agentId: agent.agentId, labels: ['gone'], waitMs: 30_000 }),
      signal: gone.signal,
    });
    await claim(agent, 'gone');
    gone.abort();
    await expect(asked).rejects.toThrow();
    // the server hears of the closed connection before it hears of the task
    await on().ok(on().get('/me'));
    const id = await on().task({ labels: ['gone'] });
    expect((await claim(await on().agent(), 'gone')).map((t) => t.id)).toEqual([id]);
  });
  it('operators set the priority, take claims away, cancel and retry', async () => {
    const agent = await on().agent();
    const id = await on().task({ labels: ['operated'], maxAttempts: 1 });
    expect(await on().ok(on().call('PATCH', `/tasks/${id}`, { priority: 9 }))).toMatchObject({ priority: 9 });
    await claim(agent, 'operated');
    expect(await on().ok(on().post(`/tasks/${id}/force-release`, { reason: 'stuck' }))).toMatchObject({ state: 'ready' });
    await claim(agent, 'operated');
    expect(await on().ok(on().post(`/tasks/${id}/fail`, { token: '2', error: 'e' }, agent.token))).toMatchObject({ state: 'dead-letter' });
    expect(await on().ok(on().post(`/tasks/${id}/retry`))).toMatchObject({ state: 'ready', attempts: 0 });
    expect(await on().ok(on().post(`/tasks/${id}/cancel`, { reason: 'no' }))).toMatchObject({ state: 'cancelled' });
    expect((await on().post(`/tasks/${id}/force-release`)).body.error).toMatchObject({ code: 'illegal_transition', from: 'cancelled' });
  });
  it('a task in review: artefacts, comments, what is missing, acceptance and override', async () => {
    const agent = await on().agent();
    const id = await on().task({ labels: ['review'], review: true, evidence: ['diff', 'log'] });
    const [held] = await claim(agent, 'review');
    const proof = { token: held.claim.token, kind: 'diff', name: 'a.patch', content: '+1', mediaType: 'text/x-diff' };
    const shown = await on().post(`/tasks/${id}/artefacts`, proof, agent.token);
    expect([shown.status, shown.body]).toEqual([201, { artefactId: expect.any(String), taskId: id, state: 'claimed' }]);
    expect(await on().ok(on().get(`/artefacts/${shown.body.artefactId}`))).toMatchObject({ taskId: id, content: '+1', attempt: 1 });
    const done = await on().ok(on().post(`/tasks/${id}/complete`, { token: held.claim.token }, agent.token));
    expect(done).toMatchObject({ state: 'in-review', claim: null, gate: { review: true, shown: ['diff'], missing: ['log'] } });
    expect(done.gate.submittedBy).toMatchObject({ agentId: agent.agentId });
    const early = await on().post(`/tasks/${id}/accept`);
    expect([early.status, early.body.error]).toMatchObject([409, { code: 'evidence_missing', missing: ['log'] }]);
    expect((await on().post(`/tasks/${id}/accept`, { override: true })).status).toBe(400);
    expect((await on().post(`/tasks/${id}/accept`, {}, agent.token)).status).toBe(403);
    await on().ok(on().post(`/tasks/${id}/comments`, { body: 'looks right' }));
    expect(await on().ok(on().post(`/tasks/${id}/accept`, { override: true, reason: 'seen it run' }))).toMatchObject({ state: 'done' });
    expect(await on().ok(on().get(`/tasks/${id}/record`))).toMatchObject({
      attempts: [{ attempt: 1, agentId: agent.agentId, token: '1', ended: 'in-review', costUsd: '0.000000000', shared: false }],
      comments: [{ body: 'looks right' }],
      artefacts: [{ kind: 'diff', name: 'a.patch', size: 2 }],
      subtasks: [],
    });
    const { items } = await on().ok(on().get(`/events?subjectId=${id}&type=task.accepted`));
    expect(items).toMatchObject([{ data: { overrode: ['log'], reason: 'seen it run' } }]);
  });
  it('the record tells what each attempt cost, by the time in which it was held', async () => {
    const agent = await on().agent();
    const id = await on().task({ labels: ['cost'] });
    const entry = (eventId: string) => ({
      eventId,
      agentId: agent.agentId,
      model: 'm',
      inputTokens: 1,
      outputTokens: 1,
      at: new Date().toISOString(),
    });
    await on().ok(on().post('/costs', { events: [{ ...entry('before'), costUsd: '5', at: '2020-01-01T00:00:00Z' }] }, agent.token));
    const [held] = await claim(agent, 'cost');
    await on().ok(on().post('/costs', { events: [{ ...entry('meanwhile'), costUsd: '0.25' }, entry('unknown')] }, agent.token));
    await on().ok(on().post(`/tasks/${id}/complete`, { token: held.claim.token }, agent.token));
    const record = await on().ok(on().get(`/tasks/${id}/record`));
    expect(record).toMatchObject({ costUsd: '0.250000000', attempts: [{ costUsd: '0.250000000', unpriced: 1, ended: 'done' }] });
  });
  it('sub-tasks, capabilities and edits over HTTP', async () => {
    const agent = await on().agent();
    const id = await on().task({ labels: ['whole'] });
    const part = await on().task({ parentId: id, labels: ['part'], needs: ['gpu'] });
    expect(await claim(agent, 'part')).toEqual([]);
    const [held] = await claim(agent, 'part', { capabilities: ['gpu', 'web'] });
    expect(held).toMatchObject({ id: part, parentId: id, needs: ['gpu'] });
    expect(await on().ok(on().get(`/tasks/${id}`))).toMatchObject({ subtasks: 1, gate: { missing: [`sub-task ${part}`] } });
    const edited = await on().ok(on().call('PATCH', `/tasks/${id}`, { title: 'renamed', body: null, labels: ['w2'], priority: 4 }));
    expect(edited).toMatchObject({ title: 'renamed', body: null, labels: ['w2'], priority: 4 });
  });
  it('/tasks/bulk, /tasks/batch and /tasks/complete answer each task by itself', async () => {
    const agent = await on().agent();
    const added = await on().ok(on().post('/tasks/batch', { tasks: ['a', 'b', 'c'].map((title) => ({ title, labels: ['bulk'] })) }));
    const ids = added.results.map((r: Json) => r.taskId);
    const bulk = (body: object) => on().ok(on().post('/tasks/bulk', { ids, ...body }));
    expect((await bulk({ action: 'prioritise', priority: 3 })).results.every((r: Json) => r.ok)).toBe(true);
    const held = await claim(agent, 'bulk', { limit: 2 });
    const release = await bulk({ action: 'release', reason: 'mine' });
    expect(release.results.map((r: Json) => r.ok || r.error.code)).toEqual([true, true, 'illegal_transition']);
    const late = { tasks: held.map((t) => ({ id: t.id, token: t.claim.token })) };
    const refused = await on().ok(on().post('/tasks/complete', late, agent.token));
    expect(refused.results.map((r: Json) => r.error?.code)).toEqual(['stale_token', 'stale_token']);
    const again = await claim(agent, 'bulk', { limit: 2 });
    const tasks = again.map((t) => ({ id: t.id, token: t.claim.token }));
    expect((await on().ok(on().post('/tasks/complete', { tasks }, agent.token))).results).toMatchObject([
      { state: 'done' },
      { state: 'done' },
    ]);
    expect((await bulk({ action: 'cancel' })).results.map((r: Json) => r.ok)).toEqual([false, false, true]);
    expect((await bulk({ action: 'retry' })).results.map((r: Json) => r.ok)).toEqual([false, false, true]);
    await bulk({ action: 'cancel' });
    expect((await on().post('/tasks/bulk', { ids, action: 'prioritise' })).status).toBe(400);
    expect((await on().post('/tasks/bulk', { ids, action: 'cancel' }, agent.token)).status).toBe(403);
  });
  it('tasks are imported once, however often, and exported in each format so that they can be imported again', async () => {
    const take = (format: string, text: string, source: string) => on().ok(on().post('/tasks/import', { format, text, source }));
    const csv = 'id,title,labels,dependsOn,priority\nb,second,"imp,ui",a,2\na,=first(),imp,,\n';
    const first = await take('csv', csv, 'sheet');
    expect(first).toMatchObject({ added: 2, existing: 0, results: [{ key: 'b', added: true }, { key: 'a' }] });
    expect(await take('csv', csv, 'sheet')).toMatchObject({ added: 0, existing: 2 });
    const [b, a] = first.results.map((r: Json) => r.taskId);
    expect(await on().ok(on().get(`/tasks/${b}`))).toMatchObject({ state: 'blocked', dependsOn: [a], labels: ['imp', 'ui'], priority: 2 });
    for (const format of ['jsonl', 'csv']) {
      const { text } = await on().ok(on().get(`/tasks/export?format=${format}&limit=1000`));
      expect(text).toContain(b);
      // by their ids they are known here, whatever the source is called
      expect(await take(format, text, 'elsewhere')).toMatchObject({ added: 0 });
    }
    const issue = { number: 7, title: 'Fix', body: 'Blocked by #8', state: 'open', labels: [{ name: 'bug' }] };
    const issues = [
      issue,
      { ...issue, number: 8, body: null },
      { ...issue, number: 9, state: 'closed' },
      { ...issue, number: 10, pull_request: {} },
    ];
    const github = await take('github', JSON.stringify(issues), 'o/r');
    expect(github).toMatchObject({ added: 2, closed: 1 });
    expect(await take('github', JSON.stringify(issues), 'o/r')).toMatchObject({ added: 0, existing: 2 });
    const [seven, eight] = github.results.map((r: Json) => r.taskId);
    expect(await on().ok(on().get(`/tasks/${seven}`))).toMatchObject({ waitingFor: [eight], labels: ['bug'] });
    const out = JSON.parse((await on().ok(on().get('/tasks/export?format=github&limit=1000'))).text);
    expect(out.find((i: Json) => i.reeve.id === seven)).toMatchObject({ title: 'Fix', state: 'open', labels: [{ name: 'bug' }] });
    const circle = await on().post('/tasks/import', { format: 'csv', text: 'id,title,dependsOn\nx,x,y\ny,y,x' });
    expect([circle.status, circle.body.error]).toMatchObject([400, { code: 'would_make_cycle', cycle: ['x', 'y', 'x'] }]);
    for (const text of ['{"id":"q"}', '{', '[]']) expect((await on().post('/tasks/import', { format: 'jsonl', text })).status).toBe(400);
    for (const id of [a, b, seven, eight]) await on().ok(on().post(`/tasks/${id}/cancel`));
  });
  it('I-TASK-2: a late write is refused, and stands in the log', async () => {
    const agent = await on().agent();
    const id = await on().task({ labels: ['late'] });
    await claim(agent, 'late');
    await on().ok(on().post(`/tasks/${id}/force-release`));
    expect((await on().post(`/tasks/${id}/complete`, { token: '1', result: 'late' }, agent.token)).status).toBe(412);
    const { items } = await on().ok(on().get(`/events?subjectId=${id}&type=task.superseded`));
    expect(items).toMatchObject([{ type: 'task.superseded', data: { verb: 'complete', token: '1' }, actor: `agent:${agent.agentId}` }]);
    expect((await on().ok(on().get(`/tasks/${id}`))).state).toBe('ready');
    await on().ok(on().post(`/tasks/${id}/cancel`));
  });
}
