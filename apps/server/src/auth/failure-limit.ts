/** So many failures an address has, and then none for a while; a window that starts anew, and a bound on what is remembered. */
export class FailureLimit {
  private readonly failures = new Map<string, { count: number; untilMs: number }>();
  constructor(
    private readonly most: number,
    private readonly windowMs: number,
    private readonly nowMs: () => number = Date.now,
  ) {}
  isOver(address: string): boolean {
    const known = this.failures.get(address);
    return known !== undefined && known.untilMs > this.nowMs() && known.count >= this.most;
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
}
