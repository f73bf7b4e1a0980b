'use client';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { authCall } from '@/trpc';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ErrorLine } from '@/ui/error-state';
import { Field, Input } from '@/ui/field';
import { OneSecret } from '@/ui/one-secret';

/** On: the password, then the key for the app and the backup codes, then a first code. Off: the password. */
export function SecondFactorDialog({ on, onClose, onDone }: { on: boolean; onClose(): void; onDone(): void }) {
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const begin = useMutation({ mutationFn: () => authCall('two-factor/enable', { password }) });
  const finish = useMutation({
    mutationFn: () =>
      on ? authCall('two-factor/disable', { password }) : authCall('two-factor/verify-totp', { code: code.replaceAll(' ', '') }),
    onSuccess: () => {
      onDone();
      onClose();
    },
  });
  const { totpURI, backupCodes } = begin.data ?? {};
  const step = on || totpURI ? finish : begin;
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (!step.isPending) step.mutate();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={on ? 'Turn the second factor off' : 'Turn a second factor on'}
      description={on ? 'Then the password alone signs you in.' : 'Then a password alone signs nobody in as you.'}
      testId="second-factor-dialog"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant={on ? 'danger' : 'primary'} type="submit" form="factor-form" busy={step.isPending}>
            {on ? 'Turn off' : totpURI ? 'Turn on' : 'Go on'}
          </Button>
        </>
      }
    >
      <form id="factor-form" onSubmit={submit} className="flex flex-col gap-4">
        {totpURI ? (
          <>
            <OneSecret text={new URL(totpURI).searchParams.get('secret') ?? ''} testId="totp-secret">
              The key: give it to your authenticator app (time-based, six digits), or{' '}
              <a className="text-accent underline" href={totpURI}>
                open it there
              </a>
              .
            </OneSecret>
            <OneSecret text={(backupCodes ?? []).join(' ')} testId="backup-codes">
              Backup codes for when the app is lost. Each works once; they are shown only now.
            </OneSecret>
            <Field label="Code that the app shows">
              <Input
                autoFocus
                inputMode="numeric"
                autoComplete="one-time-code"
                required
                maxLength={8}
                value={code}
                onChange={(e) => setCode(e.target.value)}
                className="font-mono"
              />
            </Field>
          </>
        ) : (
          <Field label="Your password">
            <Input
              autoFocus
              type="password"
              autoComplete="current-password"
              required
              value={password}
              onChange={(e) => setPassword(e.target.value)}
            />
          </Field>
        )}
        <ErrorLine error={step.error} />
      </form>
    </Dialog>
  );
}
