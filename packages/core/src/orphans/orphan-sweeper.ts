import { defaultLeaseTimes, type LeaseLook, type LeaseTimes, lookAtLeases, type Standstill, standstillAtStart } from './orphan-detector.ts';

/** Where the sweeper looks: reads outside any lock, so what they find is suspicion alone. */
export interface Suspects {
  /** Agents whose lease was over before this moment (`isSuspect`). */
  expired(beforeMs: number): Promise<string[]>;
  /** Live agents whose parent has ended or is lost (`isSuspectedOrphan`). */
  orphans(): Promise<string[]>;
}
/** What the sweeper asks for: commands that read every suspect again inside their transaction (I-ORPH-1). */
export interface Verdicts {
  expire(agentIds: string[], extendedByMs: number): Promise<void>;
  /** Answers of how many orphans a sweep had to halt; 0 when it did not. */
  adopt(agentIds: string[], haltTold: number): Promise<{ halted: number }>;
}

/**
 * Watches leases and looks for orphans. It keeps nothing but how late it was itself and what it told last: both looks
 * are level-triggered, so that twice equals once and a look that failed is made up by the next (I-ORPH-4, I-ORPH-8).
 * Whoever calls it owns the timers.
 *
 * Use it in a loop of the server, one for each process; the commands it asks for can be asked for by anybody else as
 * well.
 *
 * @example
 * const nobody = { expired: async () => [], orphans: async () => ['agt_1'] };
 * const sweeper = new OrphanSweeper(nobody, { expire: async () => {}, adopt: async () => ({ halted: 0 }) }, 0);
 * await sweeper.sweep(); // → 1
 * await sweeper.lookAtLeases(2_000); // → { lateMs: 0, extendedByMs: 30_000, judges: false }
 */
export class OrphanSweeper {
  private standstill: Standstill;
  private haltTold = 0;

  constructor(
    private readonly suspects: Suspects,
    private readonly verdicts: Verdicts,
    startedAtMs: number,
    private readonly times: LeaseTimes = defaultLeaseTimes,
  ) {
    this.standstill = standstillAtStart(startedAtMs, times);
  }

  /**
   * One look at the leases; answers how late it came, and by how much leases count as longer. One that fails leaves the
   * time open: while the database does not answer nobody can be heard, which is a standstill as well (I-ORPH-3).
   */
  async lookAtLeases(nowMs: number): Promise<LeaseLook> {
    const { next, look } = lookAtLeases(this.standstill, nowMs, this.times);
    const ids = look.judges ? await this.suspects.expired(nowMs - look.extendedByMs) : [];
    // asked also where nobody is suspected: a command that was answered is what shows that heartbeats could be
    await this.verdicts.expire(ids, look.extendedByMs);
    this.standstill = next;
    return look;
  }
  /** One sweep for orphans; answers how many there were to judge. */
  async sweep(): Promise<number> {
    const ids = await this.suspects.orphans();
    if (ids.length === 0) return 0;
    const { halted } = await this.verdicts.adopt(ids, this.haltTold);
    this.haltTold = halted;
    return ids.length;
  }
}
