import type { Db } from '@reeve/prisma';
import { hashPassword, verifyPassword } from 'better-auth/crypto';
import { v7 } from 'uuid';
import { DomainFailure } from '../trpc/failure.ts';
import { decided, type Tx } from './decided.ts';
import { hashOf } from './secrets.ts';

const gone = () => new DomainFailure({ code: 'not_found', kind: 'invitation', id: 'of this link' });
type Invitation = { id: string; projectId: string; email: string; role: string; invitedBy: string };

/** How somebody who was invited becomes a member: by their link and a password, or by single sign-on under the same address. */
export class Joining {
  constructor(
    private readonly db: Db,
    private readonly projectId: string,
  ) {}

  /** What the page of an invitation shows. */
  async look(token: string, failed: () => void): Promise<{ email: string; role: string; invitedBy: string }> {
    const i = await this.db.invitation.findUnique({ where: { hash: hashOf(token) } });
    if (!i || i.acceptedAt || i.expiresAt <= new Date()) {
      failed();
      throw gone();
    }
    return { email: i.email, role: i.role, invitedBy: i.invitedBy };
  }
  /** Uses the invitation up. Whoever has an account under this address already shows its password. */
  async join(o: { token: string; name: string; password: string }, failed: () => void): Promise<{ email: string }> {
    const { email } = await this.look(o.token, failed);
    const known = await this.db.person.findUnique({ where: { email }, include: { accounts: true } });
    const credential = known?.accounts.find((a) => a.providerId === 'credential');
    if (known && !credential) throw new DomainFailure({ code: 'forbidden', rule: 'this address signs in through single sign-on' });
    if (credential?.password && !(await verifyPassword({ hash: credential.password, password: o.password }))) {
      failed();
      throw new DomainFailure({ code: 'forbidden', rule: 'there is an account with this address, and this is not its password' });
    }
    const personId = known?.id ?? `per_${v7().replaceAll('-', '')}`;
    const password = known ? null : await hashPassword(o.password);
    const by = {
      kind: 'person' as const,
      userId: personId,
      name: known?.name ?? o.name,
      projectId: this.projectId,
      role: 'viewer' as const,
    };
    await decided(this.db, by, async (tx) => {
      const i = await take(tx, { hash: hashOf(o.token) });
      if (!i) throw gone();
      if (password) {
        await tx.person.create({ data: { id: personId, name: o.name, email, emailVerified: true } });
        await tx.account.create({ data: { id: v7(), accountId: personId, providerId: 'credential', personId, password } });
      }
      return { value: null, about: await member(tx, i, personId) };
    });
    return { email };
  }

  async isInvited(email: string): Promise<boolean> {
    return (await this.db.invitation.count({ where: { projectId: this.projectId, email, ...open() } })) > 0;
  }
  /** A person who has just come in by single sign-on. */
  async joined(personId: string, email: string): Promise<void> {
    const person = await this.db.person.findUniqueOrThrow({ where: { id: personId } });
    const by = { kind: 'person' as const, userId: personId, name: person.name, projectId: this.projectId, role: 'viewer' as const };
    await decided(this.db, by, async (tx) => {
      const i = await take(tx, { projectId: this.projectId, email });
      if (!i) throw gone();
      return { value: null, about: await member(tx, i, personId) };
    });
  }
  async isMember(personId: string): Promise<boolean> {
    return (await this.db.member.count({ where: { projectId: this.projectId, personId } })) > 0;
  }
}

const open = () => ({ acceptedAt: null, expiresAt: { gt: new Date() } });
/** In one statement, so that two cannot both have it. */
async function take(tx: Tx, which: { hash: string } | { projectId: string; email: string }): Promise<Invitation | undefined> {
  return (await tx.invitation.updateManyAndReturn({ where: { ...which, ...open() }, data: { acceptedAt: new Date() } }))[0];
}
async function member(tx: Tx, i: Invitation, personId: string) {
  const { projectId, role } = i;
  await tx.member.create({ data: { projectId, personId, role } });
  return {
    action: 'people.join',
    subjectKind: 'person',
    subjectId: personId,
    after: { role, email: i.email, invitedBy: i.invitedBy, invitation: i.id },
  };
}
