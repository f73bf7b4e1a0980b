import { type AuditEntry, type AuditTip, emptyChain, faultOf } from '@reeve/core';
import type { AuditCheck, AuditEntryView } from '@reeve/core/vocabulary';
import type { Db, Prisma } from '@reeve/prisma';
import { hashOf } from '../../auth/secrets.ts';
import type { AuditQuery } from '../../trpc/context.ts';

type Row = Prisma.AuditEntryGetPayload<object>;
const entryOf = ({ projectId: _, n, at, ...row }: Row): AuditEntry => {
  const { before, after } = JSON.parse(row.body) as { before: unknown; after: unknown };
  return { ...row, n: Number(n), atMs: at.getTime(), before, after };
};

/** Newest first; with `after`, oldest first. */
export async function listAudit(db: Db, projectId: string, q: AuditQuery): Promise<{ items: AuditEntryView[]; nextCursor: string | null }> {
  const { actor, action, subjectId, since, until, limit } = q;
  const upward = q.after !== undefined;
  const cursor = q.cursor === undefined ? undefined : Number(q.cursor);
  const after = upward ? (cursor ?? q.after) : undefined;
  const before = upward ? q.before : (cursor ?? q.before);
  const rows = await db.auditEntry.findMany({
    where: {
      projectId,
      n: { lt: before, gt: after },
      subjectId,
      actor: actor === undefined ? undefined : { startsWith: actor },
      action: action === undefined ? undefined : { startsWith: action },
      at: { gte: since, lte: until },
    },
    orderBy: { n: upward ? 'asc' : 'desc' },
    take: limit + 1,
  });
  const items = rows.slice(0, limit).map((row) => {
    const { atMs, ...entry } = entryOf(row);
    return { ...entry, at: new Date(atMs).toISOString() };
  });
  return { items, nextCursor: rows.length > limit ? String(items.at(-1)?.n) : null };
}

const pageOf = 1000;
/** The whole chain, from its first entry to its newest; stops at the first fault. */
export async function checkAudit(db: Db, projectId: string): Promise<AuditCheck> {
  let tip: AuditTip = emptyChain;
  for (;;) {
    const rows = await db.auditEntry.findMany({ where: { projectId, n: { gt: tip.n } }, orderBy: { n: 'asc' }, take: pageOf });
    for (const entry of rows.map(entryOf)) {
      const what = faultOf(tip, entry, hashOf);
      if (what) return { entries: tip.n, tip: { n: tip.n, hash: tip.hash }, fault: { n: entry.n, what } };
      tip = entry;
    }
    if (rows.length < pageOf) return { entries: tip.n, tip: { n: tip.n, hash: tip.hash }, fault: null };
  }
}
