import type { DomainError } from '@reeve/core/vocabulary';
import { errorRetry } from '@reeve/core/vocabulary';
import { TRPCClientError } from '@trpc/client';

/** What can go wrong in a call: the contract's errors, a fault in the server, or no answer at all. */
export type Failure =
  | DomainError
  /** A fault of the server; the operator finds it by its reference. */
  | { code: 'internal'; reference: string | null }
  /** No answer: the server is away, restarting, or something between us answered in its place. */
  | { code: 'unreachable'; url: string; cause: string };
export type FailureCode = Failure['code'];
export type FailureOf<C extends FailureCode> = Extract<Failure, { code: C }>;

/** Every call of this library rejects with this. `code` and the typed fields in `failure` are those of the contract. */
export class ReeveError extends Error {
  override readonly name = 'ReeveError';
  constructor(
    readonly failure: Failure,
    message: string,
  ) {
    super(message);
  }
  get code(): FailureCode {
    return this.failure.code;
  }
  /** Whether the server answered at all, be it with a refusal. */
  get answered(): boolean {
    return this.code !== 'unreachable';
  }
  /** `if (e.is('stale_token')) e.failure.kind …` */
  is<C extends FailureCode>(code: C): this is ReeveError & { readonly failure: FailureOf<C> } {
    return this.code === code;
  }
}

/** `isReeveError(e, 'fenced')`, for catch blocks. */
export function isReeveError<C extends FailureCode = FailureCode>(
  e: unknown,
  code?: C,
): e is ReeveError & { readonly failure: FailureOf<C> } {
  return e instanceof ReeveError && (code === undefined || e.code === code);
}

type Wire = { code?: unknown; message?: unknown; reference?: unknown } & Record<string, unknown>;

/** Reads what the server said about an error (`{code, message, …fields}`), as tRPC and the batch calls carry it. */
export function failureOfWire(wire: unknown, message: string): ReeveError | undefined {
  const w = wire as Wire | null | undefined;
  if (!w || typeof w.code !== 'string') return undefined;
  const { message: sentence, ...fields } = w;
  const text = typeof sentence === 'string' ? sentence : message;
  if (Object.hasOwn(errorRetry, w.code)) return new ReeveError(fields as unknown as DomainError, text);
  return new ReeveError({ code: 'internal', reference: typeof w.reference === 'string' ? w.reference : null }, text);
}

/** Whatever a call threw, as a `ReeveError`. An answer that is not Reeve's own (a proxy's page) counts as no answer. */
export function toReeveError(e: unknown, url: string): ReeveError {
  if (e instanceof ReeveError) return e;
  if (e instanceof TRPCClientError) {
    const told = failureOfWire((e.data as { reeve?: unknown } | null | undefined)?.reeve, e.message);
    if (told) return told;
    const status = (e.meta?.response as { status?: number } | undefined)?.status;
    if (status === 413) return new ReeveError({ code: 'too_large', limitBytes: 0 }, 'The server refused the body as too large.');
    if (e.shape) return new ReeveError({ code: 'internal', reference: null }, e.message);
  }
  const cause = e instanceof Error ? causeOf(e) : String(e);
  return new ReeveError({ code: 'unreachable', url, cause }, `Reeve does not answer at ${url} (${cause}).`);
}

/** `fetch failed` hides the reason one or two causes deep. */
function causeOf(e: Error): string {
  const inner = e.cause;
  if (inner instanceof Error) return causeOf(inner);
  const code = (e as NodeJS.ErrnoException).code;
  return e.message || (typeof code === 'string' ? code : e.name);
}

const internalTries = 4;
/** Whether the same call, with the same ids, may be sent again by itself after `attempt` tries. */
export function isRetryable(e: ReeveError, attempt: number): boolean {
  if (e.code === 'unreachable' || e.code === 'unavailable') return true;
  return e.code === 'internal' && attempt < internalTries;
}
