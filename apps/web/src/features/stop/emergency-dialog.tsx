'use client';
import type { StopMode } from '@reeve/core/vocabulary';
import { useMutation } from '@tanstack/react-query';
import { DoorOpen, OctagonX } from 'lucide-react';
import { useState } from 'react';
import { useProjectChanged } from '@/features/project/use-project';
import { liveOf, useFleetCounts } from '@/live';
import { useTRPC } from '@/trpc';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ErrorLine } from '@/ui/error-state';
import { Field, Input } from '@/ui/field';
import { KeyHint } from '@/ui/key-hint';
import { useKey } from '@/ui/keys';
import { plural } from '@/vocabulary/format';
import { openEmergency, useEmergencyRequest } from './emergency-request';
import { StopForm } from './stop-form';
import { Note } from './stop-preview';
import { watchStop } from './watched-stops';

/** Everything under one fence, and the way back. One confirmed action each. */
export function EmergencyDialog() {
  const open = useEmergencyRequest();
  if (open === 'stop') return <StopEverything />;
  return open === 'reopen' ? <Reopen /> : null;
}
const close = () => openEmergency(null);

function StopEverything() {
  const trpc = useTRPC();
  const live = liveOf(useFleetCounts());
  const [mode, setMode] = useState<StopMode>('graceful');
  const [graceMs, setGraceMs] = useState(5_000);
  const [reason, setReason] = useState('');
  const changed = useProjectChanged();
  const stop = useMutation(
    trpc.project.stop.mutationOptions({
      onSuccess: (accepted) => {
        if (accepted.stopId) watchStop(accepted.stopId);
        changed();
        close();
      },
    }),
  );
  const confirm = () => {
    if (!stop.isPending) stop.mutate({ mode, graceMs: mode === 'force' ? 0 : graceMs, reason: reason.trim() });
  };
  useKey('mod+Enter', confirm, { inDialog: true });
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && close()}
      testId="emergency-dialog"
      title="Stop everything"
      description="Every agent of every session, under one fence. No new agent starts until you reopen the project."
      footer={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button variant="danger" busy={stop.isPending} onClick={confirm} data-testid="emergency-confirm">
            <OctagonX size={14} aria-hidden />
            {live ? `${mode === 'force' ? 'Kill' : 'Stop'} all ${plural(live, 'agent')}` : 'Let nothing start'}
            <KeyHint keys="mod+Enter" className="ml-1" />
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <Note>
          From the moment you confirm nothing can spawn, claim, spend or change code. Claims go back to the board; children end before their
          parents; one receipt says how each of them ended.
        </Note>
        <StopForm mode={mode} onMode={setMode} graceMs={graceMs} onGraceMs={setGraceMs} reason={reason} onReason={setReason} />
        <ErrorLine error={stop.error} />
      </div>
    </Dialog>
  );
}

function Reopen() {
  const trpc = useTRPC();
  const [reason, setReason] = useState('');
  const changed = useProjectChanged();
  const reopen = useMutation(
    trpc.project.reopen.mutationOptions({
      onSuccess: () => {
        changed();
        close();
      },
    }),
  );
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && close()}
      testId="reopen-dialog"
      title="Reopen the project"
      description="New agents may start again. What was stopped stays stopped, and its receipt stays as it is."
      footer={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button
            variant="primary"
            busy={reopen.isPending}
            onClick={() => reopen.mutate({ reason: reason.trim() })}
            data-testid="reopen-confirm"
          >
            <DoorOpen size={14} aria-hidden /> Reopen
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <Field label="Reason">
          <Input value={reason} onChange={(e) => setReason(e.target.value)} maxLength={2000} placeholder="Stands in the log" />
        </Field>
        <ErrorLine error={reopen.error} />
      </div>
    </Dialog>
  );
}
