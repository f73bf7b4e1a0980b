'use client';
import type { AccountView } from '@reeve/core/vocabulary';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { authCall } from '@/trpc';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ErrorLine } from '@/ui/error-state';
import { Field, Input } from '@/ui/field';

/** The first password, or another one, which ends the other sessions. */
export function PasswordDialog({ account, onClose, onDone }: { account: AccountView; onClose(): void; onDone(): void }) {
  const [email, setEmail] = useState(account.email ?? '');
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const save = useMutation({
    mutationFn: () =>
      account.password
        ? authCall('change-password', { currentPassword: current, newPassword: next })
        : authCall('password', { email, password: next }),
    onSuccess: () => {
      onDone();
      onClose();
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (!save.isPending) save.mutate();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={account.password ? 'Change the password' : 'Set a password'}
      description={
        account.password ? 'Your other sessions end.' : 'From now on you can sign in with it, and are asked for it before what counts.'
      }
      testId="password-dialog"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" type="submit" form="password-form" busy={save.isPending}>
            Save
          </Button>
        </>
      }
    >
      <form id="password-form" onSubmit={submit} className="flex flex-col gap-4">
        {account.password ? (
          <Field label="Password of now">
            <Input
              autoFocus
              type="password"
              autoComplete="current-password"
              required
              value={current}
              onChange={(e) => setCurrent(e.target.value)}
            />
          </Field>
        ) : (
          <Field label="Email" hint="What you sign in as; nothing is sent there.">
            <Input autoFocus type="email" autoComplete="username" required value={email} onChange={(e) => setEmail(e.target.value)} />
          </Field>
        )}
        <Field label="New password" hint="12 characters at least.">
          <Input
            type="password"
            autoComplete="new-password"
            required
            minLength={12}
            maxLength={200}
            value={next}
            onChange={(e) => setNext(e.target.value)}
          />
        </Field>
        <ErrorLine error={save.error} />
      </form>
    </Dialog>
  );
}
