'use client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { authCall, settleConfirmation, useConfirmationAsked, useTRPC } from '@/trpc';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ErrorLine } from '@/ui/error-state';
import { Field, Input } from '@/ui/field';

/**
 * Asks who it is, where a call waits for that. `data-autofocus` beside `autoFocus`: above another dialog, that one takes the focus back
 * which React gives.
 */
export function ConfirmDialog() {
  return useConfirmationAsked() ? <Asking /> : null;
}

function Asking() {
  const trpc = useTRPC();
  const account = useQuery(trpc.session.account.queryOptions()).data;
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const confirm = useMutation({
    mutationFn: () => authCall('confirm', code ? { code: code.replaceAll(' ', '') } : { password }),
    onSuccess: () => settleConfirmation(true),
  });
  const again = useMutation({
    mutationFn: () => authCall('sign-in/social', { again: true }),
    onSuccess: ({ url }) => url && window.location.assign(url),
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if ((password || code) && !confirm.isPending) confirm.mutate();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && settleConfirmation(false)}
      title="Is it you?"
      description="What you are about to do cannot be left to whoever finds this browser open. It is done as soon as you have shown that it is you."
      testId="confirm-dialog"
      footer={
        <>
          <Button onClick={() => settleConfirmation(false)}>Cancel</Button>
          {account?.singleSignOn && (
            <Button onClick={() => again.mutate()} busy={again.isPending}>
              Sign in again
            </Button>
          )}
          {(account?.password || account?.secondFactor) && (
            <Button variant="primary" type="submit" form="confirm" busy={confirm.isPending}>
              Confirm
            </Button>
          )}
        </>
      }
    >
      <form id="confirm" onSubmit={submit} noValidate className="flex flex-col gap-4">
        {account?.secondFactor && (
          <Field label="Code of your authenticator app" hint={account.password ? 'or your password below' : undefined}>
            <Input
              autoFocus
              data-autofocus
              inputMode="numeric"
              autoComplete="one-time-code"
              maxLength={8}
              value={code}
              onChange={(e) => setCode(e.target.value)}
            />
          </Field>
        )}
        {account?.password && (
          <Field label="Password">
            <Input
              autoFocus={!account.secondFactor}
              data-autofocus={account.secondFactor ? undefined : ''}
              type="password"
              autoComplete="current-password"
              value={password}
              onChange={(e) => setPassword(e.target.value)}
            />
          </Field>
        )}
        {account?.singleSignOn && !account.password && (
          <p className="text-ink-2 text-sm">You sign in through your provider: sign in there again, and then ask for this once more.</p>
        )}
        <ErrorLine error={confirm.error ?? again.error} />
      </form>
    </Dialog>
  );
}
