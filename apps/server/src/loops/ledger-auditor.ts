import { type Discrepancy, LedgerAudit } from '@reeve/core';
import type { AuditSink } from '../store/reads/ledger-audit.ts';

/** As many are told one by one; more are one disaster, and the log has their number. */
export const mostTold = 100;

/**
 * Holds the sums against the ledger all the time: it reads what is new, never anything twice, and once all there is after
 * a start. One that differs by one nano-USD is an alarm (I-COST-9).
 */
export class LedgerAuditor {
  private audit = new LedgerAudit();
  private cursor = 0n;

  constructor(
    private readonly read: (after: bigint, sink: AuditSink) => Promise<boolean>,
    private readonly alarm: (found: Discrepancy[], wrong: number) => Promise<void>,
  ) {}

  /** One page; answers whether more waits. */
  async step(): Promise<boolean> {
    const check = this.audit.begin();
    const isLast = await this.read(this.cursor, {
      entries: (page, cursor) => {
        // together: should the rest of the read fail, these are not read again
        this.audit.add(page);
        this.cursor = cursor;
      },
      sums: (part) => check.look(part),
    });
    if (!isLast) return true;
    const found = check.done();
    if (found.length) await this.alarm(found.slice(0, mostTold), this.audit.wrong);
    return false;
  }
}
