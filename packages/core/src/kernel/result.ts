import type { DomainError } from './errors.ts';

/** The outcome of a decision: expected failures are values, bugs throw `InvariantError`. */
export type Result<T, E = DomainError> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

/**
 * A decision that succeeded, with its value.
 *
 * Use it to answer from whatever returns a `Result`.
 *
 * @example
 * ok(7); // → { ok: true, value: 7 }
 */
export const ok = <T>(value: T): Result<T, never> => ({ ok: true, value });

/**
 * A decision that was refused, with the reason.
 *
 * Use it for failures that a caller can bring about; a bug throws `InvariantError`.
 *
 * @example
 * err({ code: 'unauthenticated' }); // → { ok: false, error: { code: 'unauthenticated' } }
 */
export const err = <E>(error: E): Result<never, E> => ({ ok: false, error });
