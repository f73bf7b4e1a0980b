import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Principal } from '@reeve/core/vocabulary';
import type { Db } from '@reeve/prisma';
import { sameOrigin } from '../http/origin.ts';
import type { Sessions } from '../trpc/context.ts';
import { sessionMs } from './better.ts';
import { decided, type Tx } from './decided.ts';
import { FailureLimit } from './failure-limit.ts';
import { sessionCookie, sessionSecret } from './principals.ts';
import { hashOf } from './secrets.ts';

const linkMs = 24 * 3_600_000;

type Who = { id: string; name: string };
export type SignInParts = {
  db: Db;
  projectId: string;
  origin: () => string;
  onEnded: (hash: string) => void;
};

/** What a person did with their sessions, together with its audit entry. */
export const ofSession = <T>(p: SignInParts, person: Who, action: string, write: (tx: Tx) => Promise<T>): Promise<T> => {
  const by: Principal = { kind: 'person', userId: person.id, name: person.name, projectId: p.projectId, role: 'viewer' };
  return decided(p.db, by, async (tx) => ({
    value: await write(tx),
    about: { action, subjectKind: 'person', subjectId: person.id },
  }));
};

/** One-time sign-in links, as Jupyter prints them: good once, within a day. */
export class SignIn implements Sessions {
  private readonly failures = new FailureLimit(30, 60_000);
  constructor(private readonly parts: SignInParts) {}

  async makeLink(userId: string): Promise<{ url: string; expiresAt: string }> {
    const secret = randomBytes(24).toString('base64url');
    const expiresAt = new Date(Date.now() + linkMs);
    const person = await this.parts.db.person.findUniqueOrThrow({ where: { id: userId } });
    await ofSession(this.parts, person, 'session.link-made', (tx) =>
      tx.session.create({ data: { hash: hashOf(secret), kind: 'link', personId: userId, expiresAt } }),
    );
    return { url: `${this.parts.origin()}/auth/sign-in?link=${secret}`, expiresAt: expiresAt.toISOString() };
  }

  async signOut(req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (!sameOrigin(req)) return void res.writeHead(403).end();
    const { db, onEnded } = this.parts;
    const secret = sessionSecret(req.headers.cookie);
    const hash = secret && hashOf(secret);
    const ended = hash ? await db.session.findUnique({ where: { hash }, include: { person: true } }) : null;
    if (hash && ended?.kind === 'session') {
      await ofSession(this.parts, ended.person, 'session.signed-out', (tx) => tx.session.deleteMany({ where: { hash } }));
      onEnded(hash);
    }
    res.setHeader('set-cookie', `${sessionCookie}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0`);
    res.writeHead(303, { location: '/sign-in?reason=ended' }).end();
  }

  /** `GET /auth/sign-in?link=…`: uses the link up, sets the cookie and goes to the dashboard. */
  async redeem(req: IncomingMessage, res: ServerResponse, url: URL): Promise<void> {
    const { db } = this.parts;
    const address = req.socket.remoteAddress ?? '';
    const to = (place: string) => res.writeHead(303, { location: place }).end();
    if (this.failures.isOver(address))
      return void res.writeHead(429, { 'retry-after': '60', 'content-type': 'text/plain' }).end('Too many wrong links: wait a minute.');
    const now = new Date();
    const link = url.searchParams.get('link') ?? '';
    // used in one statement, so that two requests cannot both have it
    const { count } = await db.session.updateMany({
      where: { hash: hashOf(link), kind: 'link', usedAt: null, expiresAt: { gt: now } },
      data: { usedAt: now },
    });
    if (count !== 1) {
      this.failures.failed(address);
      return void to('/sign-in?reason=used');
    }
    const row = await db.session.findUniqueOrThrow({ where: { hash: hashOf(link) }, include: { person: true } });
    const secret = randomBytes(32).toString('base64url');
    await ofSession(this.parts, row.person, 'session.signed-in', (tx) =>
      tx.session.create({
        data: {
          hash: hashOf(secret),
          kind: 'session',
          personId: row.personId,
          expiresAt: new Date(now.getTime() + sessionMs),
          ipAddress: address,
          userAgent: req.headers['user-agent']?.slice(0, 500) ?? null,
        },
      }),
    );
    const secure = this.parts.origin().startsWith('https:') ? '; Secure' : '';
    // Lax, not Strict: the link is followed from a terminal or a chat, and its redirect must already carry the cookie
    res.setHeader('set-cookie', `${sessionCookie}=${secret}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${sessionMs / 1000}${secure}`);
    to('/');
  }
}
