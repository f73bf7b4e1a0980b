import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Json, TestServer } from '../harness.ts';

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server?.stop());

/** The tables in which a text stands, whatever the column. */
async function whereIs(needle: string): Promise<string[]> {
  const tables = await server.sql(
    "select table_name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'",
  );
  const found: string[] = [];
  for (const { table_name: t } of tables) {
    const [{ n }] = await server.sql(`select count(*)::int as n from "${t}" x where position($1 in x::text) > 0`, [needle]);
    if (n > 0) found.push(t);
  }
  return found;
}

describe('what a copy of the database gives away', () => {
  it('the environment of a process stands in no table, from the order to the restart, and reaches its runner', async () => {
    const secret = 'sk-of-a-model-provider';
    const runner = await server.ok(
      server.post('/runners', { name: 'local', host: 'h', pid: 7, startTime: '1', containment: 'process-group' }),
    );
    const parent = await server.agent({ name: 'parent', runnerId: runner.runnerId });
    const { agentId } = await server.ok(
      server.post(`/agents/${parent.agentId}/spawn`, { name: 'visible-name', command: 'true', env: { KEY: secret }, restart: 'permanent' }),
    );
    expect(await whereIs('visible-name')).toContain('agent'); // the search finds what is there
    expect(await whereIs(secret)).toEqual([]);
    const { orders } = await server.ok(server.post(`/runners/${runner.runnerId}/poll`, { waitMs: 0 }, runner.token));
    const order = orders.find((o: Json) => o.agentId === agentId);
    expect(order).toMatchObject({ kind: 'launch', env: { KEY: secret } });
    expect(await whereIs(secret)).toEqual([]);
  });
  it('neither do tokens, sessions, links, invitations and the secrets of webhooks', async () => {
    const { token: agentToken } = await server.agent();
    const cookie = (await server.signIn()).split('=')[1] as string;
    const { token } = await server.ok(server.post('/tokens', { name: 'ci', role: 'viewer' }));
    const { url } = await server.ok(server.post('/invitations', { email: 'ann@example.com', role: 'viewer' }));
    const { secret } = await server.ok(server.post('/webhooks', { name: 'w', url: 'https://example.invalid/hook' }));
    const link = new URL(server.signInUrl).searchParams.get('link') as string;
    for (const s of [agentToken, cookie, token, url.split('#')[1], secret, secret.slice(6), link]) expect(await whereIs(s), s).toEqual([]);
  });
});
