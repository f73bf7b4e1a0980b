'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTRPC } from '@/trpc';
import { Ago } from '@/ui/ago';
import { Button } from '@/ui/button';
import { Card, CardBody, CardHeader } from '@/ui/card';
import { ErrorLine, ErrorState } from '@/ui/error-state';
import { SkeletonRows } from '@/ui/skeleton';
import { Badge } from '@/ui/state-mark';
import { PasswordDialog } from './password-dialog';
import { SecondFactorDialog } from './second-factor-dialog';

/** What one has to show that it is oneself, and where one is signed in. */
export function Account() {
  const trpc = useTRPC();
  const account = useQuery(trpc.session.account.queryOptions());
  const sessions = useQuery(trpc.session.list.queryOptions());
  const end = useMutation(trpc.session.end.mutationOptions({ onSuccess: () => void sessions.refetch() }));
  const [open, setOpen] = useState<'password' | 'factor' | null>(null);
  const a = account.data;
  const queries = useQueryClient();
  // the list of members shows it too
  const changed = () => void queries.invalidateQueries();
  return (
    <Card aria-label="Your account" id="account">
      <CardHeader title="Your account" hint={a?.email} />
      {account.error && !a ? (
        <ErrorState error={account.error} title="Your account could not be loaded" onRetry={() => void account.refetch()} />
      ) : !a ? (
        <SkeletonRows rows={2} label="Loading your account" />
      ) : (
        <CardBody className="flex flex-col gap-3">
          {!a.password && !a.singleSignOn && (
            <p className="text-ink-2 text-sm">
              You come by a link, so whoever finds this browser open may all that you may. With a password Reeve asks again before an
              emergency stop, an override, and whatever gives rights.
            </p>
          )}
          <div className="flex flex-wrap gap-2">
            {(a.password || !a.singleSignOn) && (
              <Button onClick={() => setOpen('password')} data-testid="set-password">
                {a.password ? 'Change the password' : 'Set a password'}
              </Button>
            )}
            {a.password && (
              <Button onClick={() => setOpen('factor')} data-testid="second-factor">
                {a.secondFactor ? 'Turn the second factor off' : 'Turn a second factor on'}
              </Button>
            )}
          </div>
        </CardBody>
      )}
      {sessions.data && (
        <ul className="divide-y divide-line border-line border-t">
          {sessions.data.items.map((s) => (
            <li key={s.id} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2" data-testid="session">
              <span className="min-w-0 flex-1 basis-48">
                <span className="flex items-center gap-2">
                  <span className="truncate text-sm">{browserOf(s.userAgent)}</span>
                  {s.current && <Badge>this browser</Badge>}
                </span>
                <span className="block text-ink-3 text-xs">
                  {s.address && `${s.address} · `}signed in <Ago at={s.createdAt} />
                </span>
              </span>
              {!s.current && (
                <Button size="sm" onClick={() => end.mutate({ id: s.id })} busy={end.isPending && end.variables.id === s.id}>
                  End
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      <ErrorLine error={end.error ?? sessions.error} className="m-3" />
      {open === 'password' && a && <PasswordDialog account={a} onClose={() => setOpen(null)} onDone={changed} />}
      {open === 'factor' && a && <SecondFactorDialog on={a.secondFactor} onClose={() => setOpen(null)} onDone={changed} />}
    </Card>
  );
}

/** The words of a user agent that a person knows; the rest of it is history. */
function browserOf(userAgent: string | null): string {
  const ua = userAgent ?? '';
  const name = /Edg\//.test(ua)
    ? 'Edge'
    : /Firefox\//.test(ua)
      ? 'Firefox'
      : /Chrome\//.test(ua)
        ? 'Chrome'
        : /Safari\//.test(ua)
          ? 'Safari'
          : null;
  const system = /\((?:[^;)]*; )?(Android|iPhone|iPad|Linux|Macintosh|Windows)/.exec(ua)?.[1];
  return [name ?? 'Some browser', system && `on ${system}`].filter(Boolean).join(' ');
}
