import { type DomainError, errorStatus, sentenceOf } from '@reeve/core/vocabulary';
import { TRPCError } from '@trpc/server';

/** An expected failure on its way out through a promise. */
export class DomainFailure extends Error {
  constructor(readonly error: DomainError) {
    super(sentenceOf(error));
  }
}
export const fail = (error: DomainError): never => {
  throw new DomainFailure(error);
};
export const notFound = (kind: string, id: string): DomainFailure => new DomainFailure({ code: 'not_found', kind, id });

const trpcCodeByStatus: Record<number, TRPCError['code']> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  402: 'PAYMENT_REQUIRED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  408: 'TIMEOUT',
  409: 'CONFLICT',
  412: 'PRECONDITION_FAILED',
  413: 'PAYLOAD_TOO_LARGE',
  422: 'UNPROCESSABLE_CONTENT',
  428: 'PRECONDITION_REQUIRED',
  429: 'TOO_MANY_REQUESTS',
  503: 'SERVICE_UNAVAILABLE',
};
export const toTrpcError = (e: DomainFailure): TRPCError =>
  new TRPCError({ code: trpcCodeByStatus[errorStatus[e.error.code]] ?? 'BAD_REQUEST', message: e.message, cause: e });

/** What callers see of an error, on tRPC and on HTTP alike. */
export type WireError = { code: string; message: string; reference?: string } & Record<string, unknown>;
export const wireOf = (error: DomainError): WireError => ({ ...error, message: sentenceOf(error) });
