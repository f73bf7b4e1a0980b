import { describe, expect, it } from 'vitest';
import { operations } from '../../src/http/rest.ts';
import type { Json, TestServer } from '../harness.ts';

/** The endpoints beside the API itself: the OpenAPI document, sign-in, health, tRPC. */
export function surfacesCases(on: () => TestServer): void {
  const page = async (path: string, init?: RequestInit) => {
    const res = await fetch(on().url + path, { redirect: 'manual', ...init });
    return { status: res.status, type: res.headers.get('content-type') ?? '', headers: res.headers, text: await res.text() };
  };

  describe('the OpenAPI document', () => {
    it('lists every call of the API, each with its operation, parameters, answer and errors', async () => {
      const doc = JSON.parse((await page('/openapi.json')).text);
      expect(doc.openapi).toBe('3.1.0');
      expect(doc.servers[0].url).toBe(`${on().url}/api/v1`);
      const listed = Object.entries(doc.paths as Record<string, Record<string, Json>>).flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, op]) => ({ path, method, op })),
      );
      expect(listed.map((l) => l.op.operationId).sort()).toEqual(operations.map((o) => o.name).sort());
      expect(operations.length).toBeGreaterThan(40);
      for (const { path, method, op } of listed) {
        const where = `${method} ${path}`;
        const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]);
        expect(
          op.parameters.filter((p: Json) => p.in === 'path').map((p: Json) => p.name),
          where,
        ).toEqual(inPath);
        expect(
          op.parameters.every((p: Json) => p.schema !== undefined),
          where,
        ).toBe(true);
        expect([op.summary.length > 0, op.tags.length], where).toEqual([true, 1]);
        expect(
          Object.keys(op.responses).some((s) => /^20[012]$/.test(s)),
          where,
        ).toBe(true);
        expect(op.responses.default.content['application/json'].schema.$ref, where).toBe('#/components/schemas/Error');
        expect(method === 'get' ? op.requestBody : op.requestBody.content['application/json'].schema.type, where).toBe(
          method === 'get' ? undefined : 'object',
        );
      }
    });
    it('names every row of the contract', async () => {
      const { paths } = JSON.parse((await page('/openapi.json')).text);
      const rows = [
        'POST /agents',
        'POST /agents/{id}/heartbeat',
        'POST /agents/{id}/finish',
        'POST /agents/{id}/events',
        'GET /agents/{id}',
        'GET /agents',
        'POST /heartbeats',
        'POST /agents/{id}/pause',
        'POST /agents/{id}/resume',
        'POST /agents/{id}/interrupt',
        'POST /agents/{id}/stop',
        'GET /stops/{id}',
        'POST /costs',
        'GET /costs',
        'POST /tasks',
        'POST /tasks/claim',
        'POST /tasks/{id}/complete',
        'POST /tasks/{id}/fail',
        'POST /tasks/{id}/release',
        'POST /tasks/{id}/renew',
        'POST /agents/{id}/wait',
        'POST /tasks/{id}/wait',
        'POST /repositories',
        'POST /changes',
        'GET /changes/{id}',
        'POST /changes/{id}/approve',
        'POST /changes/{id}/override',
        'POST /changes/{id}/reject',
        'POST /changes/{id}/rollback',
      ];
      const missing = rows.filter((row) => {
        const [method = '', path = ''] = row.split(' ');
        return !paths[path]?.[method.toLowerCase()];
      });
      expect(missing).toEqual([]);
    });
    it('says what is required and what the limits are', async () => {
      const { paths } = JSON.parse((await page('/openapi.json')).text);
      const body = paths['/agents'].post.requestBody;
      expect([body.required, body.content['application/json'].schema.required]).toEqual([true, ['name']]);
      expect(body.content['application/json'].schema.properties.name).toMatchObject({ type: 'string', maxLength: 200 });
      expect(paths['/agents/{id}/stop'].post.requestBody.required).toBe(false);
      expect(paths['/agents'].get.parameters.map((p: Json) => p.name)).toEqual(['root', 'state', 'limit', 'cursor']);
    });
    it('/docs shows the same calls to people', async () => {
      const { status, type, text } = await page('/docs');
      expect([status, type]).toEqual([200, 'text/html; charset=utf-8']);
      for (const o of operations) expect(text).toContain(o.path);
      expect(text).not.toContain('<script');
    });
  });

  describe('signing in', () => {
    it('a link is good once; the cookie it sets is for the browser’s eyes alone', async () => {
      const visitor = await on().signIn();
      const { url } = (await makeLink({ cookie: visitor, origin: on().url })).body.result.data;
      const { pathname, search } = new URL(url);
      const first = await page(pathname + search);
      expect([first.status, first.headers.get('location')]).toEqual([303, '/']);
      const cookie = first.headers.get('set-cookie') ?? '';
      expect(cookie).toMatch(/^reeve_session=[\w-]{20,}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+$/);
      expect(first.headers.get('referrer-policy')).toBe('no-referrer');
      const again = await page(pathname + search);
      expect([again.headers.get('location'), again.headers.get('set-cookie')]).toEqual(['/sign-in?reason=used', null]);
      const mine = cookie.split(';')[0] ?? '';
      const me = () => on().call('GET', '/me', undefined, { token: null, headers: { cookie: mine } });
      expect((await me()).status).toBe(200);
      await page('/auth/sign-out', { headers: { cookie: mine } });
      expect((await me()).status).toBe(401);
    });
    it('links are for people to make, not for tokens', async () => {
      expect((await makeLink({ authorization: `Bearer ${(await on().agent()).token}` })).status).toBe(403);
    });
    const makeLink = async (headers: Record<string, string>): Promise<{ status: number; body: Json }> => {
      const url = `${on().url}/trpc/session.makeLink`;
      const res = await fetch(url, { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: '{}' });
      return { status: res.status, body: await res.json() };
    };
  });

  describe('tRPC', () => {
    it('is the same procedures with the same errors', async () => {
      const { agentId, token } = await on().agent();
      const ask = async (name: string, input: object) => {
        const res = await fetch(`${on().url}/trpc/${name}?input=${encodeURIComponent(JSON.stringify(input))}`, {
          headers: { authorization: `Bearer ${token}` },
        });
        return { status: res.status, body: (await res.json()) as Json };
      };
      expect((await ask('agents.get', { id: agentId })).body.result.data.id).toBe(agentId);
      const missing = await ask('agents.get', { id: 'agt_x' });
      expect([missing.status, missing.body.error.data.reeve]).toMatchObject([404, { code: 'not_found', kind: 'agent', id: 'agt_x' }]);
      expect(missing.body.error.data.stack).toBeUndefined();
      expect((await ask('agents.get', { id: 1 })).body.error.data.reeve).toMatchObject({ code: 'invalid_input', issues: [{ path: 'id' }] });
      expect((await ask('agents.nope', {})).status).toBe(404);
    });
  });

  describe('health', () => {
    it('/healthz lives, /readyz reaches the database, /metrics counts', async () => {
      expect(await page('/healthz')).toMatchObject({ status: 200, text: 'ok' });
      expect(await page('/readyz')).toMatchObject({ status: 200, text: 'ready' });
      await on().agent();
      const { status, text } = await page('/metrics');
      expect(status).toBe(200);
      expect(text).toMatch(/^reeve_events_total\{type="agent.registered"\} \d+$/m);
      expect(text).toMatch(/^reeve_http_request_seconds_count\{surface="api",status="201"\} \d+$/m);
    });
    it('nothing else is served without pages, and every answer carries the safety headers', async () => {
      const { status, headers } = await page('/nothing-here');
      expect([status, headers.get('x-content-type-options'), headers.get('x-frame-options')]).toEqual([404, 'nosniff', 'DENY']);
    });
  });
}
