'use client';
import { inviteInput, type Role } from '@reeve/core/vocabulary';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTRPC } from '@/trpc';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ErrorLine } from '@/ui/error-state';
import { Field, Input } from '@/ui/field';
import { OneSecret } from '@/ui/one-secret';
import { RoleSelect, roleWords } from './role-select';

/** An address and a role; then a link, which is shown once. */
export function Invite({ onClose, onInvited }: { onClose(): void; onInvited(): void }) {
  const trpc = useTRPC();
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Role>('operator');
  const [wrong, setWrong] = useState<string>();
  const invite = useMutation(trpc.people.invite.mutationOptions({ onSuccess: onInvited }));
  const submit = (e: FormEvent) => {
    e.preventDefault();
    const read = inviteInput.safeParse({ email, role });
    setWrong(read.error?.issues[0]?.message);
    if (read.success && !invite.isPending) invite.mutate(read.data);
  };
  const { data: made } = invite;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={made ? 'Send them this link' : 'Invite somebody'}
      description={
        made ? 'Reeve sends no mail. Whoever opens the link first becomes the member.' : 'They choose a name and a password themselves.'
      }
      testId="invite-dialog"
      footer={
        made ? (
          <Button variant="primary" onClick={onClose}>
            Done
          </Button>
        ) : (
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button variant="primary" type="submit" form="invite-form" busy={invite.isPending}>
              Invite
            </Button>
          </>
        )
      }
    >
      {made ? (
        <OneSecret text={made.url} testId="invitation-link">
          Shown only now. It works once, within a week.
        </OneSecret>
      ) : (
        <form id="invite-form" onSubmit={submit} noValidate className="flex flex-col gap-4">
          <Field label="Email" error={wrong}>
            <Input autoFocus type="email" value={email} onChange={(e) => setEmail(e.target.value)} spellCheck={false} />
          </Field>
          <Field label="Role" hint={roleWords[role]}>
            <RoleSelect value={role} onChange={setRole} />
          </Field>
          <ErrorLine error={invite.error} />
        </form>
      )}
    </Dialog>
  );
}
