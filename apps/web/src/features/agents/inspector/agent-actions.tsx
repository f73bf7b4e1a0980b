'use client';
import { isFinalAgent, type LiveAgent } from '@reeve/core/vocabulary';
import { useMutation } from '@tanstack/react-query';
import { Copy, CornerDownLeft, Ellipsis, Link2, Pause, Play, Square } from 'lucide-react';
import { openStop } from '@/features/stop/stop-request';
import { liveOf, useLiveStore, useSubtreeCounts } from '@/live';
import { useTRPC } from '@/trpc';
import { Button, IconButton } from '@/ui/button';
import { Menu } from '@/ui/menu';
import { notify, notifyFailure } from '@/ui/toast';
import { plural } from '@/vocabulary/format';

/** The same for a subtree, where its root takes no part in what is asked of those below: only an end or a fence forbids. */
export const whyNotBelow = (a: LiveAgent): string | null =>
  isFinalAgent(a.state) ? 'It has ended.' : a.stopId ? 'It is being stopped: nothing else is asked of it.' : null;

/** Why an order makes no sense right now, or null. */
export function whyNot(order: 'pause' | 'resume' | 'interrupt' | 'stop', a: LiveAgent, alive = 1): string | null {
  if (order === 'stop') return alive > 0 ? null : 'It has ended, and nothing under it lives.';
  if (isFinalAgent(a.state)) return 'It has ended.';
  if (a.stopId) return 'It is being stopped: nothing else is asked of it.';
  if (order === 'pause' && a.state === 'paused') return 'It is paused already.';
  if (order === 'resume' && a.state !== 'paused') return 'It is not paused.';
  if (order === 'interrupt' && a.state === 'starting') return 'It has not begun a turn yet.';
  return null;
}

export function AgentActions({ agent }: { agent: LiveAgent }) {
  const trpc = useTRPC();
  const store = useLiveStore();
  const tell = (what: string, when: string) => ({
    onSuccess: (r: { agents: number }) => notify(`${what} asked of ${plural(r.agents, 'agent')}`, when),
    onError: (e: unknown) => notifyFailure(e),
  });
  const pause = useMutation(trpc.agents.pause.mutationOptions(tell('Pause', 'It takes effect with the next heartbeat.')));
  const resume = useMutation(trpc.agents.resume.mutationOptions(tell('Resume', 'It takes effect with the next heartbeat.')));
  const interrupt = useMutation(trpc.agents.interrupt.mutationOptions(tell('Interrupt', 'The current turn ends; the agent lives on.')));
  const counts = useSubtreeCounts(agent.id);
  const alive = counts ? liveOf(counts) : 0;
  const subtree = store.tree.children(agent.id).length > 0;
  const paused = agent.state === 'paused';
  const copy = (text: string, what: string) => void navigator.clipboard?.writeText(text).then(() => notify(`${what} copied`));
  return (
    <div className="flex flex-wrap items-center gap-1.5 pt-1">
      <Button
        size="sm"
        variant="danger-quiet"
        why={whyNot('stop', agent, alive)}
        onClick={() => openStop(agent.id)}
        data-testid="stop-open"
        aria-keyshortcuts="Control+. Meta+."
      >
        <Square size={12} fill="currentColor" aria-hidden />
        {agent.stopId && !isFinalAgent(agent.state) ? 'Stopping…' : subtree ? 'Stop subtree' : 'Stop'}
      </Button>
      {paused ? (
        <Button size="sm" busy={resume.isPending} why={whyNot('resume', agent)} onClick={() => resume.mutate({ id: agent.id })}>
          <Play size={12} aria-hidden /> Resume
        </Button>
      ) : (
        <Button size="sm" busy={pause.isPending} why={whyNot('pause', agent)} onClick={() => pause.mutate({ id: agent.id })}>
          <Pause size={12} aria-hidden /> Pause
        </Button>
      )}
      <Menu
        label="More orders"
        trigger={
          <IconButton label="More orders">
            <Ellipsis size={16} />
          </IconButton>
        }
        items={[
          {
            label: 'Interrupt the turn',
            icon: <CornerDownLeft />,
            why: whyNot('interrupt', agent),
            onSelect: () => interrupt.mutate({ id: agent.id }),
          },
          ...(subtree
            ? [
                {
                  label: 'Pause the subtree',
                  icon: <Pause />,
                  why: whyNotBelow(agent),
                  onSelect: () => pause.mutate({ id: agent.id, subtree: true }),
                },
                {
                  label: 'Resume the subtree',
                  icon: <Play />,
                  why: whyNotBelow(agent),
                  onSelect: () => resume.mutate({ id: agent.id, subtree: true }),
                },
                {
                  label: 'Interrupt the turns of the subtree',
                  icon: <CornerDownLeft />,
                  why: whyNotBelow(agent),
                  onSelect: () => interrupt.mutate({ id: agent.id, subtree: true }),
                },
              ]
            : []),
          'line' as const,
          { label: 'Copy link', icon: <Link2 />, onSelect: () => copy(`${location.origin}/agents?agent=${agent.id}`, 'Link') },
          { label: 'Copy id', icon: <Copy />, onSelect: () => copy(agent.id, 'Id') },
        ]}
      />
    </div>
  );
}
