'use client';
import { useQuery } from '@tanstack/react-query';
import { ShieldAlert, ShieldCheck } from 'lucide-react';
import { useTRPC } from '@/trpc';
import { Button } from '@/ui/button';

/** Asks the server to calculate every hash again; what it answers stands beside the button. */
export function ChainCheck() {
  const trpc = useTRPC();
  const check = useQuery({ ...trpc.audit.verify.queryOptions(), enabled: false });
  const { data } = check;
  return (
    <div className="flex items-center gap-3">
      {data && (
        <p role="status" data-testid="audit-verdict" className="flex items-center gap-1.5 text-xs">
          {data.fault ? (
            <>
              <ShieldAlert size={14} aria-hidden className="text-danger" />
              <span className="text-danger">
                Entry {data.fault.n} was changed: {data.fault.what}
              </span>
            </>
          ) : (
            <>
              <ShieldCheck size={14} aria-hidden className="text-success" />
              <span className="text-ink-2">
                {data.entries} entries, each as it was written. Tip{' '}
                <code className="select-all font-mono" title={`${data.tip.n}:${data.tip.hash}`}>
                  {data.tip.n}:{data.tip.hash.slice(0, 12)}…
                </code>
              </span>
            </>
          )}
        </p>
      )}
      <Button size="sm" busy={check.isFetching} onClick={() => void check.refetch()} data-testid="audit-verify">
        Verify
      </Button>
    </div>
  );
}
