import { randomBytes } from 'node:crypto';
import type { AccountView, InvitationView, MemberView, Principal, Role, SessionView, TokenView } from '@reeve/core/vocabulary';
import type { Db } from '@reeve/prisma';
import type { PeopleService, Person } from '../trpc/context.ts';
import { DomainFailure, notFound } from '../trpc/failure.ts';
import { decided, type Tx } from './decided.ts';
import { hashOf, randomSecrets } from './secrets.ts';

const invitationMs = 7 * 24 * 3_600_000;
const dayMs = 24 * 3_600_000;
const newId = (prefix: string) => `${prefix}_${randomBytes(12).toString('hex')}`;
const refuse = (rule: string): never => {
  throw new DomainFailure({ code: 'forbidden', rule });
};

/** Who belongs to a project, and its tokens. Each decision is written together with its audit entry. */
export class People implements PeopleService {
  constructor(
    private readonly db: Db,
    private readonly origin: () => string,
    /** Sessions and tokens of these ended just now. */
    private readonly onEnded: (subjectIds: string[]) => void,
  ) {}

  async members(projectId: string): Promise<MemberView[]> {
    const rows = await this.db.member.findMany({ where: { projectId }, include: { person: true }, orderBy: { createdAt: 'asc' } });
    return rows.map(({ person: p, role, createdAt }) => ({
      id: p.id,
      name: p.name,
      email: p.email,
      role: role as Role,
      secondFactor: p.twoFactorEnabled,
      since: createdAt.toISOString(),
    }));
  }
  async setRole(by: Principal, { id, role }: { id: string; role: Role }): Promise<void> {
    const { projectId } = by;
    await decided(this.db, by, async (tx) => {
      const before = await memberOf(tx, projectId, id);
      if (role !== 'owner') await keepAnOwner(tx, projectId, id);
      await tx.member.update({ where: { projectId_personId: { projectId, personId: id } }, data: { role } });
      return {
        about: { action: 'people.set-role', subjectKind: 'person', subjectId: id, before: { role: before.role }, after: { role } },
        value: null,
      };
    });
    this.onEnded([id]); // forgotten, and looked up anew with the role
  }
  async remove(by: Principal, id: string): Promise<void> {
    const { projectId } = by;
    await decided(this.db, by, async (tx) => {
      const before = await memberOf(tx, projectId, id);
      await keepAnOwner(tx, projectId, id);
      await tx.member.delete({ where: { projectId_personId: { projectId, personId: id } } });
      await tx.session.deleteMany({ where: { personId: id } });
      return {
        about: { action: 'people.remove', subjectKind: 'person', subjectId: id, before: { name: before.person.name, role: before.role } },
        value: null,
      };
    });
    this.onEnded([id]);
  }

  async invitations(projectId: string): Promise<InvitationView[]> {
    const rows = await this.db.invitation.findMany({
      where: { projectId, acceptedAt: null, expiresAt: { gt: new Date() } },
      orderBy: { createdAt: 'asc' },
    });
    return rows.map((i) => ({
      id: i.id,
      email: i.email,
      role: i.role as Role,
      invitedBy: i.invitedBy,
      createdAt: i.createdAt.toISOString(),
      expiresAt: i.expiresAt.toISOString(),
    }));
  }
  /** An invitation of the same address that is still open is replaced: its link works no longer. */
  async invite(by: Principal, { email, role }: { email: string; role: Role }): Promise<{ id: string; url: string; expiresAt: string }> {
    const { projectId } = by;
    const secret = randomBytes(24).toString('base64url');
    const id = newId('inv');
    const expiresAt = new Date(Date.now() + invitationMs);
    await decided(this.db, by, async (tx) => {
      if (await tx.member.findFirst({ where: { projectId, person: { email } } })) refuse('this person is a member already');
      await tx.invitation.deleteMany({ where: { projectId, email, acceptedAt: null } });
      const invitedBy = by.kind === 'person' ? by.name : 'a token';
      await tx.invitation.create({ data: { id, projectId, hash: hashOf(secret), email, role, invitedBy, expiresAt } });
      return { about: { action: 'people.invite', subjectKind: 'invitation', subjectId: id, after: { email, role } }, value: null };
    });
    // behind the #: browsers send that to nobody, so it stands in no log
    return { id, url: `${this.origin()}/join#${secret}`, expiresAt: expiresAt.toISOString() };
  }
  async withdraw(by: Principal, id: string): Promise<void> {
    await decided(this.db, by, async (tx) => {
      const i = await tx.invitation.findFirst({ where: { id, projectId: by.projectId, acceptedAt: null } });
      if (!i) throw notFound('invitation', id);
      await tx.invitation.delete({ where: { id } });
      return {
        about: { action: 'people.withdraw', subjectKind: 'invitation', subjectId: id, before: { email: i.email, role: i.role } },
        value: null,
      };
    });
  }

