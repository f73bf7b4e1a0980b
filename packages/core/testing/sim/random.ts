import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** All chance of a simulated world: the same seed gives the same throws in the same order. */
export class Random {
  private readonly generator;
  constructor(seed: number) {
    // neighbouring seeds must not begin alike: spread their bits first (the finaliser of splitmix32)
    let z = (seed + 0x9e3779b9) | 0;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    this.generator = xoroshiro128plus(z ^ (z >>> 15));
  }
  /** A whole number from 0 to `n - 1`; the bias of the remainder is below one in a million for the small `n` used here. */
  int(n: number): number {
    return (this.generator.next() >>> 0) % n;
  }
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.int(high - low + 1);
  }
  chance(share: number): boolean {
    return share > 0 && this.generator.next() >>> 0 < share * 4_294_967_296;
  }
  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    return list[this.int(list.length)] as T;
  }
  /** One of a list, or nothing of an empty one. */
  maybe<T>(list: readonly T[]): T | undefined {
    return list.length ? this.pick(list) : undefined;
  }
  /** One key of the table, each as often as its weight says. */
  weighted<K extends string>(table: { readonly [key in K]: number }): K {
    let sum = 0;
    for (const key in table) sum += table[key];
    let left = this.int(sum);
    for (const key in table) {
      left -= table[key];
      if (left < 0) return key;
    }
    throw new Error('an empty table of weights');
  }
}
