import { fixedUsd } from './exact-money';

/** Nothing spent is quiet. Calls without a price are never a zero: the amount is a floor, or there is none. */
export function Amount({ usd, calls, unpriced }: { usd: string; calls: number; unpriced: number }) {
  const zero = /^0\.?0*$/.test(usd);
  if (zero && unpriced > 0 && calls > 0) return <span className="text-attention">unpriced</span>;
  return (
    <span className={zero ? 'text-ink-3' : undefined}>
      {unpriced > 0 && !zero && '≥ '}
      {fixedUsd(usd)}
    </span>
  );
}
/** What part of the whole. */
export const Bar = ({ share }: { share: number }) => (
  <span aria-hidden className="ml-3 inline-block h-1.5 w-16 overflow-hidden rounded-full bg-neutral-soft align-middle">
    <span className="block h-full rounded-full bg-accent" style={{ width: `${Math.min(100, share * 100)}%` }} />
  </span>
);
