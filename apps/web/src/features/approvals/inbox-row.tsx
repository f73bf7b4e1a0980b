'use client';
import Link from 'next/link';
import { useChange } from '@/live';
import { Ago, Countdown } from '@/ui/ago';
import { StateMark } from '@/ui/state-mark';
import { plural } from '@/vocabulary/format';
import { blastMarks, changeMarks } from '@/vocabulary/state-marks';

export function InboxRow({ id }: { id: string }) {
  const change = useChange(id);
  if (!change) return null;
  const { blastRadius } = change;
  return (
    <li>
      <Link
        href={`/approvals/${encodeURIComponent(id)}`}
        data-row
        data-testid="inbox-row"
        className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2.5 outline-offset-[-2px] hover:bg-hover"
      >
        <span className="min-w-0 flex-1 basis-64">
          <span className="block break-words font-medium text-base">{change.title}</span>
          <span className="block truncate text-ink-3 text-xs">
            {change.agentName ?? change.agentId} · {change.repositoryName}
            {blastRadius && ` · ${plural(blastRadius.files.length, 'file')}, ${plural(blastRadius.dependents.length, 'dependent')}`}
          </span>
        </span>
        {blastRadius && (
          <span className="flex items-center gap-1.5 text-ink-3 text-xs sm:w-28">
            <StateMark mark={{ ...blastMarks[blastRadius.level], word: `${blastMarks[blastRadius.level].word} reach` }} />
          </span>
        )}
        <span className="sm:w-32">
          <StateMark mark={changeMarks[change.state]} />
        </span>
        <span className="text-right text-ink-3 text-xs sm:w-28">
          {change.state === 'awaiting-approval' && change.expiresAt ? (
            <Countdown until={change.expiresAt} warnMs={600_000} />
          ) : (
            <Ago at={change.updatedAt} />
          )}
        </span>
      </Link>
    </li>
  );
}
