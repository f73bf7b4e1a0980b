import type { IncomingHttpHeaders } from 'node:http';
import { type Principal, type Role, roles } from '@reeve/core/vocabulary';
import type { Db } from '@reeve/prisma';
import { orUnavailable } from '../store/or-unavailable.ts';
import { hashOf } from './secrets.ts';

export const sessionCookie = 'reeve_session';
/** So long somebody who has shown that it is them need not show it again. */
export const defaultProvenMs = 15 * 60_000;
const cacheMs = 30_000;
const mostCached = 100_000;

/** Who it is; `untilMs`: the moment at which the token or session ends by itself. */
type Found = { principal: Principal; subjectId: string; untilMs?: number | undefined };
const isOver = (at: Date | null): boolean => at !== null && at.getTime() <= Date.now();
/** A role that this version does not know is none. */
const roleOf = (text: string | null | undefined): Role | null => roles.find((r) => r === text) ?? null;

/**
 * Who is behind a request: a bearer token (agents, runners, scripts) or a session cookie (people). Answers are kept for
 * a short while; a token revoked by a commit is forgotten at once.
 */
export class Principals {
  private readonly cache = new Map<string, { principal: Principal; subjectId: string; untilMs: number }>();
  private forgotten = 0;
  constructor(
    private readonly db: Db,
    private readonly projectId: string,
    private readonly provenMs = defaultProvenMs,
  ) {}

  async of(headers: IncomingHttpHeaders): Promise<Principal | null> {
    const { authorization } = headers;
    if (authorization !== undefined) {
      const token = /^Bearer (rv_[\w-]{8,200})$/i.exec(authorization)?.[1];
      return token ? this.cached(hashOf(token), (h) => this.byToken(h)) : null;
    }
    const session = sessionSecret(headers.cookie);
    return session ? this.cached(hashOf(session), (h) => this.bySession(h)) : null;
  }
  forget(subjectIds: readonly string[]): void {
    if (subjectIds.length === 0) return;
    const gone = new Set(subjectIds);
    for (const [hash, entry] of this.cache) if (gone.has(entry.subjectId)) this.cache.delete(hash);
    this.forgotten += 1;
  }
  /** One token or session that has just ended. */
  forgetOne(hash: string): void {
    this.cache.delete(hash);
    this.forgotten += 1;
  }

  private async cached(hash: string, find: (hash: string) => Promise<Found | null>): Promise<Principal | null> {
    const known = this.cache.get(hash);
    if (known && known.untilMs > Date.now()) return known.principal;
    this.cache.delete(hash);
    const { forgotten } = this;
    const found = await orUnavailable(find(hash));
    if (!found) return null;
    // what was read before a revocation may be what was revoked: good for this call, not to be kept
    if (this.forgotten !== forgotten) return found.principal;
    if (this.cache.size >= mostCached) this.cache.clear();
    this.cache.set(hash, { ...found, untilMs: Math.min(Date.now() + cacheMs, found.untilMs ?? Number.POSITIVE_INFINITY) });
    return found.principal;
  }
  private async byToken(hash: string): Promise<Found | null> {
    const token = await this.db.token.findUnique({ where: { hash } });
    if (!token || isOver(token.expiresAt)) return null;
    const { projectId, subjectId } = token;
    if (token.kind === 'project') {
      const role = roleOf(token.role);
      return (
        role && { subjectId, untilMs: token.expiresAt?.getTime(), principal: { kind: 'project', projectId, tokenId: subjectId, role } }
      );
    }
    if (token.kind === 'runner') {
      const runner = await this.db.runner.findUnique({ where: { id: subjectId } });
      return (
        runner && { subjectId, principal: { kind: 'runner', projectId, runnerId: subjectId, scope: runner.scoped ? runner.scope : null } }
      );
    }
    const agent = await this.db.agent.findUnique({ where: { id: subjectId }, select: { epoch: true, path: true } });
    if (!agent || agent.epoch !== token.epoch) return null;
    return { subjectId, principal: { kind: 'agent', projectId, agentId: subjectId, epoch: agent.epoch, path: agent.path } };
  }
  private async bySession(hash: string): Promise<Found | null> {
    const session = await this.db.session.findUnique({
      where: { hash },
      include: { person: { include: { members: { where: { projectId: this.projectId } }, accounts: { select: { id: true } } } } },
    });
    if (session?.kind !== 'session' || isOver(session.expiresAt)) return null;
    const { id, name, members, accounts } = session.person;
    const role = roleOf(members[0]?.role);
    if (!role) return null;
    // whoever has only ever come by a link has nothing else to show
    const provenUntilMs = accounts.length ? session.provenAt.getTime() + this.provenMs : Number.POSITIVE_INFINITY;
    const mustConfirm = provenUntilMs <= Date.now();
    return {
      subjectId: id,
      untilMs: Math.min(session.expiresAt.getTime(), mustConfirm ? Number.POSITIVE_INFINITY : provenUntilMs),
      principal: {
        kind: 'person',
        userId: id,
        name,
        projectId: this.projectId,
        role,
        sessionId: session.id,
        ...(mustConfirm && { mustConfirm }),
      },
    };
  }
}

/** What a browser brings; better-auth puts a signature behind it, and whoever knows the secret needs none. */
export const sessionSecret = (cookies: string | undefined): string | undefined =>
  cookieOf(cookies, sessionCookie)?.split('.')[0] || undefined;
export function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const part of header?.split(';') ?? []) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return undefined;
}
