'use client';
import type { ChangeDossier, ChangeView } from '@reeve/core/vocabulary';
import { useMutation } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useTRPC } from '@/trpc';
import { Ago, Countdown } from '@/ui/ago';
import { Button } from '@/ui/button';
import { ErrorLine } from '@/ui/error-state';
import { Field, Textarea } from '@/ui/field';
import { KeyHint } from '@/ui/key-hint';
import { useKey } from '@/ui/keys';
import { StateMark } from '@/ui/state-mark';
import { changeMarks } from '@/vocabulary/state-marks';
import { askedFor, type Decision, groupOf, whyNot } from './decide-rules';
import { shortHash } from './short-hash';

const refusal = (change: ChangeView) => change.refusal && `${change.refusal.rule}: ${change.refusal.detail}`;

/**
 * The last thing on the page. Whatever is pressed here is bound to the hash of the diff on screen; a button that
 * cannot be used stays in place and says why beside it, not only on hover.
 */
export function DecisionPanel({
  change,
  shownHash,
  onDecided,
}: {
  change: ChangeView;
  /** The hash of the diff that is on screen. */
  shownHash: string | null;
  onDecided(dossier: ChangeDossier): void;
}) {
  const trpc = useTRPC();
  const panel = useRef<HTMLElement>(null);
  const [comment, setComment] = useState('');
  const onSuccess = (dossier: ChangeDossier) => {
    setComment('');
    onDecided(dossier);
  };
  const approve = useMutation(trpc.changes.approve.mutationOptions({ onSuccess }));
  const reject = useMutation(trpc.changes.reject.mutationOptions({ onSuccess }));
  const rollback = useMutation(trpc.changes.rollback.mutationOptions({ onSuccess }));
  const override = useMutation(trpc.changes.override.mutationOptions({ onSuccess }));
  const calls = { approve, reject, rollback, override };
  const pending = Object.values(calls).some((call) => call.isPending);
  const asked = askedFor(change);
  const why = (d: Decision) => whyNot(d, change, shownHash, pending);
  const decide = (d: Decision) => {
    if (why(d) || !shownHash) return;
    for (const call of Object.values(calls)) call.reset();
    calls[d].mutate({ id: change.id, diffHash: shownHash, comment });
  };
  const isOver = change.state === 'merged' || change.state === 'rolled-back';
  // only from within the panel: nobody approves by a key while still reading the diff
  useKey('mod+Enter', () => panel.current?.contains(document.activeElement) && decide('approve'), {
    enabled: change.state === 'awaiting-approval',
  });
  const failure = approve.error ?? reject.error ?? rollback.error ?? override.error;
  const decisions: readonly Decision[] = isOver ? ['rollback'] : ['approve', 'reject'];
  const reasons = [...new Set(decisions.map(why))].filter(Boolean);
  const possible = pending || decisions.some((d) => !why(d));

  return (
    <section ref={panel} aria-labelledby="decision-title" id="decide" className="rounded-lg border border-line-strong bg-surface">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-1 border-line border-b px-4 py-2.5">
        <h2 id="decision-title" className="font-semibold text-sm">
          {isOver ? 'Undo' : 'Decide'}
        </h2>
        <StateMark mark={changeMarks[change.state]} />
        {change.state === 'awaiting-approval' && change.expiresAt && (
          <span className="ml-auto text-ink-3 text-xs">
            expires: <Countdown until={change.expiresAt} warnMs={600_000} />
          </span>
        )}
      </header>
      <div className="flex flex-col gap-3 p-4">
        {(possible || groupOf(change.state) !== 'decided') && (
          <p className="text-ink-2 text-sm">
            {isOver
              ? 'Rolling back makes a revert commit, runs the gates on it and merges it. Nothing is rewritten.'
              : 'Approving merges exactly this diff into the repository. If the base moved meanwhile, the gates run again and you are asked again.'}
          </p>
        )}
        <p className="text-ink-3 text-xs">
          Bound to the diff on screen:{' '}
          <span className="break-all font-mono text-ink-2" title={shownHash ?? undefined}>
            {shownHash ? shortHash(shownHash) : 'none yet'}
          </span>
          {change.candidateSha && (
            <>
              {' '}
              · candidate <span className="font-mono text-ink-2">{change.candidateSha.slice(0, 10)}</span>
            </>
          )}
        </p>
        {refusal(change) && <p className="rounded-md bg-danger-soft px-3 py-2 text-danger text-sm">{refusal(change)}</p>}
        {possible && (
          <Field label="Comment" hint="Kept with the decision for ever; the agent reads it.">
            <Textarea
              value={comment}
              maxLength={20_000}
              onChange={(e) => setComment(e.target.value)}
              placeholder={isOver ? 'Why it has to go' : 'What convinced you, or what is missing'}
            />
          </Field>
        )}
        {asked && change.state === 'awaiting-approval' && (
          <p data-testid="asked-for" className="rounded-md bg-attention-soft px-3 py-2 text-attention text-sm">
            {asked} An owner can set that aside with a reason; it stands in the audit log.
          </p>
        )}
        <ErrorLine error={failure} />
        <div className="flex flex-wrap items-center gap-2">
          {isOver ? (
            <Button
              data-testid="rollback-change"
              size="lg"
              variant="danger-quiet"
              busy={rollback.isPending}
              why={why('rollback')}
              onClick={() => decide('rollback')}
            >
              Roll back
            </Button>
          ) : (
            <>
              <Button
                data-testid="approve-change"
                size="lg"
                variant="primary"
                className="max-sm:flex-1"
                busy={approve.isPending}
                why={why('approve')}
                onClick={() => decide('approve')}
              >
                Approve and merge {comment && <KeyHint keys="mod+Enter" />}
              </Button>
              <Button
                data-testid="reject-change"
                size="lg"
                variant="danger-quiet"
                className="max-sm:flex-1"
                busy={reject.isPending}
                why={why('reject')}
                onClick={() => decide('reject')}
              >
                Reject
              </Button>
              {asked && (
                <Button
                  data-testid="override-change"
                  size="lg"
                  variant="danger-quiet"
                  className="max-sm:flex-1"
                  busy={override.isPending}
                  why={why('override') ?? (comment.trim() ? null : 'Write the reason into the comment first.')}
                  onClick={() => decide('override')}
                >
                  Merge without it
                </Button>
              )}
            </>
          )}
        </div>
        {!pending && reasons.length > 0 && (
          <ul className="text-ink-2 text-sm" aria-label="Why a button cannot be used">
            {reasons.map((r) => (
              <li key={r}>{r}</li>
            ))}
          </ul>
        )}
        {change.state === 'merged' && change.mergedSha && (
          <p className="text-ink-3 text-xs">
            Merged as <span className="font-mono">{change.mergedSha.slice(0, 10)}</span> <Ago at={change.updatedAt} />
          </p>
        )}
      </div>
    </section>
  );
}
