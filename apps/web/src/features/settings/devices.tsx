'use client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link2 } from 'lucide-react';
import { useTRPC } from '@/trpc';
import { Countdown } from '@/ui/ago';
import { Button, buttonStyle } from '@/ui/button';
import { Card, CardBody, CardHeader } from '@/ui/card';
import { ErrorLine } from '@/ui/error-state';
import { OneSecret } from '@/ui/one-secret';

/** Another device signs in with a link that works once; it is shown here and nowhere else. */
export function Devices() {
  const trpc = useTRPC();
  const me = useQuery(trpc.session.me.queryOptions(undefined, { staleTime: Number.POSITIVE_INFINITY }));
  const make = useMutation(trpc.session.makeLink.mutationOptions());
  const person = me.data?.kind === 'person' ? me.data : null;
  return (
    <Card aria-label="Your devices">
      <CardHeader
        title="Your devices"
        hint={person && `signed in as ${[...new Set([person.name, person.role])].join(', ')}`}
        actions={
          <a href="/auth/sign-out" className={buttonStyle({ size: 'sm' })}>
            Sign out here
          </a>
        }
      />
      <CardBody className="flex flex-col gap-3">
        <p className="text-ink-2 text-sm">
          To sign in on a phone or another browser, make a link and open it there. It works once; whoever opens it first is signed in as
          you.
        </p>
        {make.data ? (
          <OneSecret text={make.data.url} testId="sign-in-link">
            Shown only now, and good for one use: <Countdown until={make.data.expiresAt} over="expired" warnMs={60_000} />.
          </OneSecret>
        ) : (
          <div>
            <Button onClick={() => make.mutate()} busy={make.isPending} data-testid="make-link">
              <Link2 size={14} aria-hidden /> Make a sign-in link
            </Button>
          </div>
        )}
        <ErrorLine error={make.error} />
      </CardBody>
    </Card>
  );
}
