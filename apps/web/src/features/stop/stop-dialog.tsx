'use client';
import { isFinalAgent, type StopMode } from '@reeve/core/vocabulary';
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { Square } from 'lucide-react';
import { useState } from 'react';
import { useAgent } from '@/live';
import { useTRPC, useTRPCClient } from '@/trpc';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ErrorLine, ErrorState } from '@/ui/error-state';
import { KeyHint } from '@/ui/key-hint';
import { useKey } from '@/ui/keys';
import { SkeletonRows } from '@/ui/skeleton';
import { useIsPhone } from '@/ui/use-media';
import { writeUrl } from '@/ui/use-url';
import { plural } from '@/vocabulary/format';
import { StopForm } from './stop-form';
import { Note, PreviewBody } from './stop-preview';
import { closeStop, useStopRequest } from './stop-request';
import { watchStop } from './watched-stops';

/** Preview, then confirmation. What follows is shown by the panel and on the tree itself. */
export function StopDialog() {
  const id = useStopRequest();
  // keyed, so that every opening starts with fresh choices
  return id ? <Opened key={id} id={id} /> : null;
}

function Opened({ id }: { id: string }) {
  const agent = useAgent(id);
  const trpc = useTRPC();
  const client = useTRPCClient();
  const phone = useIsPhone();
  const [mode, setMode] = useState<StopMode>('graceful');
  const [graceMs, setGraceMs] = useState(30_000);
  const [reason, setReason] = useState('');
  const stopping = Boolean(agent?.stopId) && agent !== undefined && !isFinalAgent(agent.state);

  const preview = useQuery({
    queryKey: ['stop-preview', id],
    queryFn: () => client.agents.stop.mutate({ id, dryRun: true }),
    // the subtree grows while one reads
    refetchInterval: 3000,
    placeholderData: keepPreviousData,
    gcTime: 0,
  });
  const stop = useMutation(
    trpc.agents.stop.mutationOptions({
      onSuccess: (accepted) => {
        if (accepted.stopId) watchStop(accepted.stopId);
        closeStop();
        // on a phone the inspector would cover the progress
        if (phone) writeUrl({ agent: null });
      },
    }),
  );
  const members = preview.data?.members ?? 0;
  const why = !preview.data ? 'The preview is not here yet.' : members === 0 ? 'Nothing under it lives any more.' : null;
  const confirm = () => {
    if (!why && !stop.isPending) stop.mutate({ id, mode, graceMs: mode === 'force' ? 0 : graceMs, reason: reason.trim() });
  };
  useKey('mod+Enter', confirm, { inDialog: true });

  const name = agent?.name ?? 'this agent';
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && closeStop()}
      title={members > 1 ? `Stop ${name} and everything under it` : `Stop ${name}`}
      description="Nothing happens until you confirm. From then on the subtree is fenced: no spawn, claim, paid call or change."
      footer={
        <>
          <Button onClick={closeStop}>Cancel</Button>
          <Button variant="danger" why={why} busy={stop.isPending} onClick={confirm} data-testid="stop-confirm">
            <Square size={12} fill="currentColor" aria-hidden />
            {members ? `${mode === 'force' ? 'Kill' : 'Stop'} ${plural(members, 'agent')}` : 'Stop'}
            <KeyHint keys="mod+Enter" className="ml-1" />
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-5">
        {stopping && (
          <Note>A stop of this subtree is under way. Confirming can only strengthen it: a harsher mode, a nearer deadline.</Note>
        )}
        {preview.data?.preview ? (
          <PreviewBody preview={preview.data.preview} members={members} />
        ) : preview.isError ? (
          <ErrorState error={preview.error} title="The preview could not be made" onRetry={() => void preview.refetch()} className="py-4" />
        ) : (
          <SkeletonRows rows={4} className="p-0" label="Making the preview" />
        )}
        <StopForm mode={mode} onMode={setMode} graceMs={graceMs} onGraceMs={setGraceMs} reason={reason} onReason={setReason} />
        <ErrorLine error={stop.error} />
      </div>
    </Dialog>
  );
}
