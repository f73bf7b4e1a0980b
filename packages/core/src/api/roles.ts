/**
 * What people and project tokens may be in a project, the least first; each may all that those before it may.
 *
 * Use it to offer the choice; whether one suffices is `isAtLeast`.
 *
 * @example
 * roles; // → ['viewer', 'operator', 'approver', 'owner']
 */
export const roles = ['viewer', 'operator', 'approver', 'owner'] as const;
/** One of `roles`. */
export type Role = (typeof roles)[number];

/**
 * Whether `role` may what `least` may.
 *
 * Use it wherever rights are compared: nobody compares names.
 *
 * @example
 * isAtLeast('approver', 'operator'); // → true
 * isAtLeast('viewer', 'operator'); // → false
 */
export const isAtLeast = (role: Role, least: Role): boolean => roles.indexOf(role) >= roles.indexOf(least);
