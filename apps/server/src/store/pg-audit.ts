import { type AuditEntry, type AuditTip, emptyChain, type Tx } from '@reeve/core';
import type { Connection } from './connection.ts';

/** The chain of decisions of a project: read at its tip, written at its end. */
export class PgAudit {
  private readonly fresh: AuditEntry[] = [];
  private known: AuditTip | undefined;
  constructor(
    private readonly db: Connection,
    private readonly projectId: string,
  ) {}

  tip: Tx['audit']['tip'] = async () => {
    if (!this.known) {
      const [row] = await this.db.query<{ n: string; hash: string }>(
        'select n, hash from audit_entry where project_id = $1 order by n desc limit 1',
        [this.projectId],
      );
      this.known = row ? { n: Number(row.n), hash: row.hash } : emptyChain;
    }
    return this.known;
  };
  append: Tx['audit']['append'] = (entry) => {
    this.known = entry;
    this.fresh.push(entry);
  };
  /** Sends what was appended. */
  write(): Promise<unknown>[] {
    return this.fresh.map((e) =>
      this.db.query(
        `insert into audit_entry (project_id, n, at, actor, actor_name, action, subject_kind, subject_id, reason, body, hash)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
        [
          this.projectId,
          String(e.n),
          new Date(e.atMs).toISOString(),
          e.actor,
          e.actorName,
          e.action,
          e.subjectKind,
          e.subjectId,
          e.reason,
          e.body,
          e.hash,
        ],
      ),
    );
  }
}
