import { nanoUsdOf } from '@reeve/core/vocabulary';

/** What part of the whole, in per mille steps. */
function shareOf(part: string, whole: string): number {
  const w = nanoUsdOf(whole) ?? 0n;
  return w > 0n ? Number(((nanoUsdOf(part) ?? 0n) * 1000n) / w) / 1000 : 0;
}

const percent = (share: number): string => `${Math.round(share * 100)}%`;
const width = (share: number): string => `${Math.max(0, Math.min(100, share * 100))}%`;
type Amounts = { spentUsd: string; reservedUsd: string; unknownUsd: string };

/** What is spent, set aside and of unknown outcome, as parts of a limit; the soft limit is a line. */
export function BudgetBar({
  of,
  limitUsd,
  softUsd,
  tone,
}: {
  of: Amounts;
  limitUsd: string;
  softUsd?: string | null;
  tone: 'calm' | 'near' | 'over';
}) {
  const spent = shareOf(of.spentUsd, limitUsd);
  const reserved = shareOf(of.reservedUsd, limitUsd);
  const unknown = shareOf(of.unknownUsd, limitUsd);
  const soft = softUsd ? shareOf(softUsd, limitUsd) : null;
  return (
    <div
      role="img"
      aria-label={`${percent(spent)} spent, ${percent(reserved)} reserved, ${percent(unknown)} of unknown outcome${soft === null ? '' : `; warns at ${percent(soft)}`}`}
      className="relative flex h-2 overflow-hidden rounded-full bg-neutral-soft"
    >
      <span className={{ calm: 'bg-accent', near: 'bg-attention', over: 'bg-danger' }[tone]} style={{ width: width(spent) }} />
      <span className="bg-accent/40" style={{ width: width(reserved) }} />
      <span className="bg-attention/40" style={{ width: width(unknown) }} />
      {soft !== null && soft < 1 && <span className="absolute inset-y-0 w-0.5 bg-ink" style={{ left: width(soft) }} />}
    </div>
  );
}
