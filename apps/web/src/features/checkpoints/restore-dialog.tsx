'use client';
import type { CheckpointView, RestorePreview } from '@reeve/core/vocabulary';
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useAgent } from '@/live';
import { useTRPC, useTRPCClient } from '@/trpc';
import { Ago } from '@/ui/ago';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ErrorLine, ErrorState } from '@/ui/error-state';
import { KeyHint } from '@/ui/key-hint';
import { useKey } from '@/ui/keys';
import { Money } from '@/ui/money';
import { SkeletonRows } from '@/ui/skeleton';
import { Segmented } from '@/ui/tabs';
import { notify } from '@/ui/toast';
import { writeUrl } from '@/ui/use-url';
import { plural } from '@/vocabulary/format';
import { forkWords, nameOf, rehearseWords, starterWords } from './checkpoint-words';

type Mode = 'restore' | 'fork' | 'rehearse';
const modes = [
  { value: 'restore', label: 'Restore', hint: 'The same agent in a new epoch' },
  { value: 'fork', label: 'Fork', hint: 'Another agent; this one stays as it is' },
  { value: 'rehearse', label: 'Rehearse', hint: 'Do it once more without touching anything, and compare' },
] as const;

/** What is lost and what is in doubt first, the button last. */
export function RestoreDialog({ checkpoint, onClose }: { checkpoint: CheckpointView; onClose(): void }) {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const agent = useAgent(checkpoint.agentId);
  const [mode, setMode] = useState<Mode>('restore');
  const preview = useQuery({
    queryKey: ['restore-preview', checkpoint.id],
    queryFn: () => client.checkpoints.preview.mutate({ id: checkpoint.id }),
    // the agent goes on while one reads
    refetchInterval: 2000,
    placeholderData: keepPreviousData,
    gcTime: 0,
  });
  const p = preview.data;
  const name = agent?.name ?? 'the agent';
  const restore = useMutation(
    trpc.checkpoints.restore.mutationOptions({
      onSuccess: (r) => {
        if (mode === 'fork') notify(`${name} forked`, r.launched ? 'The runner starts the command for it.' : forkWords['no-runner']);
        else notify(`${name} goes on as epoch ${r.epoch}`, 'The epoch before is fenced; its runner starts the command.');
        writeUrl({ agent: r.agentId });
        onClose();
      },
    }),
  );
  const rehearse = useMutation(
    trpc.checkpoints.rehearse.mutationOptions({
      onSuccess: (r) => {
        notify(`A rehearsal of ${name} starts`, 'It is compared with the original under its checkpoints.');
        writeUrl({ agent: r.agentId });
        onClose();
      },
    }),
  );
  const [requestId] = useState(() => crypto.randomUUID());
  const why = !p
    ? 'The preview is not here yet.'
    : mode === 'fork'
      ? null
      : mode === 'rehearse'
        ? rehearseWords[p.relaunch]
        : (p.refusal ?? (p.relaunch === 'runner' ? null : starterWords[p.relaunch]));
  const busy = restore.isPending || rehearse.isPending;
  const confirm = () => {
    if (why || busy) return;
    if (mode === 'rehearse') rehearse.mutate({ id: checkpoint.id, requestId });
    else restore.mutate({ id: checkpoint.id, mode, relaunch: mode === 'restore' || p?.relaunch === 'runner' });
  };
  useKey('mod+Enter', confirm, { inDialog: true });
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`${name} from checkpoint ${nameOf(checkpoint)}`}
      description={<Ago at={checkpoint.createdAt} />}
      testId="restore-dialog"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant={mode === 'restore' ? 'danger' : 'primary'} why={why} busy={busy} onClick={confirm} data-testid="restore-confirm">
            {mode === 'restore' ? `Begin epoch ${p?.epoch ?? ''}` : mode === 'fork' ? 'Fork' : 'Rehearse'} <KeyHint keys="mod+Enter" />
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4 text-sm">
        <Segmented<Mode> label="What to do" value={mode} onChange={setMode} options={modes} className="self-start" />
        {!p ? (
          preview.isError ? (
            <ErrorState
              error={preview.error}
              title="The preview could not be made"
              onRetry={() => void preview.refetch()}
              className="py-4"
            />
          ) : (
            <SkeletonRows rows={4} className="p-0" label="Making the preview" />
          )
        ) : mode === 'fork' ? (
          <p className="text-pretty">
            A new agent beside this one begins with the saved state and knows every effect of {name}, so it repeats none. {name} stays as it
            is; nothing is lost.
          </p>
        ) : mode === 'rehearse' ? (
          <p className="text-pretty">
            Another process does once more what came after this checkpoint, in a session of its own. Effects under a key are not done but
            recorded, its locks are its own, and no task is there for it. Its model calls cost money. What it does outside without a key
            Reeve cannot hold back: a program is told by <code className="font-mono text-xs">REEVE_REHEARSAL=1</code>.
          </p>
        ) : (
          <Losses preview={p} />
        )}
        {p && mode !== 'rehearse' && p.inDoubt.length > 0 && (
          <Part title={`In doubt (${p.inDoubt.length})`}>
            <p className="pb-1 text-ink-3">Begun and never acknowledged: they may have happened. None is repeated without a decision.</p>
            <ul className="flex flex-col gap-0.5">
              {p.inDoubt.slice(0, 8).map((e) => (
                <li key={e.key} className="flex items-baseline gap-2">
                  <code className="truncate font-mono text-xs">{e.key}</code>
                  <span className="min-w-0 truncate text-ink-3">{e.description}</span>
                </li>
              ))}
              {p.inDoubt.length > 8 && <li className="text-ink-3">and {p.inDoubt.length - 8} more</li>}
            </ul>
          </Part>
        )}
        {p && mode === 'restore' && p.refusal && <p className="rounded-md bg-danger-soft px-3 py-2 text-danger">{p.refusal}</p>}
        {p && mode === 'restore' && !p.refusal && <p className="text-ink-2">{starterWords[p.relaunch]}</p>}
        {p && mode === 'fork' && <p className="text-ink-2">{forkWords[p.relaunch]}</p>}
        <ErrorLine error={restore.error ?? rehearse.error} />
      </div>
    </Dialog>
  );
}

function Losses({ preview: { lost } }: { preview: RestorePreview }) {
  return (
    <Part title="What is lost">
      <ul className="flex list-disc flex-col gap-0.5 pl-4" data-testid="restore-losses">
        <li>
          What it did in the <Ago at={lost.sinceMs} suffix={false} /> since this checkpoint. <Money usd={Number(lost.usd)} /> spent since
          then is not given back.
        </li>
        {!lost.isLatest && <li>A newer checkpoint of it stands. It is kept, but the new epoch begins behind it.</li>}
        {lost.events > 0 && (
          <li>
            {plural(lost.events, 'event')}
            {lost.eventsTruncated && ' and more'} told since then {lost.events === 1 ? 'is' : 'are'} handed out to be replayed.
          </li>
        )}
        {lost.claims.map((c) => (
          <li key={c.taskId}>
            The task <b>{c.title}</b> becomes ready again.
          </li>
        ))}
        {lost.locks.map((l) => (
          <li key={l.name}>
            {l.held ? (
              <>
                The lock <b>{l.name}</b> goes to who is next.
              </>
            ) : (
              <>
                Its wait for <b>{l.name}</b> ends.
              </>
            )}
          </li>
        ))}
      </ul>
    </Part>
  );
}
function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h3 className="pb-1 font-medium text-ink-3 text-xs">{title}</h3>
      {children}
    </section>
  );
}
