'use client';
import { type AlertType, addWebhookInput, alertTypes } from '@reeve/core/vocabulary';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTRPC } from '@/trpc';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ErrorLine } from '@/ui/error-state';
import { Checkbox, Field, Input } from '@/ui/field';

const words: Record<AlertType, string> = {
  'budget.near': 'A budget is spent to four fifths',
  'budget.exceeded': 'A budget is exceeded',
  'budget.warned': 'A budget has reached its soft limit',
  'budget.reached': 'A budget is used up',
  'cost.mismatch': 'A sum is not what the ledger says',
  'orphans.halted': 'Orphan handling was halted',
  'agent.unconfirmed': 'Nothing proves that an agent has ended',
  'agent.restarts-exhausted': 'An agent ended too often',
  'project.halted': 'Everything was stopped',
  'change.unhealthy': 'A merged change failed its health check',
  'change.rollback-failed': 'A change could not be rolled back',
};

export function AddWebhook({ onClose, onAdded }: { onClose(): void; onAdded(): void }) {
  const trpc = useTRPC();
  const [name, setName] = useState('');
  const [url, setUrl] = useState('');
  const [allowPrivate, setAllowPrivate] = useState(false);
  const [events, setEvents] = useState<AlertType[]>([...alertTypes]);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const add = useMutation(trpc.webhooks.add.mutationOptions({ onSuccess: onAdded }));
  const submit = (e: FormEvent) => {
    e.preventDefault();
    const read = addWebhookInput.safeParse({ name, url, events, allowPrivate });
    setErrors(Object.fromEntries((read.error?.issues ?? []).map((i) => [String(i.path[0]), i.message])));
    if (read.success && !add.isPending) add.mutate(read.data);
  };
  const { data: made } = add;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={made ? 'The secret of this webhook' : 'Add a webhook'}
      description={
        made
          ? 'Whoever receives its messages checks their signature with it (Standard Webhooks). It is shown only now.'
          : 'Each alert is sent as JSON, signed, and again up to seven times where no 2xx comes back.'
      }
      testId="add-webhook-dialog"
      footer={
        made ? (
          <Button variant="primary" onClick={onClose}>
            Done
          </Button>
        ) : (
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button variant="primary" type="submit" form="add-webhook" busy={add.isPending}>
              Add
            </Button>
          </>
        )
      }
    >
      {made ? (
        <code data-testid="webhook-secret" className="select-all break-all rounded-md bg-sunken p-3 font-mono text-xs">
          {made.secret}
        </code>
      ) : (
        <form id="add-webhook" onSubmit={submit} noValidate className="flex flex-col gap-4">
          <Field label="Name" error={errors.name}>
            <Input autoFocus value={name} onChange={(e) => setName(e.target.value)} placeholder="pager" />
          </Field>
          <Field label="Address" error={errors.url}>
            <Input
              type="url"
              value={url}
              onChange={(e) => setUrl(e.target.value)}
              className="font-mono"
              placeholder="https://example.com/hook"
              spellCheck={false}
            />
          </Field>
          <fieldset className="flex flex-col gap-1">
            <legend className="font-medium text-sm">Alerts</legend>
            {alertTypes.map((t) => (
              <Checkbox
                key={t}
                label={words[t]}
                checked={events.includes(t)}
                onChange={(e) => setEvents(alertTypes.filter((x) => (x === t ? e.target.checked : events.includes(x))))}
              />
            ))}
            {errors.events && <p className="text-danger text-xs">Choose one at least.</p>}
          </fieldset>
          <div>
            <Checkbox label="May reach this network" checked={allowPrivate} onChange={(e) => setAllowPrivate(e.target.checked)} />
            <p className="text-ink-3 text-xs">
              Without it only public addresses over https are called. With it this server also calls itself, its network and the cloud it
              runs in, for whoever gave the address.
            </p>
          </div>
          <ErrorLine error={add.error} />
        </form>
      )}
    </Dialog>
  );
}
