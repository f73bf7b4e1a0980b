'use client';
import type { LimitUse } from '@reeve/core/vocabulary';
import Link from 'next/link';
import { Card, CardHeader } from '@/ui/card';
import { cn } from '@/ui/cn';
import { SkeletonRows } from '@/ui/skeleton';
import { formatCount } from '@/vocabulary/format';
import { limitWords, shareOf, toneOf } from './limit-words';
import { useProject } from './use-project';

const most = 4;
/** The limits that are nearest to refusing, with who uses them most; all of them stand in Settings. */
export function LimitsCard() {
  const project = useProject();
  const limits = project.data?.limits.toSorted((a, b) => shareOf(b) - shareOf(a)).slice(0, most);
  return (
    <Card aria-label="Limits">
      <CardHeader
        title="Nearest to a limit"
        actions={
          <Link href="/settings#limits" className="text-accent text-xs hover:underline">
            All limits
          </Link>
        }
      />
      {!limits ? (
        <SkeletonRows rows={most} label="Loading limits" />
      ) : (
        <ul className="py-1">
          {limits.map((l) => (
            <li key={l.name} className="flex min-h-9 flex-col justify-center gap-1 px-4 py-1">
              <span className="flex items-baseline justify-between gap-3 text-sm">
                <span className="min-w-0 truncate">
                  {l.agentId ? (
                    <Link href={`/agents?agent=${l.agentId}`} className="hover:underline">
                      {limitWords[l.name].name}
                    </Link>
                  ) : (
                    limitWords[l.name].name
                  )}
                </span>
                <span className="shrink-0 text-ink-3 text-xs tabular-nums">
                  <span className={cn('font-medium text-ink-2', toneOf(l) !== 'neutral' && toneText[toneOf(l)])}>
                    {formatCount(l.used)}
                  </span>{' '}
                  of {formatCount(l.max)} {limitWords[l.name].meaning}
                </span>
              </span>
              <Bar limit={l} />
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
const toneText = { danger: 'text-danger', attention: 'text-attention', neutral: '' };
const toneBar = { danger: 'bg-danger', attention: 'bg-attention', neutral: 'bg-accent' };

/** How much of it is used; its number stands beside it, so it is only for the eye. */
export function Bar({ limit }: { limit: LimitUse }) {
  return (
    <span aria-hidden className="block h-1 overflow-hidden rounded-full bg-sunken">
      <span
        className={cn('block h-full rounded-full', toneBar[toneOf(limit)])}
        style={{ width: `${Math.max(0.5, shareOf(limit) * 100)}%` }}
      />
    </span>
  );
}
