import { request } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CallLimits } from '../../src/auth/call-limits.ts';
import { isOurHost } from '../../src/http/shields.ts';
import { until } from '../database/support.ts';
import { type Json, projectToken, TestServer } from '../harness.ts';

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server?.stop());

/** Headers that `fetch` does not let one set. */
const raw = (path: string, headers: Record<string, string | string[]>, method = 'GET', body: Buffer | string = '') =>
  new Promise<{ status: number; headers: Record<string, unknown>; text: string }>((resolve, reject) => {
    const { port } = new URL(server.url);
    const req = request({ host: '127.0.0.1', port, path, method, headers }, (res) => {
      let text = '';
      res.setEncoding('utf8').on('data', (d) => {
        text += d;
      });
      res.on('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, text }));
    });
    req.on('error', reject);
    req.end(body);
  });
const bearer = { authorization: `Bearer ${projectToken}`, 'content-type': 'application/json' };
const own = () => new URL(server.url).host;

describe('names and origins', () => {
  it('DNS rebinding: a page whose name points here is told that this is not its server, whatever it asks', async () => {
    for (const host of ['evil.example', `evil.example:${new URL(server.url).port}`, '127.0.0.1.evil.example', 'localhost.evil.example'])
      for (const path of [
        '/',
        '/api/v1/agents',
        '/trpc/agents.list',
        '/auth/sign-in?link=x',
        '/metrics',
        '/socket.io/?EIO=4&transport=polling',
      ])
        expect((await raw(path, { ...bearer, host, origin: `http://${host}` })).status, `${host} ${path}`).toBe(
          path.startsWith('/socket') ? 403 : 421,
        );
    expect((await raw('/api/v1/agents', { ...bearer, host: `localhost:${new URL(server.url).port}` })).status).toBe(200);
    expect([
      isOurHost('reeve.example', ['reeve.example']),
      isOurHost('reeve.example:1', ['reeve.example']),
      isOurHost(undefined, []),
    ]).toEqual([true, false, false]);
  });
  it('CSRF: neither a form, an image nor a link of another site does anything with the cookie', async () => {
    const cookie = await server.signIn();
    const facts = await server.factsOfCallers();
    const foreign: Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ];
    for (const from of foreign) {
      const headers = { cookie, 'content-type': 'text/plain', ...from };
      expect((await raw('/api/v1/agents', headers, 'POST', '{"name":"x"}')).status, JSON.stringify(from)).toBe(403);
      expect([403, 415]).toContain((await raw('/trpc/agents.register', headers, 'POST', '{"name":"x"}')).status);
      expect((await raw('/api/v1/agents', headers)).status).toBe(403);
      expect((await raw('/auth/sign-out', headers)).status).toBe(403);
    }
    expect(await server.factsOfCallers()).toBe(facts);
    expect((await raw('/api/v1/me', { cookie, 'sec-fetch-site': 'same-origin' })).status).toBe(200);
  });
  it('session fixation: a cookie that somebody planted is not the one that a sign-in gives', async () => {
    const { url } = (await server.ok(
      fetch(`${server.url}/trpc/session.makeLink`, {
        method: 'POST',
        headers: { cookie: await server.signIn(), origin: server.url, 'content-type': 'application/json' },
        body: '{}',
      }).then(async (r) => ({ status: r.status, body: ((await r.json()) as Json).result.data, headers: r.headers })),
    )) as { url: string };
    const { pathname, search } = new URL(url);
    const res = await raw(pathname + search, { cookie: 'reeve_session=planted' });
    expect(String(res.headers['set-cookie'])).not.toContain('planted');
    expect((await raw('/api/v1/me', { cookie: 'reeve_session=planted' })).status).toBe(401);
  });
  it('links are not guessed: after thirty wrong ones an address waits', async () => {
    const tries: number[] = [];
    for (let i = 0; i < 31; i++) tries.push((await raw(`/auth/sign-in?link=guess-${i}`, {})).status);
    expect([tries.slice(0, 30).every((s) => s === 303), tries[30]]).toEqual([true, 429]);
  });
  it('every answer may load nothing, be framed by nobody and be taken for nothing else', async () => {
    for (const path of ['/api/v1/agents', '/openapi.json', '/nothing', '/healthz', '/docs']) {
      const { headers } = await raw(path, {});
      expect(headers, path).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'cross-origin-opener-policy': 'same-origin',
        'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
      });
    }
  });
});

