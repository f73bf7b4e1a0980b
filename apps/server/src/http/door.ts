import type { IncomingMessage, ServerResponse } from 'node:http';
import { cleanJson } from '@reeve/core';
import { z } from 'zod';
import { addressHeader, type BetterAuth, oidcId } from '../auth/better.ts';
import { FailureLimit } from '../auth/failure-limit.ts';
import type { Joining } from '../auth/joining.ts';
import { sessionSecret } from '../auth/principals.ts';
import type { Proofs } from '../auth/proofs.ts';
import { hashOf } from '../auth/secrets.ts';
import { ofSession, type SignIn, type SignInParts } from '../auth/sign-in.ts';
import { passwordLength } from '../config.ts';
import { DomainFailure } from '../trpc/failure.ts';
import { readJson } from './body.ts';
import { sameOrigin } from './origin.ts';

const bodyLimitBytes = 20_000;
const text = (most: number) => z.string().min(1).max(most);
const code = text(20);
const password = text(passwordLength.most);
const newPassword = z.string().min(passwordLength.least).max(passwordLength.most);
const email = z
  .email()
  .max(255)
  .transform((e) => e.toLowerCase());

/** What of better-auth is open, and what of a body reaches it: nothing that says where to go next. */
const passed: Record<string, { body: z.ZodType<Record<string, unknown>>; also?: Record<string, unknown>; action?: string }> = {
  '/auth/sign-in/email': { body: z.object({ email, password }), action: 'session.signed-in' },
  '/auth/two-factor/verify-totp': { body: z.object({ code }), action: 'session.signed-in' },
  '/auth/two-factor/verify-backup-code': { body: z.object({ code: text(40) }), action: 'session.signed-in' },
  '/auth/two-factor/enable': { body: z.object({ password }), also: { method: 'totp' }, action: 'account.second-factor-begun' },
  '/auth/two-factor/disable': { body: z.object({ password }), action: 'account.second-factor-off' },
  '/auth/change-password': {
    body: z.object({ currentPassword: password, newPassword }),
    also: { revokeOtherSessions: true },
    action: 'account.password-changed',
  },
  '/auth/sign-in/social': {
    body: z
      .object({ again: z.boolean().default(false) })
      .transform(({ again }) => (again ? { additionalParams: { prompt: 'login', max_age: '0' } } : {})),
    also: { provider: oidcId, callbackURL: '/', errorCallbackURL: '/sign-in?reason=refused', disableRedirect: true },
  },
};
const callback = `/auth/callback/${oidcId}`;

export type DoorParts = SignInParts & { better: BetterAuth; links: SignIn; joining: Joining; proofs: Proofs; oidcName: string | null };

/** Everything under `/auth/`: who comes in, and how they show that it is them. */
export class Door {
  /** By address, and by whom they try to be: guessing at one account from many places is slow too. */
  private readonly byAddress = new FailureLimit(30, 60_000, 4);
  private readonly byAccount = new FailureLimit(10, 15 * 60_000, 2);
  constructor(private readonly parts: DoorParts) {}

  async handle(req: IncomingMessage, res: ServerResponse, url: URL): Promise<void> {
    res.setHeader('referrer-policy', 'no-referrer');
    res.setHeader('cache-control', 'no-store');
    const { links } = this.parts;
    const path = url.pathname;
    if (path === '/auth/sign-out') return links.signOut(req, res);
    if (req.method === 'GET' && path === '/auth/sign-in') return links.redeem(req, res, url);
    if (req.method === 'GET' && path === callback && this.parts.oidcName) return this.pass(req, res, url, undefined, 'session.signed-in');
    if (req.method === 'GET' && path === '/auth/ways') return send(res, 200, { singleSignOn: this.parts.oidcName });
    if (req.method !== 'POST') return void res.writeHead(404).end();
    if (!sameOrigin(req)) return send(res, 403, wrong('forbidden', 'This comes from another page.'));
    const body = cleanJson(await readJson(req, bodyLimitBytes)) as Record<string, unknown>;
    await this.post(req, res, url, body);
  }

