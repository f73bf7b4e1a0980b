'use client';
import type { OrphanCase } from '@reeve/core/vocabulary';
import { ArrowUpToLine, Check, Clock, Ellipsis, Square } from 'lucide-react';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { Ago, Countdown } from '@/ui/ago';
import { Button, IconButton } from '@/ui/button';
import { Card } from '@/ui/card';
import { Menu } from '@/ui/menu';
import { Badge, StateMark } from '@/ui/state-mark';
import { agentMarks, conditionMarks } from '@/vocabulary/state-marks';
import { causeWords, ignoreTimes, policyWords, wouldWords } from './orphan-words';
import { useHandleOrphans } from './use-orphans';

/** One case: what shows that it is an orphan, what would be done by whose word, and the orders. */
export function OrphanCard({ orphan: c, halted }: { orphan: OrphanCase; halted: boolean }) {
  const handle = useHandleOrphans();
  const agentIds = [c.agentId];
  const { parent } = c;
  return (
    <Card className="flex flex-col gap-3 p-4" data-testid={`orphan-${c.name}`} aria-label={`Orphan ${c.name}`}>
      <header className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <StateMark mark={conditionMarks.orphaned} iconOnly />
        <h2 className="min-w-0 truncate font-semibold text-sm">
          <AgentLink id={c.agentId}>{c.name}</AgentLink>
        </h2>
        <StateMark mark={agentMarks[c.state]} />
        {c.below > 0 && <Badge>{c.below} below it</Badge>}
        <Badge>{c.containment ?? 'not launched by Reeve'}</Badge>
      </header>
      <dl className="grid gap-x-4 gap-y-1.5 text-sm sm:grid-cols-[116px_minmax(0,1fr)]">
        <Fact name="Its parent">
          <AgentLink id={parent.agentId}>{parent.name}</AgentLink> {causeWords[c.cause]}{' '}
          <span className="text-ink-3">
            · epoch {parent.epoch} ·{' '}
            {c.cause === 'lost' ? (
              <>
                lease over <Ago at={parent.leaseExpiresAt} />
              </>
            ) : (
              <Ago at={parent.endedAt} />
            )}
            {parent.lastHeartbeatAt && (
              <>
                {' '}
                · last heard <Ago at={parent.lastHeartbeatAt} />
              </>
            )}
          </span>
        </Fact>
        <Fact name="It lives">
          {c.lastHeartbeatAt ? (
            <>
              heartbeat <Ago at={c.lastHeartbeatAt} />
            </>
          ) : (
            'no heartbeat yet'
          )}
          {c.leaseExpiresAt && (
            <span className="text-ink-3">
              {' '}
              · lease <Countdown until={c.leaseExpiresAt} over="over" />
            </span>
          )}
        </Fact>
        <Fact name="Policy">
          {policyWords(c.policy)}
          {c.policy.ignoredUntil && (
            <span className="text-ink-3">
              {' '}
              · <Countdown until={c.policy.ignoredUntil} warnMs={0} />
            </span>
          )}
        </Fact>
        <Fact name="Next sweep">
          <span className="font-medium">{wouldWords(c, halted)}</span>
        </Fact>
      </dl>
      <footer className="flex flex-wrap items-center gap-1.5">
        <Button
          size="sm"
          busy={handle.isPending}
          why={c.would.action === 'ignore' ? 'The policy leaves it where it is; stop it or move it instead.' : null}
          onClick={() => handle.mutate({ agentIds, action: 'policy' })}
          data-testid="orphan-apply"
        >
          <Check size={12} aria-hidden /> Apply now
        </Button>
        <Button size="sm" variant="danger-quiet" busy={handle.isPending} onClick={() => handle.mutate({ agentIds, action: 'stop' })}>
          <Square size={12} fill="currentColor" aria-hidden /> Stop
        </Button>
        <Button size="sm" busy={handle.isPending} onClick={() => handle.mutate({ agentIds, action: 'reparent' })}>
          <ArrowUpToLine size={12} aria-hidden /> Move up
        </Button>
        <Menu
          label="Leave it for"
          trigger={
            <IconButton label="Leave it for a while">
              <Ellipsis size={16} />
            </IconButton>
          }
          items={ignoreTimes.map((t) => ({
            label: `Leave it for ${t.word}`,
            icon: <Clock />,
            onSelect: () => handle.mutate({ agentIds, action: 'ignore', forMs: t.ms }),
          }))}
        />
      </footer>
    </Card>
  );
}
const AgentLink = ({ id, children }: { id: string; children: ReactNode }) => (
  <Link href={`/agents?agent=${id}`} className="hover:underline">
    {children}
  </Link>
);
function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-3 max-sm:text-xs">{name}</dt>
      <dd className="wrap-anywhere min-w-0 max-sm:pb-1">{children}</dd>
    </>
  );
}
