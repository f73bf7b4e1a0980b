import { type Activation, missingApproval } from '@reeve/core';
import {
  type ActivationView,
  type BlastRadius,
  type ChangeDossier,
  type ChangeState,
  type ChangeView,
  type GateReport,
  type Page,
  type RepositoryView,
  repositoryRulesOf,
} from '@reeve/core/vocabulary';
import type { Change, Db, Repository } from '@reeve/prisma';
import { notFound } from '../../trpc/failure.ts';
import { agentNames } from './agents.ts';

type StoredApproval = Omit<ChangeView['approvals'][number], 'at'> & { atMs: number };
type StoredComment = Omit<ChangeView['comments'][number], 'at'> & { atMs: number };
type Row = Omit<Change, 'diff' | 'testPatch' | 'fixPatch'>;

async function views(db: Db, rows: Row[]): Promise<ChangeView[]> {
  if (rows.length === 0) return [];
  const names = await agentNames(
    db,
    rows.flatMap((r) => [r.agentId, ...((r.activation as Activation | null)?.heldIds ?? [])]),
  );
  const repositories = await db.repository.findMany({
    where: { id: { in: rows.map((r) => r.repositoryId) } },
    select: { id: true, name: true, rules: true },
  });
  const known = new Map(repositories.map((r) => [r.id, r]));
  return rows.map((r) => ({
    id: r.id,
    repositoryId: r.repositoryId,
    repositoryName: known.get(r.repositoryId)?.name ?? '',
    agentId: r.agentId,
    agentName: names.get(r.agentId) ?? null,
    title: r.title,
    reason: r.reason,
    state: r.state as ChangeState,
    blastRadius: r.blastRadius as BlastRadius | null,
    gates: r.gates as GateReport[],
    baseSha: r.baseSha,
    candidateSha: r.candidateSha,
    mergedSha: r.mergedSha,
    revertSha: r.revertSha,
    rollbackAsked: r.rollbackAsked,
    branch: r.branch,
    diffHash: r.diffHash,
    approvals: (r.approvals as StoredApproval[]).map((a) => ({
      id: a.id,
      by: a.by,
      byKind: a.byKind,
      decision: a.decision,
      diffHash: a.diffHash,
      comment: a.comment,
      override: a.override,
      at: new Date(a.atMs).toISOString(),
    })),
    waitsFor:
      r.state === 'awaiting-approval'
        ? missingApproval(r as unknown as Parameters<typeof missingApproval>[0], repositoryRulesOf(rulesOf(known.get(r.repositoryId))))
        : null,
    refusal: r.refusal as ChangeView['refusal'],
    comments: (r.comments as StoredComment[]).map(({ atMs, ...c }) => ({ ...c, at: new Date(atMs).toISOString() })),
    activation: activationView(r.activation as Activation | null, names),
    createdAt: r.createdAt.toISOString(),
    updatedAt: r.updatedAt.toISOString(),
    expiresAt: r.expiresAt?.toISOString() ?? null,
    timeline: (r.timeline as { atMs: number; text: string }[]).map((t) => ({ at: new Date(t.atMs).toISOString(), text: t.text })),
  }));
}
function activationView(a: Activation | null, names: ReadonlyMap<string, string>): ActivationView | null {
  if (!a) return null;
  const { healthCheck, quiesce } = a.rules;
  return {
    state: a.state,
    healthCheck,
    quiesce,
    since: new Date(a.sinceMs).toISOString(),
    dueAt: a.dueAtMs === null ? null : new Date(a.dueAtMs).toISOString(),
    held: a.heldIds.map((agentId) => ({ agentId, name: names.get(agentId) ?? null })),
    lease: a.lease?.name ?? null,
    detail: a.detail,
  };
}
const light = { diff: true, testPatch: true, fixPatch: true } as const;

export async function readChange(db: Db, projectId: string, id: string): Promise<ChangeDossier> {
  const row = await db.change.findFirst({ where: { projectId, id } });
  if (!row) throw notFound('change', id);
  const [view] = await views(db, [row]);
  return { ...(view as ChangeView), testPatch: row.testPatch, fixPatch: row.fixPatch, diff: row.diff };
}
export async function changesById(db: Db, projectId: string, ids: readonly string[]): Promise<ChangeView[]> {
  return ids.length ? views(db, await db.change.findMany({ where: { projectId, id: { in: [...ids] } }, omit: light })) : [];
}
/** Newest first. */
export async function listChanges(
  db: Db,
  projectId: string,
  q: { states?: string[]; limit: number; cursor?: string },
): Promise<Page<ChangeView>> {
  const rows = await db.change.findMany({
    where: { projectId, ...(q.states?.length ? { state: { in: q.states } } : {}), ...(q.cursor ? { id: { lt: q.cursor } } : {}) },
    orderBy: { id: 'desc' },
    take: q.limit + 1,
    omit: light,
  });
  const items = await views(db, rows.slice(0, q.limit));
  return { items, nextCursor: rows.length > q.limit ? (items.at(-1)?.id ?? null) : null };
}

const rulesOf = (r: Pick<Repository, 'rules'> | undefined) => (r?.rules ?? {}) as Partial<RepositoryView['rules']>;
const repositoryView = (r: Repository): RepositoryView => ({
  id: r.id,
  name: r.name,
  path: r.path,
  branch: r.branch,
  layers: r.layers as RepositoryView['layers'],
  gates: r.gates as RepositoryView['gates'],
  rules: repositoryRulesOf(rulesOf(r)),
  createdAt: r.createdAt.toISOString(),
});
export async function listRepositories(db: Db, projectId: string): Promise<RepositoryView[]> {
  return (await db.repository.findMany({ where: { projectId }, orderBy: { name: 'asc' } })).map(repositoryView);
}
export async function readRepository(db: Db, projectId: string, id: string): Promise<RepositoryView> {
  const row = await db.repository.findFirst({ where: { projectId, id } });
  if (!row) throw notFound('repository', id);
  return repositoryView(row);
}
