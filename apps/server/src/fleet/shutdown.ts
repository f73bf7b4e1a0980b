import type { Principal } from '@reeve/core/vocabulary';
import type { Db } from '@reeve/prisma';
import type { GroupWriter } from '../ingest/group-writer.ts';

const shutdownGraceMs = 3_000;
const everEndingMs = 8_000;

/**
 * Before an orderly shutdown: stops every session that runs on the server's own runner, so that its agents end leaf
 * first and with a receipt. Resolves when the receipts are whole, or after a few seconds: the runner ends what is left.
 */
export async function stopLocalFleet(db: Db, writer: GroupWriter, projectId: string): Promise<void> {
  const operator: Principal = { kind: 'project', projectId, tokenId: 'shutdown', role: 'owner' };
  const runners = await db.runner.findMany({ where: { projectId, scoped: false, name: 'local' }, select: { id: true } });
  const hosted = { projectId, runnerId: { in: runners.map((r) => r.id) } };
  const live = ['starting', 'running', 'paused', 'lost'];
  const members = await db.agent.findMany({ where: { ...hosted, state: { in: live } }, select: { id: true, parentId: true, path: true } });
  const ids = new Set(members.map((m) => m.id));
  const tops = members.filter((m) => !m.path.slice(0, -1).some((a) => ids.has(a)));
  const stopIds: string[] = [];
  for (const top of tops) {
    const input = {
      id: top.id,
      mode: 'graceful',
      graceMs: shutdownGraceMs,
      killConfirmMs: 1_000,
      reason: 'the server is shutting down',
      dryRun: false,
    } as const;
    const { stopId } = await writer.execute(operator, 'agents.stop', input);
    if (stopId) stopIds.push(stopId);
  }
  const untilMs = Date.now() + everEndingMs;
  while (stopIds.length && Date.now() < untilMs) {
    const open = await db.stop.count({ where: { id: { in: stopIds }, state: 'stopping' } });
    if (open === 0) return;
    await new Promise((go) => setTimeout(go, 50));
  }
}
