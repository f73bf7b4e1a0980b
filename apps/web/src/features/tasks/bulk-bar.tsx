'use client';
import { useMutation } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { useState } from 'react';
import { useTRPC } from '@/trpc';
import { Button, IconButton } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Field, Input, Textarea } from '@/ui/field';
import { notify, notifyFailure } from '@/ui/toast';
import { plural } from '@/vocabulary/format';
import { useSelection } from './use-selection';

type Action = 'retry' | 'release' | 'cancel' | 'prioritise';
const verbs: Record<Action, { verb: string; done: string }> = {
  retry: { verb: 'Try again', done: 'tried again' },
  release: { verb: 'Take the claims away', done: 'released' },
  cancel: { verb: 'Cancel', done: 'cancelled' },
  prioritise: { verb: 'Set the priority', done: 'given the priority' },
};
const atOnce = 1_000;

/** One command for all cards that were picked out. Each is answered by itself: those that are refused stay selected. */
export function BulkBar() {
  const selection = useSelection();
  const [asked, setAsked] = useState<Action | null>(null);
  const count = selection.ids.size;
  if (count === 0) return null;
  return (
    <div
      role="toolbar"
      aria-label="Selected tasks"
      data-testid="bulk-bar"
      className="flex shrink-0 flex-wrap items-center gap-2 border-line border-t bg-surface px-4 py-2"
    >
      <span className="text-sm" role="status">
        {plural(count, 'task')} selected
      </span>
      {(Object.keys(verbs) as Action[]).map((action) => (
        <Button key={action} size="sm" variant={action === 'cancel' ? 'danger-quiet' : 'secondary'} onClick={() => setAsked(action)}>
          {verbs[action].verb}
        </Button>
      ))}
      <IconButton label="Select none" onClick={selection.clear}>
        <X size={14} />
      </IconButton>
      {asked && <Ask action={asked} onClose={() => setAsked(null)} />}
    </div>
  );
}

function Ask({ action, onClose }: { action: Action; onClose(): void }) {
  const trpc = useTRPC();
  const selection = useSelection();
  const ids = [...selection.ids].slice(0, atOnce);
  const [reason, setReason] = useState('');
  const [priority, setPriority] = useState('0');
  const { verb, done } = verbs[action];
  const wanted = Number(priority);
  const isNumber = action !== 'prioritise' || (priority.trim() !== '' && Number.isInteger(wanted) && Math.abs(wanted) <= 1_000);
  const bulk = useMutation(
    trpc.tasks.bulk.mutationOptions({
      onSuccess: ({ results }) => {
        const refused = results.flatMap((r) => (r.ok ? [] : [r.error.message]));
        results.forEach((r, i) => {
          const id = ids[i];
          if (r.ok && id) selection.toggle(id);
        });
        const went = results.length - refused.length;
        if (refused.length) notify(`${went} ${done}, ${refused.length} refused`, [...new Set(refused)].slice(0, 3).join(' '));
        else notify(`${plural(went, 'task')} ${done}`);
        onClose();
      },
      onError: (error) => notifyFailure(error, `${verb}: refused`),
    }),
  );
  const confirm = () => bulk.mutate({ ids, action, reason, ...(action === 'prioritise' ? { priority: wanted } : {}) });
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`${verb}?`}
      description={plural(ids.length, 'task')}
      testId="bulk-dialog"
      footer={
        <>
          <Button onClick={onClose}>Leave them</Button>
          <Button
            variant={action === 'cancel' || action === 'release' ? 'danger' : 'primary'}
            busy={bulk.isPending}
            disabled={!isNumber}
            onClick={confirm}
            data-testid="confirm-bulk"
          >
            {verb}
          </Button>
        </>
      }
    >
      {action === 'prioritise' ? (
        <Field label="Priority" hint="From −1000 to 1000; higher ones are claimed first.">
          <Input inputMode="numeric" value={priority} onChange={(e) => setPriority(e.target.value)} />
        </Field>
      ) : (
        <Field label="Reason" hint="Stands in the history of each task.">
          <Textarea value={reason} maxLength={2000} rows={2} onChange={(e) => setReason(e.target.value)} />
        </Field>
      )}
    </Dialog>
  );
}
