/** Numbers as operators read them. Pure: no clock, no locale surprises (figures always in English form). */

// Written by hand, not by `Intl`: its first formatter loads tables for 20 to 30 ms, which stood between the fleet and its first picture
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sept', 'Oct', 'Nov', 'Dec'];
const two = (n: number) => String(n).padStart(2, '0');

/** A number from zero up, halves rounded away from zero by its decimal form (as `Intl` does), with commas between thousands. */
function grouped(n: number, digits: number): string {
  const decimal = String(n);
  // a decimal form with an exponent is far too small or far too large to have a half at these digits
  const rounded = decimal.includes('e') ? n : Math.round(Number(`${decimal}e${digits}`)) / 10 ** digits;
  const [whole = '', part] = rounded.toFixed(digits).split('.');
  const text = whole.length > 3 ? whole.replace(/\B(?=(\d{3})+$)/g, ',') : whole;
  return part === undefined ? text : `${text}.${part}`;
}

/** USD from a decimal string. Small amounts keep enough places to be non-zero: $0.0042; large ones lose them: $1,204. */
export function formatUsd(usd: string | number, places?: number): string {
  const n = typeof usd === 'number' ? usd : Number(usd);
  if (!Number.isFinite(n)) return '—';
  const abs = Math.abs(n);
  const digits = places ?? (abs === 0 ? 2 : abs < 0.01 ? 4 : abs < 1 ? 3 : abs < 1000 ? 2 : 0);
  const text = grouped(abs, digits);
  if (abs > 0 && Number(text) === 0) return `${n < 0 ? '−' : ''}<$${(10 ** -digits).toFixed(digits)}`;
  return `${n < 0 ? '−' : ''}$${text}`;
}
export const usdOfNano = (nano: string | bigint): number => Number(nano) / 1e9;

/** 1,284 · 12.8k · 3.4M */
export function formatCount(n: number): string {
  const abs = Math.abs(n);
  if (abs < 10_000) return `${n <= -0.5 ? '-' : ''}${grouped(Math.abs(Math.round(n)), 0)}`;
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
  const d = new Date(at);
  return `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
}
export function formatDateTime(at: number | string): string {
  const d = new Date(at);
  return `${d.getDate()} ${months[d.getMonth()]} ${d.getFullYear()}, ${formatClock(at)}`;
}
export const plural = (n: number, one: string, many = `${one}s`): string =>
  `${n < 0 ? '-' : ''}${grouped(Math.abs(n), 0)} ${n === 1 ? one : many}`;
/** Milliseconds of either form of time on the wire. */
export const msOf = (at: number | string): number => (typeof at === 'number' ? at : Date.parse(at));
