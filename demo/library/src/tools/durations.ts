const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a duration such as `90s`, `1h30m` or `2d`; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const found = /^(\d+)(ms|s|m|h|d)/.exec(text);
  if (!found) return undefined;
  return Number(found[1]) * unitMs[found[2] as keyof typeof unitMs];
}

/** A duration for people, in its two largest units: `1h 5m`. */
export function formatDuration(ms: number): string {
  const out: string[] = [];
  let left = ms;
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const count = Math.floor(left / unitMs[unit]);
    left -= count * unitMs[unit];
    if (count) out.push(`${count}${unit}`);
  }
  return out.slice(0, 2).join(' ') || '0s';
}