  async account(by: Person): Promise<AccountView> {
    const p = await this.db.person.findUniqueOrThrow({ where: { id: by.userId }, include: { accounts: true } });
    return {
      name: p.name,
      email: p.email,
      password: p.accounts.some((a) => a.providerId === 'credential'),
      secondFactor: p.twoFactorEnabled,
      singleSignOn: p.accounts.some((a) => a.providerId !== 'credential'),
    };
  }
  async sessions(by: Person): Promise<SessionView[]> {
    const rows = await this.db.session.findMany({
      where: { personId: by.userId, kind: 'session', expiresAt: { gt: new Date() } },
      orderBy: { createdAt: 'desc' },
      take: 200,
    });
    return rows.map((s) => ({
      id: s.id,
      current: s.id === by.sessionId,
      userAgent: s.userAgent || null,
      address: s.ipAddress || null,
      createdAt: s.createdAt.toISOString(),
      expiresAt: s.expiresAt.toISOString(),
    }));
  }
  async endSession(by: Person, id: string): Promise<void> {
    await decided(this.db, by, async (tx) => {
      const { count } = await tx.session.deleteMany({ where: { id, personId: by.userId, kind: 'session' } });
      if (count === 0) throw notFound('session', id);
      return { about: { action: 'session.ended', subjectKind: 'person', subjectId: by.userId }, value: null };
    });
    this.onEnded([by.userId]);
  }

  async tokens(projectId: string): Promise<TokenView[]> {
    const rows = await this.db.token.findMany({ where: { projectId, kind: 'project' }, orderBy: { createdAt: 'asc' }, take: 1000 });
    return rows.flatMap((t) =>
      t.role
        ? {
            id: t.subjectId,
            name: t.name ?? t.subjectId,
            role: t.role as Role,
            createdAt: t.createdAt.toISOString(),
            expiresAt: t.expiresAt?.toISOString() ?? null,
          }
        : [],
    );
  }
  async createToken(by: Principal, o: { name: string; role: Role; days: number | null }): Promise<TokenView & { token: string }> {
    const { token, hash } = randomSecrets.issue();
    const id = newId('tok');
    const createdAt = new Date();
    const expiresAt = o.days === null ? null : new Date(createdAt.getTime() + o.days * dayMs);
    await decided(this.db, by, async (tx) => {
      const { projectId } = by;
      const { name, role } = o;
      await tx.token.create({ data: { hash, projectId, kind: 'project', subjectId: id, epoch: 1, role, name, createdAt, expiresAt } });
      return { about: { action: 'tokens.create', subjectKind: 'token', subjectId: id, after: { name, role, expiresAt } }, value: null };
    });
    const { name, role } = o;
    return { id, name, role, createdAt: createdAt.toISOString(), expiresAt: expiresAt?.toISOString() ?? null, token };
  }
  async revokeToken(by: Principal, id: string): Promise<void> {
    await decided(this.db, by, async (tx) => {
      const where = { projectId: by.projectId, kind: 'project', subjectId: id };
      const t = await tx.token.findFirst({ where });
      if (!t) throw notFound('token', id);
      await tx.token.deleteMany({ where });
      return {
        about: { action: 'tokens.revoke', subjectKind: 'token', subjectId: id, before: { name: t.name, role: t.role } },
        value: null,
      };
    });
    this.onEnded([id]);
  }
}

async function memberOf(tx: Tx, projectId: string, personId: string) {
  const m = await tx.member.findUnique({ where: { projectId_personId: { projectId, personId } }, include: { person: true } });
  if (!m) throw notFound('person', personId);
  return m;
}
async function keepAnOwner(tx: Tx, projectId: string, except: string): Promise<void> {
  const others = await tx.member.count({ where: { projectId, role: 'owner', personId: { not: except } } });
  const self = await tx.member.count({ where: { projectId, role: 'owner', personId: except } });
  if (self && others === 0) refuse('the last owner stays one');
}
