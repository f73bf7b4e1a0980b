/** Goes off once, at the earliest time that was set: a deadline that can only come nearer (I-STOP-2). */
export class Alarm {
  /** Resolves when it goes off. */
  readonly fired: Promise<void>;
  private fire: () => void = () => {};
  private timer: NodeJS.Timeout | undefined;
  private atMs = Number.POSITIVE_INFINITY;
  private over = false;

  constructor() {
    this.fired = new Promise((resolve) => (this.fire = resolve));
  }
  get hasFired(): boolean {
    return this.over;
  }
  get isSet(): boolean {
    return this.atMs < Number.POSITIVE_INFINITY;
  }
  /** Ignores a time that is later than the one set before. */
  set(atMs: number): void {
    if (this.over || atMs >= this.atMs) return;
    this.atMs = atMs;
    clearTimeout(this.timer);
    this.timer = setTimeout(
      () => {
        this.over = true;
        this.fire();
      },
      Math.max(0, atMs - Date.now()),
    );
  }
  cancel(): void {
    clearTimeout(this.timer);
  }
}
