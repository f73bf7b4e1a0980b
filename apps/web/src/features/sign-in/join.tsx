'use client';
import { Link2Off, UserPlus } from 'lucide-react';
import { type FormEvent, useEffect, useState } from 'react';
import { authCall } from '@/trpc';
import { Button } from '@/ui/button';
import { ErrorLine } from '@/ui/error-state';
import { Field, Input } from '@/ui/field';
import { Alone } from './sign-in';

type Invitation = { email: string; role: string; invitedBy: string };

/** Somebody who was invited chooses a name and a password. The secret of the link stands behind its #, which browsers send to nobody. */
export function Join() {
  const [token, setToken] = useState('');
  const [invitation, setInvitation] = useState<Invitation | null | undefined>();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    const secret = window.location.hash.slice(1);
    setToken(secret);
    authCall<Invitation>('invitation', { token: secret }).then(setInvitation, () => setInvitation(null));
  }, []);
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await authCall('join', { token, name, password });
      window.location.assign('/');
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  if (invitation === undefined) return null;
  if (invitation === null)
    return (
      <Alone
        icon={Link2Off}
        title="This invitation no longer works"
        text="It works once, within a week, and not when it was withdrawn or replaced. Ask for a new one; or sign in, if you have joined already."
      >
        <p className="pt-4">
          <Button asChild>
            <a href="/sign-in">Sign in</a>
          </Button>
        </p>
      </Alone>
    );
  return (
    <Alone
      icon={UserPlus}
      title="You are invited"
      text={`${invitation.invitedBy} asks you to join this Reeve as ${invitation.role}, under ${invitation.email}.`}
    >
      <form onSubmit={(e) => void submit(e)} className="flex flex-col gap-3 pt-4" data-testid="join-form">
        <Field label="Your name" hint="Others see it beside what you decide.">
          <Input autoFocus autoComplete="name" required maxLength={100} value={name} onChange={(e) => setName(e.target.value)} />
        </Field>
        <Field label="Password" hint="12 characters at least.">
          <Input
            type="password"
            autoComplete="new-password"
            required
            minLength={12}
            maxLength={200}
            value={password}
            onChange={(e) => setPassword(e.target.value)}
          />
        </Field>
        <ErrorLine error={error} />
        <Button variant="primary" size="lg" type="submit" busy={busy}>
          Join
        </Button>
      </form>
    </Alone>
  );
}
