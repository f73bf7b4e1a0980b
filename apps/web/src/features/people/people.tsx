'use client';
import { isAtLeast, type MemberView } from '@reeve/core/vocabulary';
import { useMutation, useQuery } from '@tanstack/react-query';
import { UserPlus } from 'lucide-react';
import { useState } from 'react';
import { useTRPC } from '@/trpc';
import { Countdown } from '@/ui/ago';
import { Button } from '@/ui/button';
import { Card, CardHeader } from '@/ui/card';
import { Dialog } from '@/ui/dialog';
import { ErrorLine, ErrorState } from '@/ui/error-state';
import { SkeletonRows } from '@/ui/skeleton';
import { Badge } from '@/ui/state-mark';
import { Invite } from './invite';
import { RoleSelect } from './role-select';

/** Who belongs to the project, in which role, and who was invited. */
export function People() {
  const trpc = useTRPC();
  const me = useQuery(trpc.session.me.queryOptions(undefined, { staleTime: Number.POSITIVE_INFINITY })).data;
  const owns = me?.kind === 'person' && isAtLeast(me.role, 'owner');
  const query = useQuery(trpc.people.list.queryOptions());
  const invited = useQuery(trpc.people.invitations.queryOptions(undefined, { enabled: owns }));
  const [inviting, setInviting] = useState(false);
  const refresh = () => {
    void query.refetch();
    if (owns) void invited.refetch();
  };
  const withdraw = useMutation(trpc.people.withdraw.mutationOptions({ onSuccess: refresh }));
  const items = query.data?.items;
  return (
    <Card aria-label="People" id="people">
      <CardHeader
        title="People"
        hint="who may do what here"
        actions={
          <Button size="sm" onClick={() => setInviting(true)} why={!owns && 'an owner invites'} data-testid="invite">
            <UserPlus size={14} aria-hidden /> Invite
          </Button>
        }
      />
      {query.error && !items ? (
        <ErrorState error={query.error} title="The members could not be loaded" onRetry={() => void query.refetch()} />
      ) : !items ? (
        <SkeletonRows rows={2} label="Loading members" />
      ) : (
        <ul className="divide-y divide-line">
          {items.map((m) => (
            <Row key={m.id} member={m} self={me?.kind === 'person' && me.userId === m.id} owns={owns} onChanged={refresh} />
          ))}
          {invited.data?.items.map((i) => (
            <li key={i.id} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2" data-testid="invitation">
              <span className="min-w-0 flex-1 basis-48">
                <span className="block truncate text-sm">{i.email}</span>
                <span className="block text-ink-3 text-xs">
                  invited by {i.invitedBy} as {i.role} · <Countdown until={i.expiresAt} over="expired" />
                </span>
              </span>
              <Button size="sm" onClick={() => withdraw.mutate({ id: i.id })} busy={withdraw.isPending && withdraw.variables.id === i.id}>
                Withdraw
              </Button>
            </li>
          ))}
        </ul>
      )}
      <ErrorLine error={withdraw.error} className="m-3" />
      {inviting && <Invite onClose={() => setInviting(false)} onInvited={refresh} />}
    </Card>
  );
}

function Row({ member: m, self, owns, onChanged }: { member: MemberView; self: boolean; owns: boolean; onChanged(): void }) {
  const trpc = useTRPC();
  const [removing, setRemoving] = useState(false);
  const setRole = useMutation(trpc.people.setRole.mutationOptions({ onSettled: onChanged }));
  const remove = useMutation(trpc.people.remove.mutationOptions({ onSuccess: onChanged }));
  return (
    <li className="px-4 py-2" data-testid="member">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="min-w-0 flex-1 basis-48">
          <span className="flex items-center gap-2">
            <span className="truncate font-semibold text-sm">{m.name}</span>
            {self && <Badge>you</Badge>}
            {m.secondFactor && <Badge>second factor</Badge>}
          </span>
          <span className="block truncate text-ink-3 text-xs">{m.email ?? 'comes by a link'}</span>
        </span>
        {owns ? (
          <RoleSelect
            label={`Role of ${m.name}`}
            value={setRole.isPending ? setRole.variables.role : m.role}
            disabled={setRole.isPending}
            onChange={(role) => setRole.mutate({ id: m.id, role })}
          />
        ) : (
          <Badge>{m.role}</Badge>
        )}
        {owns && !self && (
          <Button size="sm" onClick={() => setRemoving(true)}>
            Remove
          </Button>
        )}
      </div>
      <ErrorLine error={setRole.error} className="mt-2" />
      <Dialog
        open={removing}
        onOpenChange={setRemoving}
        title={`Remove ${m.name}?`}
        description="They are signed out everywhere at once. What they decided stays in the audit log; agents run on."
        footer={
          <>
            <Button onClick={() => setRemoving(false)}>Cancel</Button>
            <Button variant="danger" busy={remove.isPending} onClick={() => remove.mutate({ id: m.id })}>
              Remove
            </Button>
          </>
        }
      >
        <ErrorLine error={remove.error} />
      </Dialog>
    </li>
  );
}
