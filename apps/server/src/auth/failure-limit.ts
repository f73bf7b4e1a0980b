/**
 * So many failures an address has, and then none for a while; so many tries at once, since what is under way may fail too. A window
 * that starts anew, and a bound on what is remembered.
 */
export class FailureLimit {
  private readonly failures = new Map<string, { count: number; untilMs: number }>();
  private readonly underWay = new Map<string, number>();
  constructor(
    private readonly most: number,
    private readonly windowMs: number,
    private readonly mostAtOnce = most,
    private readonly nowMs: () => number = Date.now,
  ) {}
  isOver(address: string): boolean {
    const known = this.failures.get(address);
    const count = known !== undefined && known.untilMs > this.nowMs() ? known.count : 0;
    const now = this.underWay.get(address) ?? 0;
    return now >= this.mostAtOnce || count + now >= this.most;
  }
  failed(address: string): void {
    const now = this.nowMs();
    const known = this.failures.get(address);
    if (known && known.untilMs > now) known.count += 1;
    else {
      if (this.failures.size >= 10_000) this.failures.clear();
      this.failures.set(address, { count: 1, untilMs: now + this.windowMs });
    }
  }
  /** Counts a try from here on; what it answers is called at its end. */
  begin(address: string): (hasFailed: boolean) => void {
    this.underWay.set(address, (this.underWay.get(address) ?? 0) + 1);
    return (hasFailed) => {
      const left = (this.underWay.get(address) ?? 1) - 1;
      if (left > 0) this.underWay.set(address, left);
      else this.underWay.delete(address);
      if (hasFailed) this.failed(address);
    };
  }
}