describe('sockets', () => {
  it('the token of another project, of an agent, of nobody hears nothing', async () => {
    await server.sql("insert into project (id, name) values ('prj_spy', 'spy')");
    const { createHash } = await import('node:crypto');
    const hash = createHash('sha256').update('rv_spy-of-another-project').digest('hex');
    await server.sql(
      "insert into token (hash, project_id, kind, subject_id, epoch, role, created_at) values ($1, 'prj_spy', 'project', 'spy', 1, 'owner', now())",
      [hash],
    );
    const { token } = await server.agent();
    for (const auth of [
      { token: 'rv_spy-of-another-project' },
      { token },
      {},
      { headers: { cookie: await server.signIn(), origin: 'https://evil.example' } },
    ]) {
      const { socket, frames } = server.live(auth);
      let refused = false;
      socket.on('connect_error', () => {
        refused = true;
      });
      socket.connect();
      await until(() => refused || socket.connected, 'an answer');
      expect([refused, socket.connected, frames.length], JSON.stringify(auth)).toEqual([true, false, 0]);
    }
  });
});

describe('ids', () => {
  it('IDOR and path prefixes: an id that begins like one’s own is another’s', async () => {
    const short = await server.agent();
    const twin = await server.agent();
    // ids are compared whole: `/a2/` is no prefix of `/a22/`
    await server.sql('update agent set id = $1, path = array[$1] where id = $2', ['agt_a22', twin.agentId]).catch(() => undefined);
    for (const id of ['agt_a22', `${short.agentId}2`, short.agentId.slice(0, -1), `${short.agentId}%2f..%2f${twin.agentId}`])
      expect([400, 404], id).toContain((await server.get(`/agents/${id}`, short.token)).status);
  });
  it('traversal: nothing outside of a call’s own path is reached', async () => {
    for (const path of [
      '/api/v1/../../etc/passwd',
      '/api/v1/%2e%2e/%2e%2e/etc/passwd',
      '/_next/static/../../../package.json',
      '/..%5c..%5cetc',
      '//etc/passwd',
    ])
      expect([400, 404], path).toContain((await raw(path, bearer)).status);
  });
});

describe('patches', () => {
  it('traversal: a change that writes outside of its tree, into .git or through a link is refused with the rule it breaks', async () => {
    const { agentId, token } = await server.agent();
    await server.ok(server.post('/runners', { name: 'local', host: 'h', pid: 7, startTime: '1', containment: 'process-group' }));
    const { id: repositoryId } = await server.ok(
      server.post('/repositories', { name: 'attacked', path: '/srv/a', gates: { test: 'true' } }),
    );
    const file = (path: string, mode = '100644') =>
      `diff --git a/${path} b/${path}\nnew file mode ${mode}\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+x();\n`;
    const attacks: [string, string][] = [
      [file('../outside.ts'), 'path-leaves-tree'],
      [file('src/../../outside.ts'), 'path-leaves-tree'],
      [file('/etc/cron.d/x'), 'path-leaves-tree'],
      [file('src/\u202egnp.ts'), 'path-not-plain'],
      [file('src/link', '120000'), 'symlink'],
    ];
    for (const [fixPatch, rule] of attacks) {
      const body = { repositoryId, agentId, title: 't', reason: 'r', testPatch: file('test/x.test.ts'), fixPatch };
      const { id } = await server.ok(server.post('/changes', body, token));
      const { body: change } = await server.get(`/changes/${id}`);
      expect([change.state, change.refusal?.rule], fixPatch).toEqual(['refused', rule]);
    }
    const git = await server.ok(
      server.post(
        '/changes',
        { repositoryId, agentId, title: 't', reason: 'r', testPatch: file('test/x.test.ts'), fixPatch: file('.git/hooks/post-merge') },
        token,
      ),
    );
    expect((await server.get(`/changes/${git.id}`)).body.state).toBe('refused');
  });
});

describe('bombs', () => {
  it('a compressed body is no JSON; one of brackets alone is refused by its depth, on both surfaces', async () => {
    const facts = await server.factsOfCallers();
    const bomb = gzipSync(Buffer.alloc(50_000_000, 0x20));
    const zipped = await raw('/api/v1/agents', { ...bearer, 'content-encoding': 'gzip' }, 'POST', bomb);
    expect([zipped.status, JSON.parse(zipped.text).error.code]).toEqual([400, 'invalid_input']);
    expect((await raw('/trpc/agents.register', { ...bearer, 'content-encoding': 'gzip' }, 'POST', bomb)).status).toBeGreaterThanOrEqual(
      400,
    );
    const deep = `{"name":"x","metadata":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`;
    const brackets = `{"name":"x","metadata":{"a":${'['.repeat(400_000)}${']'.repeat(400_000)}}}`;
    for (const body of [deep, brackets])
      for (const path of ['/api/v1/agents', '/trpc/agents.register']) {
        const res = await raw(path, bearer, 'POST', body);
        expect([res.status, res.text.includes('nested deeper')], path).toEqual([400, true]);
      }
    expect(await server.factsOfCallers()).toBe(facts);
  });
  it('ReDoS: what is matched takes no longer for being almost right', async () => {
    const almost = [`rv_${'a'.repeat(14_000)}!`, `rv_${'-'.repeat(14_000)} `];
    for (const token of almost) {
      const from = performance.now();
      expect((await raw('/api/v1/agents', { authorization: `Bearer ${token}` })).status).toBe(401);
      expect(performance.now() - from).toBeLessThan(1_000);
    }
    const from = performance.now();
    await server.post('/tasks', { title: `${' '.repeat(400)}x`, notBefore: `2026-01-01T00:00:00${'.0'.repeat(100_000)}Z` });
    await server.post('/costs/reservations', { agentId: 'a', amountUsd: `${'1'.repeat(200_000)}x` });
    expect(performance.now() - from).toBeLessThan(2_000);
  });
});

