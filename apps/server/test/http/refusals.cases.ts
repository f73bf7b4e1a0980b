import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { type Json, projectToken, type TestServer } from '../harness.ts';

/** Bad input gets the contract's error and changes nothing. */
export function refusalsCases(on: () => TestServer): void {
  /** The answer to a refused call; fails where anything was written, or the error has not the shape of the contract. */
  const refused = async (
    method: string,
    path: string,
    body?: unknown,
    o: Parameters<TestServer['call']>[3] = {},
  ): Promise<[number, string]> => {
    const facts = await on().factsOfCallers();
    const r = await on().call(method, path, body, o);
    expect(Object.keys(r.body), `${method} ${path}`).toEqual(['error']);
    expect(r.body.error.message, `${method} ${path}`).toMatch(/\S{2,}.*\.?$/);
    expect(await on().factsOfCallers(), `${method} ${path} changed something`).toBe(facts);
    return [r.status, r.body.error.code];
  };
  const post = (path: string, body: unknown, o?: Parameters<TestServer['call']>[3]) => refused('POST', path, body, o);
  const invalid = [400, 'invalid_input'];

  describe('what is not a call', () => {
    it('an address or headers that are too long', async () => {
      expect(await refused('GET', `/costs/entries?cursor=${'x'.repeat(20_000)}`)).toEqual([413, 'too_large']);
      expect(await refused('GET', '/me', undefined, { headers: { 'x-long': 'x'.repeat(20_000) } })).toEqual([413, 'too_large']);
    });
    it.each([
      ['malformed JSON', '{"name": "x"'],
      ['two values', '{} {}'],
      ['an array', [{ name: 'x' }]],
      ['null', 'null'],
      ['a string', '"x"'],
      ['a number', '1'],
    ])('%s', async (_, body) => {
      expect(await post('/agents', body)).toEqual(invalid);
      // also where every field may be left out
      expect(await post(`/agents/${(await on().agent()).agentId}/heartbeat`, body)).toEqual(invalid);
    });
    it('bytes that are no UTF-8', async () => {
      const res = await fetch(`${on().url}/api/v1/agents`, {
        method: 'POST',
        headers: { authorization: `Bearer ${projectToken}` },
        body: Buffer.from([0x7b, 0x22, 0x6e, 0xff, 0xfe, 0x22, 0x7d]),
      });
      expect([res.status, ((await res.json()) as Json).error.code]).toEqual(invalid);
    });
    it('unknown calls, methods and paths that cannot be decoded', async () => {
      expect(await refused('GET', '/nothing')).toEqual([404, 'not_found']);
      expect(await refused('DELETE', '/agents')).toEqual([404, 'not_found']);
      expect(await refused('POST', '/agents/%zz/stop', {})).toEqual([404, 'not_found']);
      expect(await refused('GET', '/agents/..%2f..%2fetc')).toEqual([404, 'not_found']);
    });
  });

  describe('fields', () => {
    it('each fault is named with its path', async () => {
      const r = await on().post('/agents', { budgetUsd: -1, onParentExit: { failed: 'explode' }, metadata: [] });
      expect(r.status).toBe(400);
      expect(r.body.error.issues.map((i: { path: string }) => i.path).sort()).toEqual([
        'budgetUsd',
        'metadata',
        'name',
        'onParentExit.failed',
      ]);
    });
    it.each<[string, string, object]>([
      ['an empty name', '/agents', { name: '  ' }],
      ['a long name', '/agents', { name: 'x'.repeat(201) }],
      ['a name that is no text', '/agents', { name: { $ne: null } }],
      ['money in words', '/agents', { name: 'x', budgetUsd: '1e9' }],
      ['money below nothing', '/agents', { name: 'x', budgetUsd: '-1' }],
      ['an empty title', '/tasks', { title: '' }],
      ['a priority out of range', '/tasks', { title: 'x', priority: 1001 }],
      ['a priority that is no integer', '/tasks', { title: 'x', priority: 0.5 }],
      ['too many labels', '/tasks', { title: 'x', labels: Array.from({ length: 33 }, (_, i) => `${i}`) }],
      ['no attempts', '/tasks', { title: 'x', maxAttempts: 0 }],
      ['a date that is none', '/tasks', { title: 'x', notBefore: 'tomorrow' }],
      ['a date before all calendars', '/tasks', { title: 'x', notBefore: '0000-01-01T00:00:00Z' }],
      ['a lease below a second', '/tasks/claim', { agentId: 'agt_x', leaseMs: 999 }],
      ['a lease above an hour', '/tasks/claim', { agentId: 'agt_x', leaseMs: 3_600_001 }],
      ['a wait above a minute', '/tasks/claim', { agentId: 'agt_x', waitMs: 60_001 }],
      ['a token that is no number', '/tasks/tsk_x/complete', { token: 'abc' }],
      ['a negative grace', '/agents/agt_x/stop', { graceMs: -1 }],
      ['a mode that there is not', '/agents/agt_x/stop', { mode: 'nuke' }],
      ['an outcome that there is not', '/agents/agt_x/finish', { outcome: 'exploded' }],
      ['more than 1000 costs', '/costs', { events: Array.from({ length: 1001 }, () => ({})) }],
      ['tokens below nothing', '/costs', { events: [{ eventId: 'e', agentId: 'a', model: 'm', inputTokens: -1, outputTokens: 0 }] }],
      ['half tokens', '/costs', { events: [{ eventId: 'e', agentId: 'a', model: 'm', inputTokens: 0.5, outputTokens: 0 }] }],
      ['a time beyond all calendars', '/agents/agt_x/logs', { lines: [{ stream: 'stdout', at: 9_007_199_254_740_991, text: '' }] }],
      ['a pid that no system has', '/runners', { name: 'x', host: 'h', pid: 4_294_967_296, startTime: '1', containment: 'none' }],
    ])('%s', async (_, path, body) => {
      expect(await post(path, body)).toEqual(invalid);
    });
    it('query parameters', async () => {
      for (const q of [
        '/agents?limit=0',
        '/agents?limit=1001',
        '/agents?limit=x',
        '/costs?groupBy=colour',
        '/costs/series?windowMinutes=0',
        '/costs/entries?day=2026-99-99',
        '/costs/entries?subtree=maybe',
      ])
        expect(await refused('GET', q), q).toEqual(invalid);
    });
    it('a cursor that is none of ours lists nothing wrong', async () => {
      for (const q of [
        `/costs/entries?cursor=${'9'.repeat(60)}`,
        '/tasks?cursor=x',
        '/tasks?cursor=99999:x',
        '/agents?cursor=%00',
        `/stops?cursor=${'x'.repeat(200)}`,
        '/events?before=-1',
        '/events?after=9007199254740991',
      ])
        expect((await on().get(q)).status, q).toBe(200);
    });
  });

  describe('what is not there', () => {
    it('an unknown parent, agent, task, stop, repository or change is 404 and says what and which', async () => {
      const agent = await on().agent();
      const change = { agentId: agent.agentId, title: 't', reason: 'r', testPatch: 'x', fixPatch: 'y', repositoryId: 'rep_x' };
      for (const [method, path, body, kind, id] of [
        ['POST', '/agents', { name: 'x', parentId: 'agt_x' }, 'agent', 'agt_x'],
        ['GET', '/agents/agt_x', undefined, 'agent', 'agt_x'],
        ['POST', '/agents/agt_x/heartbeat', {}, 'agent', 'agt_x'],
        ['POST', '/tasks/tsk_x/complete', { token: '1' }, 'task', 'tsk_x'],
        ['GET', '/stops/stp_x', undefined, 'stop', 'stp_x'],
        ['POST', '/changes', change, 'repository', 'rep_x'],
        ['GET', '/changes/chg_x', undefined, 'change', 'chg_x'],
        ['POST', '/changes/chg_x/approve', { diffHash: 'h' }, 'change', 'chg_x'],
      ] as const) {
        const r = await on().call(method, path, body);
        expect([r.status, r.body.error], path).toMatchObject([404, { code: 'not_found', kind, id }]);
      }
    });
  });

  describe('size', () => {
    /** Sends `bytes` bytes in chunks, without saying how many there will be, as a client that streams does. */
    const stream = (path: string, bytes: number, declare: boolean) =>
      new Promise<{ status: number; body: string }>((resolve, reject) => {
        const { port } = new URL(on().url);
        const headers = { authorization: `Bearer ${projectToken}`, ...(declare ? { 'content-length': bytes } : {}) };
        const req = request({ port, host: '127.0.0.1', path: `/api/v1${path}`, method: 'POST', headers }, (res) => {
          let body = '';
          res.setEncoding('utf8').on('data', (d) => {
            body += d;
          });
          res.on('end', () => resolve({ status: res.statusCode ?? 0, body }));
        });
        req.on('error', reject);
        const chunk = Buffer.alloc(64 * 1024, 0x20);
        let left = bytes;
        const push = (): void => {
          while (left > 0) {
            const part = left < chunk.length ? chunk.subarray(0, left) : chunk;
            left -= part.length;
            if (!req.write(part)) return void req.once('drain', push);
          }
          req.end();
        };
        push();
      });
    it.each([
      ['declared', true],
      ['streamed', false],
    ])('a body of 10 MB, %s, is 413 for a client that is still sending', async (_, declare) => {
      const seq = await on().factsOfCallers();
      const r = await stream('/agents', 10_000_000, declare);
      expect([r.status, JSON.parse(r.body).error]).toMatchObject([413, { code: 'too_large', limitBytes: 1_000_000 }]);
      expect(await on().factsOfCallers()).toBe(seq);
    });
    it('batches may be 5 MB, the rest 1 MB, to the byte', async () => {
      const padded = (object: object, bytes: number) => {
        const text = JSON.stringify(object);
        return text.slice(0, -1) + ' '.repeat(bytes - text.length) + text.slice(-1);
      };
      expect((await on().post('/costs', padded({ events: [] }, 5_000_000))).status).toBe(200);
      expect(await post('/costs', padded({ events: [] }, 5_000_001))).toEqual([413, 'too_large']);
      expect(await post('/tasks', padded({ title: '' }, 1_000_000))).toEqual(invalid);
      expect(await post('/tasks', padded({ title: 'x' }, 1_000_001))).toEqual([413, 'too_large']);
    });
  });

  describe('who asks', () => {
    it.each([
      ['no token', null, {}],
      ['an unknown token', 'rv_nobody-has-this-one', {}],
      ['no token of ours', 'abc', {}],
      ['another scheme', null, { authorization: `Basic ${projectToken}` }],
      ['a cookie that nobody was given', null, { cookie: 'reeve_session=abc' }],
    ])('%s is 401, for reading and writing', async (_, token, headers) => {
      expect(await post('/agents', { name: 'x' }, { token, headers })).toEqual([401, 'unauthenticated']);
      expect(await refused('GET', '/agents', undefined, { token, headers })).toEqual([401, 'unauthenticated']);
    });
    it('a bad token is not helped by a good cookie', async () => {
      const cookie = await on().signIn();
      expect(await refused('GET', '/me', undefined, { token: 'rv_nobody-has-this-one', headers: { cookie } })).toEqual([
        401,
        'unauthenticated',
      ]);
    });
    it('a page of another origin cannot use the cookie of the dashboard, whatever it calls', async () => {
      const cookie = await on().signIn();
      const from = (origin: string) => ({ token: null, headers: { cookie, origin } });
      const body = { name: 'x' };
      for (const origin of [
        'https://evil.example',
        'null',
        'http://127.0.0.1:1',
        on().url.replace('http:', 'http:x'),
        'http://127.0.0.1',
      ]) {
        expect(await refused('POST', '/agents', body, from(origin)), origin).toEqual([403, 'forbidden']);
        expect(await refused('GET', '/agents', undefined, from(origin)), origin).toEqual([403, 'forbidden']);
      }
      const trpc = await fetch(`${on().url}/trpc/agents.register`, {
        method: 'POST',
        headers: { cookie, origin: 'https://evil.example', 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      expect(trpc.status).toBe(403);
      expect((await on().call('GET', '/me', undefined, from(on().url))).body).toMatchObject({ kind: 'person', role: 'owner' });
    });
  });

  describe('text is text', () => {
    it.each([
      ['SQL', `x'); drop table agent; --`],
      ['HTML', '<img src=x onerror=alert(1)>"\'&amp;'],
      ['templates and formats', '{{7*7}} #{7*7} %s %00 \\u0000 \\x00'],
      ['right to left, combining, emoji', '\u202eabc\u0301 👩‍👩‍👧‍👦 ‮'],
      ['prototype keys', '__proto__'],
    ])('%s in names comes back as it was', async (_, name) => {
      const metadata = { [`key ${name}`]: name, constructor: name, toString: [name] };
      const { agentId } = await on().ok(on().post('/agents', { name, role: name.slice(0, 64), metadata, requestId: `text ${name}` }));
      expect(await on().ok(on().get(`/agents/${agentId}`))).toMatchObject({ name, metadata });
      const task = await on().ok(on().post('/tasks', { title: name, labels: [name.slice(0, 64)], body: name }));
      expect(task).toMatchObject({ title: name, body: name });
      expect(
        (await on().ok(on().get(`/tasks?label=${encodeURIComponent(task.labels[0])}`))).items.map((t: { id: string }) => t.id),
      ).toContain(task.id);
      await on().ok(on().post(`/tasks/${task.id}/cancel`, { reason: name }));
    });
    it('U+0000 and lone surrogates, which no database holds, are taken out before anything is compared', async () => {
      const odd = 'a\u0000b\ud800c';
      const { agentId, token } = await on().ok(on().post('/agents', { name: odd, metadata: { [odd]: [odd] }, requestId: odd }));
      expect(await on().ok(on().get(`/agents/${agentId}`))).toMatchObject({ name: 'abc', metadata: { abc: ['abc'] } });
      expect((await on().ok(on().post('/agents', { name: 'x', requestId: 'abc' }))).agentId).toBe(agentId);
      const event = (eventId: string) => ({ eventId, agentId, model: odd, inputTokens: 1, outputTokens: 1, costUsd: '1' });
      expect(await on().ok(on().post('/costs', { events: [event(odd), event('abc')] }))).toMatchObject({
        accepted: 1,
        duplicates: 1,
        conflicts: [],
      });
      expect((await on().ok(on().get(`/agents/${agentId}`))).cost.ownUsd).toBe('1.000000000');
      expect((await on().get('/agents/a%00b')).status).toBe(404);
      expect((await on().get(`/agents/${agentId}%00`)).status).toBe(200);
      expect((await on().post(`/agents/${agentId}/logs`, { lines: [{ stream: 'stdout', at: 1, text: odd }] }, token)).status).toBe(200);
    });
  });
}
