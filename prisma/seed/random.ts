/** Random numbers that are the same for the same seed (mulberry32): a scenario is data, not luck. */
export class Random {
  private state: number;
  constructor(seed: number) {
    this.state = seed >>> 0;
  }
  /** In [0, 1). */
  float(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }
  /** A whole number, both ends included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.float() * (to - from + 1));
  }
  chance(share: number): boolean {
    return this.float() < share;
  }
  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new Error('nothing to pick from');
    return list[Math.floor(this.float() * list.length)] as T;
  }
  /** One of the keys, by weight. */
  weighted<K extends string | number>(weights: readonly (readonly [K, number])[]): K {
    let left = this.float() * weights.reduce((sum, [, w]) => sum + w, 0);
    for (const [key, weight] of weights) {
      left -= weight;
      if (left < 0) return key;
    }
    return (weights.at(-1) as readonly [K, number])[0];
  }
  /** Lower-case hexadecimal digits. */
  hex(digits: number): string {
    let text = '';
    while (text.length < digits)
      text += Math.floor(this.float() * 65_536)
        .toString(16)
        .padStart(4, '0');
    return text.slice(0, digits);
  }
}
