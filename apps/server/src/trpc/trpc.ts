import { randomUUID } from 'node:crypto';
import { type CommandMap, type CommandOutput, type CommandType, cleanJson, InvariantError } from '@reeve/core';
import type { Principal } from '@reeve/core/vocabulary';
import { initTRPC, TRPCError } from '@trpc/server';
import { ZodError } from 'zod';
import type { Context } from './context.ts';
import { DomainFailure, toTrpcError, type WireError, wireOf } from './failure.ts';
import { isDeeperThan, mostNested } from './nesting.ts';
import { withRaisers } from './raisers.ts';
import { refusalOf } from './roles.ts';

/** Where the same procedure stands under `/api/v1`; `{id}` in the path and query parameters become input fields. */
export type Meta = {
  http?: {
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
    path: `/${string}`;
    /** 200 unless told. */
    status?: 200 | 201 | 202;
    summary: string;
    tag: string;
    /** Batches may be 5 MB, everything else 1 MB. */
    batch?: boolean;
  };
};

/** An error in the caller's words; 5xx carries a reference and no text. Logs the rest where `report` is given. */
export function describe(error: unknown, report?: (reference: string, error: unknown) => void): WireError {
  const cause = error instanceof TRPCError ? (error.cause ?? error) : error;
  if (cause instanceof DomainFailure) return wireOf(cause.error);
  if (cause instanceof ZodError) {
    const issues = cause.issues.slice(0, 20).map((i) => ({ path: i.path.join('.'), message: i.message }));
    return wireOf({ code: 'invalid_input', issues });
  }
  if (error instanceof TRPCError && error.code === 'BAD_REQUEST')
    return wireOf({ code: 'invalid_input', issues: [{ path: '', message: 'the body is not what this call takes' }] });
  if (error instanceof TRPCError && error.code === 'NOT_FOUND') return wireOf({ code: 'not_found', kind: 'procedure', id: 'of that name' });
  const reference = randomUUID();
  report?.(reference, error);
  return { code: 'internal', message: `Something went wrong here. Tell the operator this reference: ${reference}`, reference };
}

const t = initTRPC
  .context<Context>()
  .meta<Meta>()
  .create({
    isDev: false,
    errorFormatter: ({ shape, error }) => {
      const wire = describe(error);
      return { ...shape, message: wire.message, data: { code: shape.data.code, httpStatus: shape.data.httpStatus, reeve: wire } };
    },
  });

export const router = t.router;
export const createCallerFactory = t.createCallerFactory;

const failures = t.middleware(async ({ next }) => {
  const r = await next();
  if (!r.ok && r.error.cause instanceof DomainFailure) throw toTrpcError(r.error.cause);
  return r;
});

/** What no store can hold is taken out of every input, before anything looks at it. */
const clean = t.middleware(async ({ getRawInput, next, type }) => {
  const raw = await getRawInput();
  // before anything walks down it: brackets alone would end the stack. Of a body that was seen when it was read (body.ts)
  if (type === 'query' && isDeeperThan(raw, mostNested))
    throw new DomainFailure({ code: 'invalid_input', issues: [{ path: '', message: `is nested deeper than ${mostNested}` }] });
  const input = cleanJson(raw);
  return next({ getRawInput: async () => input });
});

/** Who may call what is in one table (roles.ts). */
const allowed = t.middleware(({ ctx, path, next }) => {
  const { principal } = ctx;
  const refusal = refusalOf(principal, path);
  if (refusal || !principal) throw new DomainFailure(refusal ?? { code: 'unauthenticated' });
  return next({ ctx: { principal } });
});
const asPerson = t.middleware(({ ctx, next }) => {
  if (ctx.principal?.kind !== 'person') throw new InvariantError('the rule of this procedure must be for people alone');
  return next({ ctx: { principal: ctx.principal } });
});

/** Whoever its rule lets in (roles.ts); agents are bounded to their subtree by the procedure itself. */
export const anyone = t.procedure.use(failures).use(allowed).use(clean);
/** The same, where the rule is for people alone. */
export const person = anyone.use(asPerson);

/** The road of a write: see `Commands`. */
export const run = <T extends CommandType>(
  ctx: { services: Context['services']; principal: Principal },
  type: T,
  input: CommandMap[T]['in'],
): Promise<CommandOutput<T>> =>
  ctx.services.commands.execute(ctx.principal, type, input).catch(async (e: unknown) => {
    throw await withRaisers(e, ctx.services.people, ctx.principal.projectId);
  });
