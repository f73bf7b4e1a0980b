import type { Db } from '@reeve/prisma';
import { hashPassword } from 'better-auth/crypto';
import { v7 } from 'uuid';

const ownerId = 'owner';

/**
 * The person of a first run, who signs in with the link that is printed, or with the address and password that the environment gives.
 * What they have changed since then stays: the environment gives a password only where there is none.
 */
export async function ensureOwner(db: Db, projectId: string, init?: { email: string; password: string }): Promise<string> {
  const create = { id: ownerId, name: 'owner', members: { create: { projectId, role: 'owner' } } };
  const owner = await db.person.upsert({ where: { id: ownerId }, create, update: {}, include: { accounts: true } });
  if (init && !owner.accounts.some((a) => a.providerId === 'credential')) {
    await db.$transaction([
      db.person.update({ where: { id: ownerId }, data: { email: owner.email ?? init.email, emailVerified: true } }),
      db.account.create({
        data: { id: v7(), accountId: ownerId, providerId: 'credential', personId: ownerId, password: await hashPassword(init.password) },
      }),
    ]);
  }
  return ownerId;
}
/** Whether somebody owns the project who can prove it from elsewhere: by a password or a provider. */
export const hasOwnerAccount = async (db: Db, projectId: string): Promise<boolean> =>
  (await db.member.count({ where: { projectId, role: 'owner', person: { accounts: { some: {} } } } })) > 0;
