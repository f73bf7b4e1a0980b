import { chained, type Decision, emptyChain } from '@reeve/core';
import type { Principal } from '@reeve/core/vocabulary';
import type { Db, Prisma } from '@reeve/prisma';
import { actorOf } from '../ingest/group-writer.ts';
import { hashOf } from './secrets.ts';

export type Tx = Prisma.TransactionClient;
type About = Pick<Decision, 'action' | 'subjectKind' | 'subjectId'> & Partial<Pick<Decision, 'reason' | 'before' | 'after'>>;

/**
 * Writes what no command of the supervisor writes (accounts, tokens, webhooks) together with its entry in the audit chain: both or
 * neither. The project's row is locked as every command locks it, so the chain has one end. `write` refuses by throwing.
 */
export function decided<T>(db: Db, by: Principal, write: (tx: Tx) => Promise<{ about: About; value: T }>): Promise<T> {
  return db.$transaction(
    async (tx) => {
      const { projectId } = by;
      await tx.$queryRaw`select seq from project where id = ${projectId} for update`;
      const { about, value } = await write(tx);
      const tip = await tx.auditEntry.findFirst({ where: { projectId }, orderBy: { n: 'desc' }, select: { n: true, hash: true } });
      const actor = actorOf(by);
      const decision: Decision = {
        actor: `${actor.kind}:${actor.id}`,
        actorName: actor.kind === 'person' ? actor.name : `${actor.kind}:${actor.id}`,
        reason: '',
        before: null,
        after: null,
        ...about,
      };
      const entry = chained(tip ? { n: Number(tip.n), hash: tip.hash } : emptyChain, decision, Date.now(), hashOf);
      const { n, atMs, before: _, after: __, ...columns } = entry;
      await tx.auditEntry.create({ data: { projectId, n: BigInt(n), at: new Date(atMs), ...columns } });
      return value;
    },
    { maxWait: 10_000, timeout: 15_000 },
  );
}
