/** What answers have in common. */

/** What the API answers. Times are ISO 8601 UTC, money is decimal USD with nine places, tokens are decimal strings. */
export type Page<T> = { items: T[]; nextCursor: string | null };