describe('injection', () => {
  it('header and log: a line break in what callers name stays within one line of the log and no header', async () => {
    const name = 'x\r\nset-cookie: a=b\r\n\r\n{"level":60,"msg":"forged"}';
    const { agentId } = await server.ok(server.post('/agents', { name }));
    const res = await server.post(`/agents/${agentId}/stop`, { reason: name });
    expect([res.status, res.headers.get('set-cookie')]).toEqual([202, null]);
    await raw(`/api/v1/${encodeURIComponent(name)}`, bearer);
    expect(server.complaints.filter((c) => c.msg === 'forged')).toEqual([]);
  });
});

describe('too many calls', () => {
  it('one that calls without a pause is refused until the second is over; others go on', async () => {
    const small = await TestServer.start({ agentCallsPerSecond: 10 });
    try {
      const [wild, calm] = [await small.agent(), await small.agent()];
      const me = (token: string) => small.get('/me', token);
      const answers = await Promise.all(Array.from({ length: 40 }, () => me(wild.token)));
      const refused = answers.filter((a) => a.status === 429);
      // a new second may have begun between them
      expect(refused.length).toBeGreaterThanOrEqual(20);
      expect(refused[0]?.body.error).toMatchObject({ code: 'limit_reached', limit: 'calls per second', max: 10 });
      expect((await me(calm.token)).status).toBe(200);
      await expect.poll(async () => (await me(wild.token)).status, { timeout: 5_000 }).toBe(200);
    } finally {
      await small.stop();
    }
  });
  it('each kind of caller has its own bound, each caller its own count; 0 is no bound', async () => {
    const limits = new CallLimits(10);
    const agent = (agentId: string) => ({ kind: 'agent' as const, projectId: 'p', agentId, epoch: 1, path: [agentId] });
    const project = { kind: 'project', projectId: 'p', tokenId: 't', role: 'owner' } as const;
    const taken = async (of: CallLimits, who: Parameters<CallLimits['take']>[0], calls: number) => {
      const all = await Promise.allSettled(Array.from({ length: calls }, () => of.take(who, '127.0.0.1')));
      return all.filter((r) => r.status === 'fulfilled').length;
    };
    expect(
      await Promise.all([taken(limits, agent('a'), 15), taken(limits, agent('b'), 5), taken(limits, project, 120), taken(limits, null, 5)]),
    ).toEqual([10, 5, 100, 2]);
    expect(await taken(new CallLimits(0), agent('a'), 500)).toBe(500);
  });
});

describe('slowloris', () => {
  it('three hundred clients that send a byte at a time are cut off, and slow nobody by more than a tenth', async () => {
    const { port } = new URL(server.url);
    const one = async () => {
      const from = performance.now();
      await server.get('/me');
      return performance.now() - from;
    };
    // of the quick ones: what a busy machine adds is no slow client's doing
    const quick = async () => {
      const all: number[] = [];
      for (let i = 0; i < 300; i++) all.push(await one());
      return all.sort((a, b) => a - b)[30] as number;
    };
    await quick();
    const before = await quick();
    let open = 0;
    const sockets = Array.from({ length: 300 }, () => {
      const s = connect(Number(port), '127.0.0.1', () => {
        open += 1;
        s.write(`POST /api/v1/agents HTTP/1.1\r\nhost: ${own()}\r\nx-slow: `);
      });
      s.on('close', () => {
        open -= 1;
      });
      s.on('error', () => {});
      s.resume();
      return s;
    });
    await until(() => open === 300, 'all to be connected');
    const drip = setInterval(() => {
      for (const s of sockets) if (s.writable) s.write('a');
    }, 500);
    // the best of three: what slow clients do to others they do each time
    const during = Math.min(await quick(), await quick(), await quick());
    expect(open).toBeGreaterThan(0);
    await until(() => open === 0, 'all to be cut off', 30_000);
    clearInterval(drip);
    console.info(`slowloris: a call took ${before.toFixed(2)} ms before, ${during.toFixed(2)} ms beside 300 slow clients`);
    // a machine that is busy with something else is no slow client: within a millisecond
    expect(during).toBeLessThan(before * 1.1 + 1);
  });
});
