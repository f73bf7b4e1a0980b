import { type Discrepancy, LedgerAudit } from '@reeve/core';
import type { AuditPage } from '../store/reads/ledger-audit.ts';

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
    private readonly read: (after: bigint) => Promise<AuditPage>,
    private readonly alarm: (found: Discrepancy[], wrong: number) => Promise<void>,
  ) {}

  /** One page; answers whether more waits. */
  async step(): Promise<boolean> {
    const { entries, cursor, sums } = await this.read(this.cursor);
    this.audit.add(entries);
    this.cursor = cursor;
    if (!sums) return true;
    const found = this.audit.check(sums);
    if (found.length) await this.alarm(found.slice(0, mostTold), this.audit.wrong);
    return false;
  }
}
