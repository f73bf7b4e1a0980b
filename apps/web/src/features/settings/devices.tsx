'use client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Check, Copy, Link2 } from 'lucide-react';
import { useState } from 'react';
import { useTRPC } from '@/trpc';
import { Countdown } from '@/ui/ago';
import { Button, buttonStyle } from '@/ui/button';
import { Card, CardBody, CardHeader } from '@/ui/card';
import { ErrorLine } from '@/ui/error-state';
import { notifyFailure } from '@/ui/toast';

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
          <OneLink url={make.data.url} expiresAt={make.data.expiresAt} />
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

function OneLink({ url, expiresAt }: { url: string; expiresAt: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(url);
      setCopied(true);
    } catch (error) {
      notifyFailure(error, 'The browser did not let this page copy: select the link and copy it yourself');
    }
  };
  return (
    <div className="rounded-md border border-line-strong bg-sunken p-3">
      <p className="flex flex-wrap items-center gap-2">
        <code data-testid="sign-in-link" className="min-w-0 flex-1 select-all break-all font-mono text-xs">
          {url}
        </code>
        <Button size="sm" onClick={() => void copy()}>
          {copied ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
          {copied ? 'Copied' : 'Copy'}
        </Button>
      </p>
      <p className="mt-2 text-ink-3 text-xs">
        Shown only now, and good for one use: <Countdown until={expiresAt} over="expired" warnMs={60_000} />.
      </p>
    </div>
  );
}
