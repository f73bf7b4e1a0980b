'use client';
import { createTokenInput, isAtLeast, type Role } from '@reeve/core/vocabulary';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useTRPC } from '@/trpc';
import { Ago, Countdown } from '@/ui/ago';
import { Button } from '@/ui/button';
import { Card, CardHeader } from '@/ui/card';
import { Dialog } from '@/ui/dialog';
import { ErrorLine, ErrorState } from '@/ui/error-state';
import { Field, Input, Select } from '@/ui/field';
import { OneSecret } from '@/ui/one-secret';
import { SkeletonRows } from '@/ui/skeleton';
import { Badge } from '@/ui/state-mark';
import { RoleSelect, roleWords } from './role-select';

/** What programs sign in with. Only an owner sees that there are any. */
export function Tokens() {
  const trpc = useTRPC();
  const me = useQuery(trpc.session.me.queryOptions(undefined, { staleTime: Number.POSITIVE_INFINITY })).data;
  const owns = me?.kind === 'person' && isAtLeast(me.role, 'owner');
  const query = useQuery(trpc.tokens.list.queryOptions(undefined, { enabled: owns }));
  const [making, setMaking] = useState(false);
  const revoke = useMutation(trpc.tokens.revoke.mutationOptions({ onSuccess: () => void query.refetch() }));
  const items = query.data?.items;
  if (!owns) return null;
  return (
    <Card aria-label="Tokens" id="tokens">
      <CardHeader
        title="Tokens"
        hint="what programs sign in with"
        actions={
          <Button size="sm" onClick={() => setMaking(true)} data-testid="make-token">
            <Plus size={14} aria-hidden /> Make
          </Button>
        }
      />
      {query.error && !items ? (
        <ErrorState error={query.error} title="The tokens could not be loaded" onRetry={() => void query.refetch()} />
      ) : !items ? (
        <SkeletonRows rows={1} label="Loading tokens" />
      ) : (
        <ul className="divide-y divide-line">
          {items.map((t) => (
            <li key={t.id} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2" data-testid="token">
              <span className="min-w-0 flex-1 basis-48">
                <span className="block truncate font-semibold text-sm">{t.name}</span>
                <span className="block text-ink-3 text-xs">
                  made <Ago at={t.createdAt} /> · {t.expiresAt ? <Countdown until={t.expiresAt} over="expired" /> : 'until revoked'}
                </span>
              </span>
              <Badge>{t.role}</Badge>
              <Button size="sm" onClick={() => revoke.mutate({ id: t.id })} busy={revoke.isPending && revoke.variables.id === t.id}>
                Revoke
              </Button>
            </li>
          ))}
        </ul>
      )}
      <ErrorLine error={revoke.error} className="m-3" />
      {making && <MakeToken onClose={() => setMaking(false)} onMade={() => void query.refetch()} />}
    </Card>
  );
}

function MakeToken({ onClose, onMade }: { onClose(): void; onMade(): void }) {
  const trpc = useTRPC();
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('operator');
  const [days, setDays] = useState('90');
  const [wrong, setWrong] = useState<string>();
  const make = useMutation(trpc.tokens.create.mutationOptions({ onSuccess: onMade }));
  const submit = (e: FormEvent) => {
    e.preventDefault();
    const read = createTokenInput.safeParse({ name, role, days: days ? Number(days) : null });
    setWrong(read.error?.issues[0]?.message);
    if (read.success && !make.isPending) make.mutate(read.data);
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={make.data ? `The token of ${make.data.name}` : 'Make a token'}
      description={make.data ? undefined : 'For a program that calls the API. Give it no more than it needs.'}
      testId="token-dialog"
      footer={
        make.data ? (
          <Button variant="primary" onClick={onClose}>
            Done
          </Button>
        ) : (
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button variant="primary" type="submit" form="token-form" busy={make.isPending}>
              Make
            </Button>
          </>
        )
      }
    >
      {make.data ? (
        <OneSecret text={make.data.token} testId="token-secret">
          Shown only now. Whoever has it may all that its role may.
        </OneSecret>
      ) : (
        <form id="token-form" onSubmit={submit} noValidate className="flex flex-col gap-4">
          <Field label="Name" error={wrong}>
            <Input autoFocus value={name} onChange={(e) => setName(e.target.value)} placeholder="ci" />
          </Field>
          <Field label="Role" hint={roleWords[role]}>
            <RoleSelect value={role} onChange={setRole} />
          </Field>
          <Field label="Ends">
            <Select value={days} onChange={(e) => setDays(e.target.value)}>
              <option value="7">in a week</option>
              <option value="90">in 90 days</option>
              <option value="365">in a year</option>
              <option value="">when it is revoked</option>
            </Select>
          </Field>
          <ErrorLine error={make.error} />
        </form>
      )}
    </Dialog>
  );
}
