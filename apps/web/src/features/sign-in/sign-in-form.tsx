'use client';
import { type FormEvent, useEffect, useState } from 'react';
import { authCall } from '@/trpc';
import { Button } from '@/ui/button';
import { ErrorLine } from '@/ui/error-state';
import { Field, Input } from '@/ui/field';

/** A password and, where one is owed, a second factor; or the way to the provider. */
export function SignInForm() {
  const [step, setStep] = useState<'password' | 'code' | 'backup'>('password');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const provider = useProvider();

  const go = async (work: () => Promise<void>) => {
    setBusy(true);
    setError(null);
    await work().catch((e: unknown) => {
      setError(e);
      setBusy(false);
    });
  };
  const home = () => window.location.assign('/');
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (busy) return;
    void go(async () => {
      if (step !== 'password') {
        await authCall(step === 'code' ? 'two-factor/verify-totp' : 'two-factor/verify-backup-code', {
          code: code.trim().replaceAll(' ', ''),
        });
        return home();
      }
      const { twoFactorRedirect } = await authCall('sign-in/email', { email, password });
      if (!twoFactorRedirect) return home();
      setStep('code');
      setBusy(false);
    });
  };
  const elsewhere = () =>
    void go(async () => {
      const { url } = await authCall('sign-in/social', {});
      if (url) window.location.assign(url);
    });
  return (
    <form onSubmit={submit} className="flex flex-col gap-3 pt-4" data-testid="sign-in-form">
      {step === 'password' ? (
        <>
          <Field label="Email">
            <Input
              type="email"
              autoComplete="username"
              required
              value={email}
              onChange={(e) => setEmail(e.target.value)}
              spellCheck={false}
            />
          </Field>
          <Field label="Password">
            <Input
              type="password"
              autoComplete="current-password"
              required
              value={password}
              onChange={(e) => setPassword(e.target.value)}
            />
          </Field>
        </>
      ) : (
        <Field
          key={step}
          label={step === 'code' ? 'Code of your authenticator app' : 'One of your backup codes'}
          hint={step === 'backup' ? 'Each works once.' : undefined}
        >
          <Input
            autoFocus
            inputMode={step === 'code' ? 'numeric' : 'text'}
            autoComplete="one-time-code"
            required
            value={code}
            onChange={(e) => setCode(e.target.value)}
            className="font-mono"
          />
        </Field>
      )}
      <ErrorLine error={error} />
      <Button variant="primary" size="lg" type="submit" busy={busy}>
        Sign in
      </Button>
      {step === 'code' && (
        <Button variant="link" onClick={() => setStep('backup')} className="self-start">
          Use a backup code
        </Button>
      )}
      {step === 'password' && provider && (
        <Button size="lg" onClick={elsewhere} busy={busy}>
          Sign in with {provider}
        </Button>
      )}
    </form>
  );
}

function useProvider(): string | null {
  const [provider, setProvider] = useState<string | null>(null);
  useEffect(() => {
    authCall<{ singleSignOn: string | null }>('ways').then(
      (w) => setProvider(w.singleSignOn),
      () => undefined, // then there is one way less
    );
  }, []);
  return provider;
}
