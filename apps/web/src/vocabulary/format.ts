/** Numbers as operators read them. Pure: no clock, no locale surprises (figures always in English form). */

/** Made once: the `toLocale…` methods make a formatter at every call, a tenth of a millisecond each. */
const fixedOf = new Map<number, Intl.NumberFormat>();
function fixed(digits: number): Intl.NumberFormat {
  const known = fixedOf.get(digits) ?? new Intl.NumberFormat('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  fixedOf.set(digits, known);
  return known;
}
const whole = new Intl.NumberFormat('en-US');
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });

/** USD from a decimal string. Small amounts keep enough places to be non-zero: $0.0042; large ones lose them: $1,204. */
export function formatUsd(usd: string | number, places?: number): string {
  const n = typeof usd === 'number' ? usd : Number(usd);
  if (!Number.isFinite(n)) return '—';
  const abs = Math.abs(n);
  const digits = places ?? (abs === 0 ? 2 : abs < 0.01 ? 4 : abs < 1 ? 3 : abs < 1000 ? 2 : 0);
  const text = fixed(digits).format(abs);
  if (abs > 0 && Number(text) === 0) return `${n < 0 ? '−' : ''}<$${(10 ** -digits).toFixed(digits)}`;
  return `${n < 0 ? '−' : ''}$${text}`;
}
export const usdOfNano = (nano: string | bigint): number => Number(nano) / 1e9;

/** 1,284 · 12.8k · 3.4M */
export function formatCount(n: number): string {
  const abs = Math.abs(n);
  if (abs < 10_000) return whole.format(Math.round(n));
  if (abs < 1e6) return `${(n / 1e3).toFixed(abs < 1e5 ? 1 : 0)}k`;
  if (abs < 1e9) return `${(n / 1e6).toFixed(abs < 1e7 ? 2 : 1)}M`;
  return `${(n / 1e9).toFixed(2)}G`;
}

/** 850 ms · 4 s · 3 min 12 s · 2 h 5 min · 3 d 4 h. Two units at most. */
export function formatDuration(ms: number): string {
  const abs = Math.max(0, ms);
  if (abs < 1000) return `${Math.round(abs)} ms`;
  const s = Math.floor(abs / 1000);
  if (s < 60) return `${s} s`;
  const m = Math.floor(s / 60);
  if (m < 60) return s % 60 && m < 10 ? `${m} min ${s % 60} s` : `${m} min`;
  const h = Math.floor(m / 60);
  if (h < 24) return m % 60 ? `${h} h ${m % 60} min` : `${h} h`;
  const d = Math.floor(h / 24);
  return h % 24 ? `${d} d ${h % 24} h` : `${d} d`;
}
/** "4 s ago"; the first second is "now", so that a beating number does not flicker. */
export function formatAgo(ms: number): string {
  return ms < 1000 ? 'now' : `${formatDuration(ms)} ago`;
}
/** 14:03:22, local time of whoever looks. */
export function formatClock(at: number | string): string {
  return clock.format(new Date(at));
}
export function formatDateTime(at: number | string): string {
  return `${day.format(new Date(at))}, ${formatClock(at)}`;
}
export const plural = (n: number, one: string, many = `${one}s`): string => `${whole.format(n)} ${n === 1 ? one : many}`;
/** Milliseconds of either form of time on the wire. */
export const msOf = (at: number | string): number => (typeof at === 'number' ? at : Date.parse(at));