  private async post(req: IncomingMessage, res: ServerResponse, url: URL, body: Record<string, unknown>): Promise<void> {
    const address = req.socket.remoteAddress ?? '';
    const account = await this.accountOf(req, body);
    if (this.byAddress.isOver(address) || this.byAccount.isOver(account)) {
      res.setHeader('retry-after', '60');
      return send(res, 429, wrong('limit_reached', 'Too many wrong tries: wait some minutes.'));
    }
    // a password takes a good part of a second of a processor: many at once would hold up everybody
    const ends = [this.byAddress.begin(address), this.byAccount.begin(account)];
    let hasFailed = false;
    try {
      await this.judge(req, res, url, body, () => {
        hasFailed = true;
      });
    } finally {
      for (const end of ends) end(hasFailed);
    }
  }
  private async judge(
    req: IncomingMessage,
    res: ServerResponse,
    url: URL,
    body: Record<string, unknown>,
    failed: () => void,
  ): Promise<void> {
    const secret = sessionSecret(req.headers.cookie);
    const hash = secret ? hashOf(secret) : '';
    switch (url.pathname) {
      case '/auth/invitation':
        return send(res, 200, await this.parts.joining.look(parsed(z.object({ token: text(100) }), body).token, failed));
      case '/auth/join': {
        const input = parsed(z.object({ token: text(100), name: text(100), password: newPassword }), body);
        const { email } = await this.parts.joining.join(input, failed);
        return this.pass(req, res, new URL('/auth/sign-in/email', url), { email, password: input.password }, 'session.signed-in');
      }
      case '/auth/confirm': {
        const input = parsed(z.object({ password: password.optional(), code: code.optional() }), body);
        return send(res, 200, await this.parts.proofs.confirm(hash, req.headers.cookie ?? '', input, failed));
      }
      case '/auth/password':
        return send(res, 200, await this.parts.proofs.setFirstPassword(hash, parsed(z.object({ email, password: newPassword }), body)));
    }
    const known = Object.hasOwn(passed, url.pathname) ? passed[url.pathname] : undefined;
    if (!known) return send(res, 404, wrong('not_found', 'There is no such call.'));
    await this.pass(req, res, url, { ...parsed(known.body, body), ...known.also }, known.action, failed);
  }

  /** Whom a try is at: the account that it names, else the one of its session or of the sign-in that is under way. */
  private async accountOf(req: IncomingMessage, body: Record<string, unknown>): Promise<string> {
    if (typeof body.email === 'string') return `email ${body.email.toLowerCase().slice(0, 255)}`;
    const secret = sessionSecret(req.headers.cookie);
    const session = secret ? await this.parts.db.session.findUnique({ where: { hash: hashOf(secret) }, select: { personId: true } }) : null;
    return session ? `person ${session.personId}` : `nobody ${req.socket.remoteAddress ?? ''}`;
  }

  private async pass(
    req: IncomingMessage,
    res: ServerResponse,
    url: URL,
    body: object | undefined,
    action?: string,
    failed?: () => void,
  ): Promise<void> {
    const { origin, better, db } = this.parts;
    const headers = new Headers({ origin: origin(), [addressHeader]: req.socket.remoteAddress ?? '' });
    for (const name of ['cookie', 'user-agent'] as const) if (req.headers[name]) headers.set(name, req.headers[name] as string);
    if (body) headers.set('content-type', 'application/json');
    const answer = await better.handler(
      new Request(new URL(url.pathname + url.search, origin()), {
        method: body ? 'POST' : 'GET',
        headers,
        ...(body && { body: JSON.stringify(body) }),
      }),
    );
    if (answer.status >= 400 && answer.status < 500) failed?.();
    const cookies = answer.headers.getSetCookie();
    const made = cookies.map((c) => sessionSecret(c.split(';')[0])).find(Boolean);
    if (action && answer.status < 400) {
      const secret = made ?? sessionSecret(req.headers.cookie);
      const session = secret && (await db.session.findUnique({ where: { hash: hashOf(secret) }, include: { person: true } }));
      if (session && (made || action !== 'session.signed-in')) await ofSession(this.parts, session.person, action, async () => undefined);
    }
    const out: Record<string, string | string[]> = { 'content-type': answer.headers.get('content-type') ?? 'application/json' };
    const location = answer.headers.get('location');
    if (location) out.location = location;
    if (cookies.length) out['set-cookie'] = cookies;
    res.writeHead(answer.status, out).end(await shown(answer));
  }
}

/** Of what better-auth answers, what a page needs; never the secret of a session, which stays in its cookie. */
async function shown(answer: Response): Promise<string> {
  const body = (await answer.json().catch(() => ({}))) as Record<string, unknown>;
  if (answer.status >= 500) return JSON.stringify(wrong('internal', 'Something went wrong here.'));
  if (answer.status >= 400) return JSON.stringify(wrong(String(body.code ?? 'refused').toLowerCase(), String(body.message ?? 'Refused.')));
  const { url, twoFactorRedirect, totpURI, backupCodes } = body;
  return JSON.stringify({ url, twoFactorRedirect, totpURI, backupCodes });
}
const wrong = (code: string, message: string) => ({ error: { code, message } });
function send(res: ServerResponse, status: number, body: unknown): void {
  res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
function parsed<T>(schema: z.ZodType<T>, body: unknown): T {
  const read = schema.safeParse(body);
  if (read.success) return read.data;
  const issues = read.error.issues.slice(0, 20).map((i) => ({ path: i.path.join('.'), message: i.message }));
  throw new DomainFailure({ code: 'invalid_input', issues });
}
