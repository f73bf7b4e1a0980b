import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Json, TestServer } from '../harness.ts';

/** A real provider on loopback; who signs in there, and what it says of them, a test chooses. */
const people: Record<string, { email: string; email_verified: boolean; name: string }> = {};
let signsIn = '';
let prompts: string[] = [];
let provider: Server;
let server: TestServer;
const client = { client_id: 'reeve', client_secret: 'a secret of the client' };

beforeAll(async () => {
  let handle: (req: never, res: never) => void = () => {};
  provider = createServer((req, res) => handle(req as never, res as never));
  await new Promise<void>((go) => provider.listen(0, '127.0.0.1', go));
  const issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
  const redirects: string[] = [];
  const oidc = new Provider(issuer, {
    clients: [{ ...client, redirect_uris: ['http://127.0.0.1/placeholder'] }],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: false } },
    findAccount: (_ctx: unknown, sub: string) => ({ accountId: sub, claims: async () => ({ sub, ...people[sub] }) }),
    interactions: { url: (_ctx: unknown, i: { uid: string }) => `/interaction/${i.uid}` },
    loadExistingGrant: async (ctx: Json) => {
      const grant = new oidc.Grant({ clientId: 'reeve', accountId: ctx.oidc.session.accountId });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
  } as never);
  // the address of our server is known only once it listens
  (oidc as Json).Client.prototype.redirectUriAllowed = (uri: string) => redirects.includes(uri);
  const serve = oidc.callback();
  handle = (async (req: Json, res: Json) => {
    if (req.url.startsWith('/interaction/')) {
      const { params } = await oidc.interactionDetails(req, res);
      prompts.push(String(params.prompt ?? ''));
      return oidc.interactionFinished(req, res, { login: { accountId: signsIn } });
    }
    return serve(req, res);
  }) as never;
  server = await TestServer.start({
    initOwner: { email: 'owner@example.com', password: 'a password of the owner' },
    oidc: { issuer, clientId: client.client_id, clientSecret: client.client_secret, name: 'Example' },
  });
  redirects.push(`${server.url}/auth/callback/oidc`);
});
afterAll(async () => {
  await server?.stop();
  provider?.closeAllConnections();
  provider?.close();
});
beforeEach(() => {
  prompts = [];
});

/** A browser with its cookies, by host. */
class Browser {
  private readonly jars = new Map<string, Map<string, string>>();
  async open(url: string, init: RequestInit = {}): Promise<{ res: Response; url: string; text: string }> {
    const { host } = new URL(url);
    const jar = this.jars.get(host) ?? new Map<string, string>();
    this.jars.set(host, jar);
    const cookie = [...jar].map(([k, v]) => `${k}=${v}`).join('; ');
    const res = await fetch(url, { ...init, redirect: 'manual', headers: { ...(init.headers as object), ...(cookie && { cookie }) } });
    for (const c of res.headers.getSetCookie()) {
      const [pair = ''] = c.split(';');
      const at = pair.indexOf('=');
      if (/max-age=0|expires=Thu, 01 Jan 1970/i.test(c)) jar.delete(pair.slice(0, at));
      else jar.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return { res, url, text: await res.text() };
  }
  /** Follows redirects until there is a page; answers where it ended. */
  async follow(url: string): Promise<string> {
    for (let hops = 0; hops < 12; hops++) {
      if (new URL(url).host === new URL(server.url).host && !new URL(url).pathname.startsWith('/auth/'))
        return url.slice(server.url.length);
      const { res } = await this.open(url);
      const location = res.headers.get('location');
      if (!location) return `${res.status} ${url}`;
      url = new URL(location, url).href;
    }
    throw new Error('too many redirects');
  }
  async begin(body: object = {}): Promise<string> {
    const { text, res } = await this.open(`${server.url}/auth/sign-in/social`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: server.url },
      body: JSON.stringify(body),
    });
    expect(res.status, text).toBe(200);
    return JSON.parse(text).url;
  }
  async signIn(body: object = {}): Promise<string> {
    return this.follow(await this.begin(body));
  }
  async me(): Promise<Json> {
    return JSON.parse((await this.open(`${server.url}/api/v1/me`)).text);
  }
}
const invite = (email: string, role: string) => server.ok(server.post('/invitations', { email, role }));

