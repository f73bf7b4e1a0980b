import type { IncomingHttpHeaders } from 'node:http';
import type { Principal } from '@reeve/core/vocabulary';
import type { Db } from '@reeve/prisma';
import { orUnavailable } from '../store/or-unavailable.ts';
import { hashOf } from './secrets.ts';

export const sessionCookie = 'reeve_session';
const cacheMs = 30_000;
const mostCached = 100_000;

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
  ) {}

  async of(headers: IncomingHttpHeaders): Promise<Principal | null> {
    const { authorization } = headers;
    if (authorization !== undefined) {
      const token = /^Bearer (rv_[\w-]{8,200})$/i.exec(authorization)?.[1];
      return token ? this.cached(hashOf(token), (h) => this.byToken(h)) : null;
    }
    const session = cookieOf(headers.cookie, sessionCookie);
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

  private async cached(
    hash: string,
    find: (hash: string) => Promise<{ principal: Principal; subjectId: string } | null>,
  ): Promise<Principal | null> {
    const known = this.cache.get(hash);
    if (known && known.untilMs > Date.now()) return known.principal;
    this.cache.delete(hash);
    const { forgotten } = this;
    const found = await orUnavailable(find(hash));
    if (!found) return null;
    // what was read before a revocation may be what was revoked: good for this call, not to be kept
    if (this.forgotten !== forgotten) return found.principal;
    if (this.cache.size >= mostCached) this.cache.clear();
    this.cache.set(hash, { ...found, untilMs: Date.now() + cacheMs });
    return found.principal;
  }
  private async byToken(hash: string): Promise<{ principal: Principal; subjectId: string } | null> {
    const token = await this.db.token.findUnique({ where: { hash } });
    if (!token) return null;
    const { projectId, subjectId } = token;
    if (token.kind === 'project') return { subjectId, principal: { kind: 'project', projectId, tokenId: subjectId } };
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
  private async bySession(hash: string): Promise<{ principal: Principal; subjectId: string } | null> {
    const session = await this.db.session.findUnique({ where: { hash }, include: { person: true } });
    if (session?.kind !== 'session' || session.expiresAt.getTime() < Date.now()) return null;
    const { id, name } = session.person;
    return { subjectId: id, principal: { kind: 'person', userId: id, name, projectId: this.projectId, role: 'owner' } };
  }
}

export function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const part of header?.split(';') ?? []) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return undefined;
}
