import { formatUsd, usdOfNano } from '@/vocabulary/format';

type Props = ({ usd: string | number; nano?: never } | { nano: string | bigint; usd?: never }) & {
  places?: number;
  className?: string;
  /** Entries without a known price: never counted as 0, so the amount is a floor. */
  unpriced?: number;
};

/** An amount; the exact one on hover. */
export function Money({ usd, nano, places, unpriced = 0, className }: Props) {
  const value = usd ?? usdOfNano(nano);
  const exact = typeof value === 'number' ? value.toFixed(9) : value;
  return (
    <span className={className} title={`${exact} USD${unpriced ? `, and ${unpriced} calls of unknown price` : ''}`}>
      {unpriced ? '≥ ' : ''}
      {formatUsd(value, places)}
    </span>
  );
}
