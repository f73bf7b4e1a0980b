import { z } from 'zod';
import { type Role, roles } from './roles.ts';

const id = z.string().min(1).max(200);
const email = z
  .email()
  .max(255)
  .transform((e) => e.toLowerCase());
/**
 * Somebody is to become a member, in a role.
 *
 * Use it for a new one; the answer holds a link that works once, and tells nobody by itself.
 *
 * @example
 * inviteInput.parse({ email: 'Ann@Example.com', role: 'operator' }).email; // → 'ann@example.com'
 * inviteInput.safeParse({ email: 'ann', role: 'operator' }).success; // → false
 */
export const inviteInput = z.object({ email, role: z.enum(roles) });
/**
 * A member gets another role.
 *
 * Use it with the id of the person; the last owner stays one.
 *
 * @example
 * setRoleInput.safeParse({ id: 'p', role: 'boss' }).success; // → false
 */
export const setRoleInput = z.object({ id, role: z.enum(roles) });
/**
 * One person, invitation, session or token, by its id.
 *
 * Use it to remove, withdraw, end or revoke.
 *
 * @example
 * accountIdInput.safeParse({ id: '' }).success; // → false
 */
export const accountIdInput = z.object({ id });
/**
 * A token for a program: what people call it, what it may, and for how long; `days` null: until it is revoked.
 *
 * Use it for a new one; the token itself is shown once.
 *
 * @example
 * createTokenInput.parse({ name: 'ci', role: 'operator' }).days; // → 90
 */
export const createTokenInput = z.object({
  name: z.string().trim().min(1).max(100),
  role: z.enum(roles),
  days: z.number().int().min(1).max(3650).nullable().default(90),
});

/** A member of the project. */
export type MemberView = { id: string; name: string; email: string | null; role: Role; secondFactor: boolean; since: string };
/** Somebody who may become a member until then. */
export type InvitationView = { id: string; email: string; role: Role; invitedBy: string; createdAt: string; expiresAt: string };
/** A browser in which a person is signed in. */
export type SessionView = {
  id: string;
  /** The one that asks. */
  current: boolean;
  userAgent: string | null;
  address: string | null;
  createdAt: string;
  expiresAt: string;
};
/** What a person has to show that it is them. */
export type AccountView = { name: string; email: string | null; password: boolean; secondFactor: boolean; singleSignOn: boolean };
/** A token of a program, without itself. */
export type TokenView = { id: string; name: string; role: Role; createdAt: string; expiresAt: string | null };
