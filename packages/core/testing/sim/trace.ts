/**
 * What happened, as a number and, if somebody reads along, as lines. Two runs with the same hash took the same steps:
 * every event of the schedule and every committed fact goes in.
 */
export class Trace {
  private high = 0x811c9dc5;
  private low = 0x1b873593;
  constructor(private readonly line?: (text: string) => void) {}

  get spoken(): boolean {
    return this.line !== undefined;
  }
  /** Mixes a moment and its words in. `more` is only made when somebody reads along. */
  add(atMs: number, what: string, about = '', more?: () => string): void {
    this.number(atMs % 1_000_000_000);
    this.text(what);
    this.text(about);
    this.line?.(`${time(atMs)}  ${what.padEnd(22)} ${about}${more ? `  ${more()}` : ''}`);
  }
  get hash(): string {
    return hex(this.high) + hex(this.low);
  }

  private number(n: number): void {
    this.high = Math.imul(this.high ^ n, 0x01000193);
    this.low = Math.imul(((this.low ^ n) << 13) | ((this.low ^ n) >>> 19), 5) + 0x6b64e654;
  }
  private text(s: string): void {
    let h = this.high;
    for (let i = 0; i < s.length; i++) h = Math.imul(h ^ s.charCodeAt(i), 0x01000193);
    this.high = h;
    this.low = Math.imul(this.low ^ h ^ (h >>> 15), 0x85ebca6b);
  }
}

const startMs = Date.UTC(2026, 0, 1);
const time = (atMs: number): string => `${((atMs - startMs) / 1000).toFixed(3).padStart(9)} s`;
const hex = (n: number): string => (n >>> 0).toString(16).padStart(8, '0');