describe('single sign-on', () => {
  it('lets in whom an owner invited, in the role of the invitation, and keeps none of the tokens', async () => {
    people.ann = { email: 'Ann@example.com', email_verified: true, name: 'Ann' };
    signsIn = 'ann';
    await invite('ann@example.com', 'approver');
    const browser = new Browser();
    expect(await browser.signIn()).toBe('/');
    expect(await browser.me()).toMatchObject({ kind: 'person', name: 'Ann', role: 'approver' });
    const [account] = await server.sql("select * from account where provider_id = 'oidc'");
    expect(account).toMatchObject({ account_id: 'ann', access_token: null, refresh_token: null, id_token: null, password: null });
    // again, without an invitation: known by the subject, whatever the address is now
    people.ann.email = 'ann.new@example.com';
    const second = new Browser();
    expect(await second.signIn()).toBe('/');
    expect((await second.me()).userId).toBe((await browser.me()).userId);
    expect((await server.sql('select access_token, id_token from account')).every((a: Json) => !a.access_token && !a.id_token)).toBe(true);
    const actions = (await server.sql('select action from audit_entry order by n')).map((r: Json) => r.action);
    expect(actions).toEqual(expect.arrayContaining(['people.invite', 'people.join', 'session.signed-in']));
  });
  it('lets in nobody else: not invited, not verified, removed', async () => {
    people.eve = { email: 'eve@example.com', email_verified: true, name: 'Eve' };
    people.liar = { email: 'owner@example.com', email_verified: false, name: 'Liar' };
    people.bob = { email: 'bob@example.com', email_verified: false, name: 'Bob' };
    await invite('bob@example.com', 'owner');
    for (const who of ['eve', 'liar', 'bob']) {
      signsIn = who;
      const browser = new Browser();
      expect(await browser.signIn(), who).toMatch(/^\/sign-in\?reason=refused/);
      expect((await browser.me()).error.code).toBe('unauthenticated');
    }
    expect(await server.sql("select id from person where email in ('eve@example.com', 'bob@example.com')")).toEqual([]);
    const { items } = (await server.get('/people')).body;
    await server.ok(server.call('DELETE', `/people/${items.find((m: Json) => m.name === 'Ann').id}`));
    signsIn = 'ann';
    const browser = new Browser();
    expect(await browser.signIn()).not.toBe('/');
    expect((await browser.me()).error.code).toBe('unauthenticated');
  });
  it('a member with a password may come by the provider too, under the same verified address', async () => {
    people.own = { email: 'owner@example.com', email_verified: true, name: 'The owner' };
    signsIn = 'own';
    const browser = new Browser();
    expect(await browser.signIn()).toBe('/');
    expect(await browser.me()).toMatchObject({ userId: 'owner', role: 'owner' });
  });
  it('an answer is good for the browser that asked alone, and once', async () => {
    signsIn = 'own';
    const asked = new Browser();
    let url = await asked.begin();
    for (; !url.startsWith(`${server.url}/auth/callback`); ) {
      const { res } = await asked.open(url);
      url = new URL(res.headers.get('location') ?? '', url).href;
    }
    const victim = new Browser();
    await victim.follow(url);
    expect((await victim.me()).error.code).toBe('unauthenticated');
    const forged = url.replace(/code=[^&]+/, 'code=forged');
    const other = new Browser();
    await other.begin();
    await other.follow(forged);
    expect((await other.me()).error.code).toBe('unauthenticated');
  });
  it('showing again that it is you asks the provider to ask again', async () => {
    signsIn = 'own';
    const browser = new Browser();
    await browser.signIn();
    prompts = [];
    expect(await browser.signIn()).toBe('/');
    expect(prompts).toEqual([]); // the provider knew them still
    expect(await browser.signIn({ again: true })).toBe('/');
    expect(prompts).toEqual(['login']);
  });
  it('where to go next is ours to say', async () => {
    const browser = new Browser();
    const url = await browser.begin({
      callbackURL: 'https://evil.example/',
      errorCallbackURL: 'https://evil.example/',
      provider: 'github',
    });
    expect(url).not.toContain('evil');
    signsIn = 'own';
    expect(await browser.follow(url)).toBe('/');
  });
});
