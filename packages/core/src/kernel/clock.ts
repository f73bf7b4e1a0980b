/** Time as a plug: the core never reads a clock of its own. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
}

/**
 * The moment as ISO 8601 in UTC with milliseconds, as the interface tells all times. Throws `RangeError` on what is no
 * moment.
 *
 * Use it where a record becomes a view; inside, times stay milliseconds since the Unix epoch.
 *
 * @example
 * isoOf(0); // → '1970-01-01T00:00:00.000Z'
 * isoOf(Number.NaN); // → throws
 */
export const isoOf = (ms: number): string => new Date(ms).toISOString();

/**
 * The same for a moment that may be missing: null stays null, and undefined becomes it.
 *
 * Use it for fields such as `endedAtMs`.
 *
 * @example
 * isoOrNull(null); // → null
 * isoOrNull(0); // → isoOf(0)
 */
export const isoOrNull = (ms: number | null | undefined): string | null => (ms == null ? null : isoOf(ms));
