import { hashPassword, verifyPassword } from 'better-auth/crypto';
import { v7 } from 'uuid';
import { DomainFailure } from '../trpc/failure.ts';
import type { BetterAuth } from './better.ts';
import { ofSession, type SignInParts } from './sign-in.ts';

const refuse = (rule: string) => new DomainFailure({ code: 'forbidden', rule });

/** How somebody who is signed in shows again that it is them, and gets something to show. */
export class Proofs {
  constructor(
    private readonly parts: SignInParts,
    private readonly better: () => BetterAuth,
  ) {}

  /** By the password, or by a code of the second factor. Single sign-on does it by signing in again. */
  async confirm(hash: string, cookie: string, o: { password?: string | undefined; code?: string | undefined }, failed: () => void) {
    const session = await this.sessionOf(hash);
    const { person } = session;
    const right = o.code
      ? person.twoFactorEnabled && (await this.codeIsRight(cookie, o.code))
      : await passwordIsRight(person.accounts.find((a) => a.providerId === 'credential')?.password, o.password);
    if (!right) {
      failed();
      throw refuse(o.code ? 'this is not the code of now' : 'this is not your password');
    }
    await ofSession(this.parts, person, 'session.confirmed', (tx) =>
      tx.session.update({ where: { hash }, data: { provenAt: new Date() } }),
    );
    this.parts.onEnded(hash);
    return {};
  }
  /** For whoever has only ever come by a link: from now on there is something to show. */
  async setFirstPassword(hash: string, o: { email: string; password: string }) {
    const { person } = await this.sessionOf(hash);
    if (person.accounts.length) throw refuse('there is an account already: change its password');
    const taken = await this.parts.db.person.count({ where: { email: o.email, id: { not: person.id } } });
    if (taken) throw refuse('somebody else has this address');
    const password = await hashPassword(o.password);
    await ofSession(this.parts, person, 'account.password-set', async (tx) => {
      await tx.person.update({ where: { id: person.id }, data: { email: o.email, emailVerified: true } });
      await tx.account.create({ data: { id: v7(), accountId: person.id, providerId: 'credential', personId: person.id, password } });
      await tx.session.update({ where: { hash }, data: { provenAt: new Date() } });
    });
    this.parts.onEnded(hash);
    return {};
  }

  private async codeIsRight(cookie: string, code: string): Promise<boolean> {
    return this.better()
      .api.verifyTOTP({ body: { code }, headers: new Headers({ cookie }) })
      .then(
        () => true,
        () => false,
      );
  }
  private async sessionOf(hash: string) {
    const { db, projectId } = this.parts;
    const session = hash
      ? await db.session.findUnique({
          where: { hash },
          include: { person: { include: { accounts: true, members: { where: { projectId } } } } },
        })
      : null;
    if (session?.kind !== 'session' || session.expiresAt <= new Date() || !session.person.members.length)
      throw new DomainFailure({ code: 'unauthenticated' });
    return session;
  }
}
const passwordIsRight = async (hash: string | null | undefined, password: string | undefined): Promise<boolean> =>
  Boolean(hash && password && (await verifyPassword({ hash, password })));
