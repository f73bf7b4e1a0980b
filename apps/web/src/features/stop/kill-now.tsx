'use client';
import type { StopSummary } from '@reeve/core/vocabulary';
import { useMutation } from '@tanstack/react-query';
import { useTRPC } from '@/trpc';
import { Button } from '@/ui/button';
import { notifyFailure } from '@/ui/toast';

/** The next harsher step, for those who do not want to wait for the grace to run out. */
export function KillNow({ stop, open }: { stop: StopSummary; open: number }) {
  const trpc = useTRPC();
  const onError = (e: unknown) => notifyFailure(e, 'The kill was not accepted');
  const kill = useMutation(trpc.agents.stop.mutationOptions({ onError }));
  const killAll = useMutation(trpc.project.stop.mutationOptions({ onError }));
  if (stop.state === 'done' || open === 0) return null;
  const forced = stop.mode === 'force';
  return (
    <Button
      size="sm"
      variant="danger"
      data-testid="kill-now"
      busy={kill.isPending || killAll.isPending}
      why={forced ? 'KILL was sent; what remains is the proof that they ended.' : null}
      onClick={() => {
        const harder = { mode: 'force', graceMs: 0, reason: stop.reason } as const;
        if (stop.agentId === null) killAll.mutate(harder);
        else kill.mutate({ id: stop.agentId, ...harder });
      }}
    >
      {forced ? 'Killed, verifying…' : 'Kill now'}
    </Button>
  );
}
