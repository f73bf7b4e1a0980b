import { createHash, createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../database/support.ts';
import { type Json, TestServer } from '../harness.ts';

const owner = { email: 'Owner@Example.com', password: 'a password of the owner' };
let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start({ initOwner: { ...owner, email: owner.email.toLowerCase() } });
});
afterAll(() => server?.stop());

type Said = { status: number; body: Json; cookie: string; cookies: string[]; text: string };
async function auth(path: string, body: object, cookie = '', headers: Record<string, string> = {}): Promise<Said> {
  const res = await fetch(`${server.url}/auth/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(cookie && { cookie }), ...headers },
    body: JSON.stringify(body),
    redirect: 'manual',
  });
  const text = await res.text();
  const cookies = res.headers.getSetCookie();
  const jar = cookies.filter((c) => !/max-age=0/i.test(c)).map((c) => c.split(';')[0]);
  return { status: res.status, body: text ? JSON.parse(text) : {}, cookie: jar.join('; '), cookies, text };
}
const signIn = (who = owner) => auth('sign-in/email', who);
const trpc = async (path: string, input: object | null, cookie: string): Promise<{ status: number; body: Json }> => {
  const res = await (input === null
    ? fetch(`${server.url}/trpc/${path}`, { headers: { cookie } })
    : fetch(`${server.url}/trpc/${path}`, {
        method: 'POST',
        headers: { cookie, origin: server.url, 'content-type': 'application/json' },
        body: JSON.stringify(input),
      }));
  const body = (await res.json()) as Json;
  return { status: res.status, body: body.result?.data ?? body.error?.data?.reeve };
};
const me = async (cookie: string) => (await server.call('GET', '/me', undefined, { token: null, headers: { cookie } })).body;
const actions = async () => (await server.sql('select action from audit_entry order by n')).map((r: Json) => r.action as string);
/** As if the person had last shown a while ago that it is them. */
async function longAgo(cookie: string): Promise<void> {
  const secret = /reeve_session=([^.;%]+)/.exec(cookie)?.[1] ?? '';
  await server.sql("update session set proven_at = now() - interval '1 hour' where hash = $1", [sha(secret)]);
  await server.restart();
}
const sha = (text: string) => createHash('sha256').update(text).digest('hex');
async function member(role: string, email: string): Promise<Said> {
  const { body } = await trpc('people.invite', { email, role }, (await signIn()).cookie);
  return auth('join', { token: body.url.split('#')[1], name: email.split('@')[0], password: 'a password of theirs' });
}

describe('the owner of the environment', () => {
  it('signs in with their password, and there is no link and no other password', async () => {
    expect(server.signInUrl).toBe(`${server.url}/sign-in`);
    for (const wrong of ['', 'owner', 'admin', 'password', 'a password of the owner '])
      expect((await signIn({ ...owner, password: wrong })).status, wrong).toBeGreaterThanOrEqual(400);
    expect((await signIn({ email: 'nobody@example.com', password: owner.password })).status).toBe(401);
    const { status, cookie, cookies, text } = await signIn();
    expect(status).toBe(200);
    expect(cookies.find((c) => c.startsWith('reeve_session='))).toMatch(/HttpOnly.*SameSite=Lax/i);
    // the secret stands in the cookie alone
    const secret = /reeve_session=([^.;%]+)/.exec(cookie)?.[1] ?? '-';
    expect(text).not.toContain(secret);
    expect(await server.sql('select * from session where hash = $1', [secret])).toEqual([]);
    expect(await server.sql('select person_id from session where hash = $1', [sha(secret)])).toEqual([{ person_id: 'owner' }]);
    expect(await me(cookie)).toMatchObject({ kind: 'person', userId: 'owner', role: 'owner' });
    expect((await actions()).at(-1)).toBe('session.signed-in');
  });
  it('nobody signs up by themselves, and nothing else of the library is open', async () => {
    for (const path of [
      'sign-up/email',
      'update-user',
      'delete-user',
      'list-sessions',
      'get-session',
      'request-password-reset',
      'reset-password',
      'change-email',
      'link-social',
      'two-factor/send-otp',
      'sign-in/social',
      'callback/oidc',
      'ok',
      'constructor',
    ])
      expect([400, 401, 403, 404], path).toContain(
        (await auth(path, { email: 'x@example.com', password: 'x'.repeat(20), name: 'x' })).status,
      );
    expect(await server.sql('select id from person')).toEqual([{ id: 'owner' }]);
  });
  it('a start again does not bring back the password of the environment; a new one ends the other sessions', async () => {
    const [a, b] = [await signIn(), await signIn()];
    const newPassword = 'another password of the owner';
    const changed = await auth('change-password', { currentPassword: owner.password, newPassword }, a.cookie);
    expect([changed.status, (await me(changed.cookie)).userId]).toEqual([200, 'owner']);
    expect((await me(b.cookie)).error.code).toBe('unauthenticated');
    await server.restart();
    expect([(await signIn()).status, (await signIn({ ...owner, password: newPassword })).status]).toEqual([401, 200]);
    await auth('change-password', { currentPassword: newPassword, newPassword: owner.password }, changed.cookie);
    expect((await signIn()).status).toBe(200);
  });
});

describe('sessions', () => {
  it('session fixation: what was planted before a sign-in is nobody’s after it', async () => {
    const planted = 'reeve_session=planted.c2lnbmVk';
    const { cookie } = await auth('sign-in/email', owner, planted);
    expect(cookie).toMatch(/reeve_session=/);
    expect(cookie).not.toContain('planted');
    expect((await me(planted)).error.code).toBe('unauthenticated');
    // nor is a session that was there kept on under another person
    const before = await member('viewer', 'fixed@example.com');
    const after = await auth('sign-in/email', owner, before.cookie);
    expect(after.cookie.split('.')[0]).not.toBe(before.cookie.split('.')[0]);
    expect(await me(after.cookie)).toMatchObject({ userId: 'owner' });
  });
  it('are listed, and each can be ended; its next call and its socket are refused at once', async () => {
    const [a, b] = [await signIn(), await signIn()];
    const { body } = await trpc('session.list', null, a.cookie);
    const other = body.items.find((s: Json) => !s.current);
    expect(body.items.filter((s: Json) => s.current)).toHaveLength(1);
    const { socket } = server.live({ headers: { cookie: b.cookie, origin: server.url } });
    socket.connect();
    await until(() => socket.connected, 'the socket');
    const mine = await trpc('session.list', null, b.cookie);
    const id = mine.body.items.find((s: Json) => s.current).id;
    expect(other).toBeDefined();
    expect((await trpc('session.end', { id }, a.cookie)).status).toBe(200);
    expect((await me(b.cookie)).error.code).toBe('unauthenticated');
    expect((await me(a.cookie)).userId).toBe('owner');
    await until(() => !socket.connected, 'the socket to be cut off');
  });
  it('of another person cannot be ended', async () => {
    const theirs = await member('owner', 'second@example.com');
    const { body } = await trpc('session.list', null, theirs.cookie);
    expect((await trpc('session.end', { id: body.items[0].id }, (await signIn()).cookie)).status).toBe(404);
  });
  it('CSRF: a page of another site can neither sign in, join nor confirm', async () => {
    const { cookie } = await signIn();
    const foreign: Record<string, string>[] = [{ origin: 'https://evil.example' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }];
    for (const from of foreign)
      for (const [path, body] of [
        ['sign-in/email', owner],
        ['join', { token: 'x', name: 'x', password: 'x'.repeat(20) }],
        ['confirm', { password: owner.password }],
        ['change-password', { currentPassword: owner.password, newPassword: 'x'.repeat(20) }],
      ] as const)
        expect((await auth(path, body, cookie, from)).status, `${path} ${JSON.stringify(from)}`).toBe(403);
  });
});

describe('invitations', () => {
  it('work once, make a member in the role that was given, and end when they are withdrawn or replaced', async () => {
    const { cookie } = await signIn();
    const invite = async (email: string, role: string) => (await trpc('people.invite', { email, role }, cookie)).body;
    const first = await invite('Ann@example.com', 'owner');
    const { url } = await invite('ann@example.com', 'operator');
    const token = url.split('#')[1];
    const join = (t: string) => auth('join', { token: t, name: 'Ann', password: 'a password of Ann' });
    expect((await join(first.url.split('#')[1])).status).toBe(404);
    expect((await auth('invitation', { token })).body).toMatchObject({ email: 'ann@example.com', role: 'operator', invitedBy: 'owner' });
    const [x, y] = await Promise.all([join(token), join(token)]);
    expect([x.status, y.status].sort()).toEqual([200, expect.any(Number)]);
    const ann = x.status === 200 ? x : y;
    expect(await me(ann.cookie)).toMatchObject({ kind: 'person', name: 'Ann', role: 'operator' });
    expect((await join(token)).status).toBe(404);
    expect(await server.sql("select count(*)::int as n from person where email = 'ann@example.com'")).toEqual([{ n: 1 }]);
    const gone = await invite('bob@example.com', 'viewer');
    await trpc('people.withdraw', { id: gone.id }, cookie);
    expect((await auth('join', { token: gone.url.split('#')[1], name: 'Bob', password: 'a password of Bob' })).status).toBe(404);
    expect(await actions()).toEqual(expect.arrayContaining(['people.invite', 'people.join', 'people.withdraw']));
    expect((await server.get('/audit/verify')).body.fault).toBeNull();
  });
  it('a member gets another role at once; who is removed is signed out at once; the last owner stays', async () => {
    const { cookie } = await signIn();
    const carl = await member('viewer', 'carl@example.com');
    const { userId } = await me(carl.cookie);
    expect((await trpc('people.setRole', { id: userId, role: 'approver' }, cookie)).status).toBe(200);
    expect((await me(carl.cookie)).role).toBe('approver');
    expect((await trpc('people.remove', { id: userId }, cookie)).status).toBe(200);
    expect((await me(carl.cookie)).error.code).toBe('unauthenticated');
    expect((await auth('sign-in/email', { email: 'carl@example.com', password: 'a password of theirs' })).status).toBeGreaterThanOrEqual(
      400,
    );
    await server.sql("delete from member where person_id <> 'owner'");
    expect((await trpc('people.setRole', { id: 'owner', role: 'viewer' }, cookie)).body.code).toBe('forbidden');
    expect((await trpc('people.remove', { id: 'owner' }, cookie)).body.code).toBe('forbidden');
  });
});

describe('tokens of programs', () => {
  it('are shown once, may what their role may, and end when they are revoked', async () => {
    const { cookie } = await signIn();
    const { body } = await trpc('tokens.create', { name: 'ci', role: 'viewer' }, cookie);
    const { token, id } = body;
    expect((await server.get('/me', token)).body).toMatchObject({ kind: 'project', role: 'viewer' });
    expect((await server.post('/agents', { name: 'x' }, token)).status).toBe(403);
    expect(JSON.stringify((await trpc('tokens.list', null, cookie)).body)).not.toContain(token);
    expect((await trpc('tokens.revoke', { id }, cookie)).status).toBe(200);
    expect((await server.get('/me', token)).status).toBe(401);
  });
});

describe('showing again that it is you', () => {
  it('a session that was left open may look and work, but not stop everything, override, nor make tokens', async () => {
    const { cookie } = await signIn();
    await longAgo(cookie);
    expect(await me(cookie)).toMatchObject({ mustConfirm: true });
    const guarded: [string, object][] = [
      ['project.stop', { reason: 'x' }],
      ['tokens.create', { name: 'x', role: 'owner' }],
      ['session.makeLink', {}],
      ['people.invite', { email: 'x@example.com', role: 'owner' }],
      ['people.setRole', { id: 'owner', role: 'owner' }],
      ['people.remove', { id: 'x' }],
      ['locks.forceRelease', { name: 'x', reason: 'because' }],
      ['tasks.forceRelease', { id: 'x' }],
      ['tasks.accept', { id: 'x', override: true, reason: 'because' }],
    ];
    for (const [path, input] of guarded) {
      const { status, body } = await trpc(path, input, cookie);
      expect([path, status, body.code]).toEqual([path, 403, 'confirmation_required']);
    }
    expect((await trpc('tasks.add', { title: 'work' }, cookie)).status).toBe(200);
    expect((await trpc('tasks.accept', { id: 'x' }, cookie)).body.code).toBe('not_found');
    expect((await auth('confirm', { password: 'not the password' }, cookie)).status).toBe(403);
    expect((await trpc('tokens.create', { name: 'x', role: 'owner' }, cookie)).body.code).toBe('confirmation_required');
    expect((await auth('confirm', { password: owner.password }, cookie)).status).toBe(200);
    expect((await trpc('tokens.create', { name: 'x', role: 'owner' }, cookie)).status).toBe(200);
  });
  it('whoever came by a link alone is not asked, and can set a password once', async () => {
    const other = await TestServer.start();
    const was = server;
    server = other;
    try {
      const cookie = await other.signIn();
      await longAgo(cookie);
      expect(await me(cookie)).not.toHaveProperty('mustConfirm');
      const body = { email: 'Me@example.com', password: 'the first password' };
      expect((await auth('password', { ...body, password: 'short' }, cookie)).status).toBe(400);
      expect((await auth('password', body, cookie)).status).toBe(200);
      expect((await auth('password', body, cookie)).status).toBe(403);
      expect((await signIn(body)).status).toBe(200);
      await longAgo(cookie);
      expect(await me(cookie)).toHaveProperty('mustConfirm', true);
    } finally {
      server = was;
      await other.stop();
    }
  });
});

describe('the second factor', () => {
  it('is owed at every sign-in with a password from when its first code was right; its secret is sealed', async () => {
    const dora = await member('approver', 'dora@example.com');
    const who = { email: 'dora@example.com', password: 'a password of theirs' };
    const begun = await auth('two-factor/enable', { password: who.password }, dora.cookie);
    expect(begun.status).toBe(200);
    const secret = new URL(begun.body.totpURI).searchParams.get('secret') ?? '';
    const plain = Buffer.from(fromBase32(secret)).toString();
    const [row] = await server.sql('select secret, backup_codes from two_factor');
    expect(row.secret).not.toContain(plain);
    expect(row.backup_codes).not.toContain(begun.body.backupCodes[0]);
    expect((await signIn(who)).cookie).toMatch(/reeve_session=/); // not before the first code
    const code = () => totp(plain);
    const on = await auth('two-factor/verify-totp', { code: code() }, dora.cookie);
    expect(on.status).toBe(200);

    const half = await signIn(who);
    expect(half.body).toMatchObject({ twoFactorRedirect: true });
    expect((await me(half.cookie)).error.code).toBe('unauthenticated');
    expect((await auth('two-factor/verify-totp', { code: '000000' }, half.cookie)).status).toBeGreaterThanOrEqual(400);
    const whole = await auth('two-factor/verify-totp', { code: code() }, half.cookie);
    expect(whole.status).toBe(200);
    expect(await me(whole.cookie)).toMatchObject({ name: 'dora', role: 'approver' });

    const again = await signIn(who);
    const byBackup = await auth('two-factor/verify-backup-code', { code: begun.body.backupCodes[0] }, again.cookie);
    expect(await me(byBackup.cookie)).toMatchObject({ name: 'dora' });
    const third = await signIn(who);
    expect((await auth('two-factor/verify-backup-code', { code: begun.body.backupCodes[0] }, third.cookie)).status).toBeGreaterThanOrEqual(
      400,
    );

    await longAgo(whole.cookie);
    expect((await auth('confirm', { code: '000000' }, whole.cookie)).status).toBe(403);
    expect((await auth('confirm', { code: code() }, whole.cookie)).status).toBe(200);
    expect(await me(whole.cookie)).not.toHaveProperty('mustConfirm');
  });
});
describe('guessing', () => {
  it('ten wrong passwords of one account and it waits, wherever they come from; the right one too', async () => {
    await member('viewer', 'eve@example.com');
    const tries: number[] = [];
    for (let i = 0; i < 11; i++) tries.push((await signIn({ email: 'eve@example.com', password: `guess ${i}` })).status);
    expect(tries).toEqual([...Array(10).fill(401), 429]);
    expect((await signIn({ email: 'EVE@example.com', password: 'a password of theirs' })).status).toBe(429);
  });
});

/** RFC 6238, as an app on a phone does it. */
function totp(secret: string): string {
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = createHmac('sha1', secret).update(step).digest();
  const at = (mac.at(-1) ?? 0) & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
function fromBase32(text: string): number[] {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...text.replaceAll('=', '')].map((c) => alphabet.indexOf(c).toString(2).padStart(5, '0')).join('');
  return (bits.match(/.{8}/g) ?? []).map((b) => Number.parseInt(b, 2));
}
