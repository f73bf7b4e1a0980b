import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Db } from '@reeve/prisma';
import { sameOrigin } from '../http/origin.ts';
import type { Sessions } from '../trpc/context.ts';
import { FailureLimit } from './failure-limit.ts';
import { cookieOf, sessionCookie } from './principals.ts';
import { hashOf } from './secrets.ts';

const linkMs = 24 * 3_600_000;
const sessionMs = 30 * 24 * 3_600_000;
const ownerId = 'owner';

/** The person of a first run: there is one until people are invited. */
export async function ensureOwner(db: Db, projectId: string): Promise<string> {
  const members = { create: { projectId, role: 'owner' } };
  await db.person.upsert({ where: { id: ownerId }, create: { id: ownerId, name: 'owner', members }, update: {} });
  return ownerId;
}

/** Keeps what a person did with their sessions in the audit log. */
export type RecordSession = (person: { id: string; name: string }, action: string) => Promise<unknown>;

/** One-time sign-in links, as Jupyter prints them: good once, within a day. */
export class SignIn implements Sessions {
  private readonly failures = new FailureLimit(30, 60_000);
  constructor(
    private readonly db: Db,
    private readonly origin: () => string,
    private readonly onEnded: (hash: string) => void,
    private readonly record: RecordSession,
  ) {}

  async makeLink(userId: string): Promise<{ url: string; expiresAt: string }> {
    const secret = randomBytes(24).toString('base64url');
    const expiresAt = new Date(Date.now() + linkMs);
    const link = await this.db.session.create({
      data: { hash: hashOf(secret), kind: 'link', personId: userId, expiresAt },
      include: { person: true },
    });
    await this.record(link.person, 'session.link-made');
    return { url: `${this.origin()}/auth/sign-in?link=${secret}`, expiresAt: expiresAt.toISOString() };
  }

  /** `GET /auth/sign-in?link=…`: uses the link up, sets the cookie and goes to the dashboard. */
  async handle(req: IncomingMessage, res: ServerResponse, url: URL): Promise<void> {
    res.setHeader('referrer-policy', 'no-referrer');
    res.setHeader('cache-control', 'no-store');
    const address = req.socket.remoteAddress ?? '';
    const to = (place: string) => res.writeHead(303, { location: place }).end();
    if (url.pathname === '/auth/sign-out') {
      if (!sameOrigin(req)) return void res.writeHead(403).end();
      const session = cookieOf(req.headers.cookie, sessionCookie);
      if (session) {
        const ended = await this.db.session.findUnique({ where: { hash: hashOf(session) }, include: { person: true } });
        await this.db.session.deleteMany({ where: { hash: hashOf(session) } });
        this.onEnded(hashOf(session));
        if (ended) await this.record(ended.person, 'session.signed-out');
      }
      res.setHeader('set-cookie', `${sessionCookie}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0`);
      return void to('/sign-in');
    }
    if (req.method !== 'GET' || url.pathname !== '/auth/sign-in') return void res.writeHead(404).end();
    if (this.failures.isOver(address))
      return void res.writeHead(429, { 'retry-after': '60', 'content-type': 'text/plain' }).end('Too many wrong links: wait a minute.');
    const now = new Date();
    const link = url.searchParams.get('link') ?? '';
    // used in one statement, so that two requests cannot both have it
    const { count } = await this.db.session.updateMany({
      where: { hash: hashOf(link), kind: 'link', usedAt: null, expiresAt: { gt: now } },
      data: { usedAt: now },
    });
    if (count !== 1) {
      this.failures.failed(address);
      return void to('/sign-in?reason=used');
    }
    const row = await this.db.session.findUniqueOrThrow({ where: { hash: hashOf(link) }, include: { person: true } });
    const secret = randomBytes(32).toString('base64url');
    await this.db.session.create({
      data: { hash: hashOf(secret), kind: 'session', personId: row.personId, expiresAt: new Date(now.getTime() + sessionMs) },
    });
    await this.record(row.person, 'session.signed-in');
    // Lax, not Strict: the link is followed from a terminal or a chat, and its redirect must already carry the cookie
    res.setHeader('set-cookie', `${sessionCookie}=${secret}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${sessionMs / 1000}`);
    to('/');
  }
}
