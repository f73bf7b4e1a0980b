'use client';
import type { ActivationView, GateReport } from '@reeve/core/vocabulary';
import Link from 'next/link';
import { Ago } from '@/ui/ago';
import { StateMark } from '@/ui/state-mark';
import { formatClock } from '@/vocabulary/format';
import { activationMarks } from '@/vocabulary/state-marks';
import { GateLog } from './gate-log';

const whom = {
  proposer: 'the agent that proposed it',
  subtree: 'the agent that proposed it and all below it',
  session: 'all agents of its session',
  none: 'nobody',
} as const;

const because: Partial<Record<ActivationView['state'], string>> = {
  'called-off': 'It was called off: ',
  'rolling-back': 'It is being rolled back by itself, because ',
  'rolled-back': 'It was rolled back by itself, because ',
  'rollback-failed': 'It could not be rolled back, and should be, because ',
};

/** How the merge was put to use: who was held still for it, what the health check said, and what came of that. */
export function Activation({ activation: a, gates }: { activation: ActivationView; gates: readonly GateReport[] }) {
  const health = gates.findLast((g) => g.name === 'health');
  const mark = activationMarks[a.state];
  return (
    <div data-testid="activation" data-state={a.state} className="overflow-hidden rounded-lg border border-line bg-surface">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2 text-sm">
        <StateMark mark={mark} />
        <span className="min-w-0 flex-1 text-ink-2 max-sm:order-last max-sm:basis-full">{mark.meaning}</span>
        <Ago at={a.since} className="ml-auto text-ink-3 text-xs" />
      </div>
      {a.detail && (
        <p className="break-words border-line border-t px-3 py-2 text-sm">
          {because[a.state] ?? ''}
          {a.detail}.
        </p>
      )}
      <dl className="grid grid-cols-[96px_1fr] gap-x-3 gap-y-1 border-line border-t px-3 py-2 text-xs sm:grid-cols-[128px_1fr]">
        <dt className="text-ink-3">Health check</dt>
        <dd className="break-all font-mono text-ink-2">{a.healthCheck}</dd>
        <dt className="text-ink-3">Holds still</dt>
        <dd className="text-ink-2">
          {a.held.length ? (
            <Held held={a.held} />
          ) : a.dueAt ? (
            `${whom[a.quiesce]}; nobody is held now`
          ) : (
            `${whom[a.quiesce]}; all were let go`
          )}
        </dd>
        {a.dueAt && (
          <>
            <dt className="text-ink-3">At the latest</dt>
            <dd className="text-ink-2">
              until {formatClock(a.dueAt)}; then{' '}
              {a.state === 'waiting' || a.state === 'quiescing'
                ? 'nothing is merged and they go on'
                : 'they go on, whatever is still to come'}
            </dd>
          </>
        )}
      </dl>
      {health && (
        <div className="border-line border-t bg-sunken">
          <p className="px-3 pt-2 text-ink-3 text-xs">What the health check printed</p>
          <GateLog gate={health} />
        </div>
      )}
    </div>
  );
}

function Held({ held }: { held: ActivationView['held'] }) {
  return held.slice(0, 20).map(({ agentId, name }, i) => (
    <span key={agentId}>
      {i > 0 && ', '}
      <Link href={`/agents?agent=${encodeURIComponent(agentId)}`} className="text-accent underline underline-offset-2">
        {name ?? agentId}
      </Link>
      {i === 19 && held.length > 20 && ` and ${held.length - 20} more`}
    </span>
  ));
}
