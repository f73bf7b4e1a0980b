import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Json, projectToken, TestServer } from '../harness.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server?.stop());

const list = async (query = ''): Promise<Json[]> => (await server.ok(server.get(`/audit${query}`))).items;
const verify = () => server.ok(server.get('/audit/verify'));
/** The `reeve` command, as a person at a terminal runs it. */
const reeve = (...args: string[]) =>
  new Promise<{ code: number; out: string; err: string }>((resolve) => {
    const given = ['packages/runner/bin/reeve.mjs', 'audit', ...args, '--url', server.url, '--token', projectToken];
    execFile(process.execPath, given, { cwd: root }, (error, out, err) => resolve({ code: error ? Number(error.code) : 0, out, err }));
  });
/** What somebody with the database's own rights could do. */
const past = async (sql: string, values: unknown[] = []) => {
  await server.sql('alter table audit_entry disable trigger user');
  await server.sql(sql, values);
  await server.sql('alter table audit_entry enable trigger user');
};

describe('the audit log', () => {
  it('has every decision with who, why, before and after; filtered by who, what, about what and when', async () => {
    const { agentId } = await server.agent({ name: 'watched' });
    const cookie = await server.signIn();
    const asOwner = { token: null, headers: { cookie, origin: server.url } };
    await server.ok(server.call('PATCH', `/agents/${agentId}/budget`, { budgetUsd: '2', reason: 'enough' }, asOwner));
    await server.ok(server.post(`/agents/${agentId}/stop`, { reason: 'late' }));
    const about = await list(`?subjectId=${agentId}`);
    expect(about.map((e) => [e.actor, e.action, e.reason])).toEqual([
      ['project:init', 'agents.stop', 'late'],
      ['person:owner', 'budgets.set', 'enough'],
    ]);
    expect(about[1]).toMatchObject({ before: { budgetNanoUsd: null }, after: { budgetNanoUsd: '2000000000' }, subjectKind: 'agent' });
    expect((await list('?actor=person:')).map((e) => e.action)).toEqual(expect.arrayContaining(['session.signed-in', 'budgets.set']));
    expect((await list('?action=agents.')).every((e) => e.action.startsWith('agents.'))).toBe(true);
    expect(await list(`?since=${new Date(Date.now() + 60_000).toISOString()}`)).toEqual([]);
    const all = await list('?after=0');
    expect(all.map((e) => e.n)).toEqual(all.map((_, i) => i + 1));
    const first = await server.ok(server.get('/audit?after=0&limit=1'));
    expect((await list(`?after=${first.nextCursor}&limit=1`))[0]?.n).toBe(2);
  });
  it('a refused call is no decision, and no token is in it', async () => {
    const before = (await verify()).entries;
    await server.post('/agents/agt_none/stop', {});
    await server.post('/project/reopen', {}, (await server.agent()).token);
    expect((await verify()).entries).toBe(before);
    const rows = await server.sql('select body from audit_entry');
    expect(rows.filter((r) => /rv_[\w-]{20}/.test(r.body))).toEqual([]);
  });
  it('no row is changed or removed by anybody who has not taken the triggers away', async () => {
    for (const sql of ["update audit_entry set actor = 'x'", 'delete from audit_entry', 'truncate audit_entry'])
      await expect(server.sql(sql), sql).rejects.toThrow('append-only');
  });
  it('`reeve audit verify` calculates every hash itself, and finds what was changed, taken out or cut off', async () => {
    const sound = await reeve('verify');
    expect(sound).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+ entries, each as it was written\. Tip: \d+:[0-9a-f]{64}\n$/) });
    const tip = sound.out.split('Tip: ')[1]?.trim() ?? '';
    await server.ok(server.call('PATCH', '/project', {}));
    expect((await reeve('verify', '--expect', tip)).code).toBe(0);
    const exported = (await reeve('export')).out.trim().split('\n');
    expect(exported.map((line) => JSON.parse(line).n)).toEqual(exported.map((_, i) => i + 1));

    await past("update audit_entry set actor = 'person:bob' where n = 2");
    expect(await reeve('verify')).toMatchObject({ code: 1, err: expect.stringContaining('entry 2: actor') });
    expect((await verify()).fault).toMatchObject({ n: 2, what: 'actor is not what was hashed' });
    await past("update audit_entry set actor = body::jsonb ->> 'actor' where n = 2");
    expect((await verify()).fault).toBeNull();

    const [row] = await server.sql('select * from audit_entry where n = 2');
    await past('delete from audit_entry where n = 2');
    expect(await reeve('verify')).toMatchObject({ code: 1, err: expect.stringContaining('entry 3') });
    const columns = Object.keys(row);
    await past(`insert into audit_entry (${columns}) values (${columns.map((_, i) => `$${i + 1}`)})`, Object.values(row));

    await past('delete from audit_entry where n > 2');
    expect((await verify()).fault).toBeNull(); // no chain can know
    expect(await reeve('verify', '--expect', tip)).toMatchObject({ code: 1, err: expect.stringContaining('is not in it') });
  });
});
