import { type ErrorCode, errorRetry } from '@reeve/core/vocabulary';

/** What a screen says of a failure. */
export type Failure = { code: string; what: string; reference: string | null; status: number | null; retryable: boolean };
type Wire = { code?: unknown; message?: unknown; reference?: unknown };

/** Reads a tRPC error's `data.reeve` by shape alone; anything else is the network or a bug of ours. */
export function failureOf(error: unknown): Failure {
  const e = (error ?? {}) as { message?: unknown; data?: { httpStatus?: unknown; reeve?: Wire } | null };
  const wire = e.data?.reeve;
  const status = typeof e.data?.httpStatus === 'number' ? e.data.httpStatus : null;
  if (wire && typeof wire.code === 'string') {
    const advice = wire.code in errorRetry ? errorRetry[wire.code as ErrorCode] : 'later';
    return {
      code: wire.code,
      what: String(wire.message ?? e.message ?? ''),
      reference: typeof wire.reference === 'string' ? wire.reference : null,
      status,
      retryable: advice !== 'never',
    };
  }
  return {
    code: 'unreachable',
    what: 'The server did not answer. It may be restarting; what you see may be out of date.',
    reference: null,
    status,
    retryable: true,
  };
}
export const isSignedOut = (error: unknown): boolean => failureOf(error).code === 'unauthenticated';
export const isForbidden = (error: unknown): boolean => failureOf(error).status === 403;
