import * as s from '@reeve/core/vocabulary';
import { anyone, router } from '../trpc.ts';

const tag = 'audit';
export const auditRouter = router({
  list: anyone
    .meta({ http: { method: 'GET', path: '/audit', tag, summary: 'Decisions of people and tokens, with what was before and after' } })
    .input(s.listAuditInput)
    .query(({ ctx, input }) => ctx.services.reads.audit(ctx.principal.projectId, input)),
  verify: anyone
    .meta({ http: { method: 'GET', path: '/audit/verify', tag, summary: 'Checks the whole chain of the audit log, and answers its tip' } })
    .query(({ ctx }) => ctx.services.reads.auditCheck(ctx.principal.projectId)),
});
