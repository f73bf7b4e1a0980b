'use client';
import type { LockView } from '@reeve/core/vocabulary';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTRPC } from '@/trpc';
import { Countdown } from '@/ui/ago';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ErrorLine } from '@/ui/error-state';
import { Field, Select, Textarea } from '@/ui/field';
import { KeyHint } from '@/ui/key-hint';
import { useKey } from '@/ui/keys';
import { notify } from '@/ui/toast';
import { plural } from '@/vocabulary/format';
import { AgentName } from './names';
import { afterRelease } from './wait-edges';

/** Who loses it, who has it next, and why: the reason stands in the log with the name of who did it. */
export function ForceRelease({ lock, onClose }: { lock: LockView; onClose(): void }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const [agentId, setAgentId] = useState<string | null>(null);
  const [reason, setReason] = useState('');
  const release = useMutation(
    trpc.locks.forceRelease.mutationOptions({
      onSuccess: ({ freed }) => {
        notify(
          freed ? `${plural(freed, 'permit')} of ${lock.name} taken away` : `${lock.name} was free already`,
          'It stands in the log, with your reason.',
        );
        void queries.invalidateQueries({ queryKey: trpc.locks.list.queryKey() });
        onClose();
      },
    }),
  );
  const { lose, next } = afterRelease(lock, agentId);
  const why = !reason.trim() ? 'Say why: it stands in the log.' : lose.length === 0 ? 'Nobody holds it any more.' : null;
  const confirm = () => {
    if (!why && !release.isPending) release.mutate({ name: lock.name, reason: reason.trim(), ...(agentId !== null && { agentId }) });
  };
  useKey('mod+Enter', confirm, { inDialog: true });
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Take ${lock.name} away`}
      description="The holder may still believe that it holds: only a resource that checks tokens refuses it."
      testId="force-release"
      footer={
        <>
          <Button onClick={onClose}>Leave it</Button>
          <Button variant="danger" why={why} busy={release.isPending} onClick={confirm} data-testid="force-release-confirm">
            Take {plural(lose.length, 'permit')} away <KeyHint keys="mod+Enter" />
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4 text-sm">
        {lock.holders.length > 1 && (
          <Field label="From whom">
            <Select value={agentId ?? ''} onChange={(e) => setAgentId(e.target.value || null)}>
              <option value="">All {lock.holders.length} holders</option>
              {lock.holders.map((h) => (
                <option key={h.agentId} value={h.agentId}>
                  {h.agentName ?? h.agentId}
                </option>
              ))}
            </Select>
          </Field>
        )}
        <section>
          <h3 className="pb-1 font-medium text-ink-3 text-xs">Loses it</h3>
          <ul className="flex flex-col gap-0.5">
            {lose.map((h) => (
              <li key={h.agentId} className="flex items-baseline gap-2">
                <AgentName id={h.agentId} name={h.agentName} />
                <Countdown until={h.expiresAt} over="its lease is over" className="shrink-0 text-ink-3 text-xs" />
              </li>
            ))}
          </ul>
        </section>
        <section>
          <h3 className="pb-1 font-medium text-ink-3 text-xs">Has it next</h3>
          {next.length === 0 ? (
            <p className="text-ink-3">Nobody waits: it is free.</p>
          ) : (
            <ol className="flex flex-col gap-0.5">
              {next.map((w) => (
                <li key={w.agentId}>
                  <AgentName id={w.agentId} name={w.agentName} />
                </li>
              ))}
            </ol>
          )}
        </section>
        <Field label="Reason" hint="Stands in the log, with your name.">
          <Textarea value={reason} maxLength={2000} rows={2} onChange={(e) => setReason(e.target.value)} data-autofocus />
        </Field>
        <ErrorLine error={release.error} />
      </div>
    </Dialog>
  );
}
