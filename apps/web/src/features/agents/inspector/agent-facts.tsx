'use client';
import { isFinalAgent, type LiveAgent } from '@reeve/core/vocabulary';
import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { endedOf, totalOf, useLiveStore, useSubtreeCounts, useTopic } from '@/live';
import { useTRPC } from '@/trpc';
import { useBurn } from '@/trpc/use-burn';
import { Ago, Countdown, Duration } from '@/ui/ago';
import { BudgetBar } from '@/ui/budget-bar';
import { Money } from '@/ui/money';
import { StateMark } from '@/ui/state-mark';
import { formatDuration } from '@/vocabulary/format';
import { taskMarks } from '@/vocabulary/state-marks';
import { StateCounts } from '../state-counts';

const levels = {
  cgroup: 'cgroup · every descendant, whatever it does',
  'pid-namespace': 'PID namespace · every descendant',
  'process-group': 'process group and marker sweep · most descendants',
  none: 'none · it can only be fenced',
} as const;

export function AgentFacts({ agent }: { agent: LiveAgent }) {
  const trpc = useTRPC();
  // what the live row leaves out: process, runner, result
  const details = useQuery({ ...trpc.agents.get.queryOptions({ id: agent.id }), refetchInterval: 5000 });
  const d = details.data;
  const ended = isFinalAgent(agent.state);
  return (
    <div className="flex flex-col">
      <Cost agent={agent} />
      <Section title="Life">
        <dl className="grid grid-cols-[104px_minmax(0,1fr)] gap-y-1.5 text-sm">
          <Fact name="Epoch">{agent.epoch}</Fact>
          <Fact name="Started">
            <Ago at={agent.createdAtMs} />
          </Fact>
          {ended ? (
            <Fact name="Ended">
              <Ago at={agent.endedAtMs} /> · ran <Duration from={agent.createdAtMs} until={agent.endedAtMs} />
            </Fact>
          ) : (
            <>
              <Fact name="Heartbeat">
                <Ago at={agent.lastHeartbeatMs} />
              </Fact>
              <Fact name="Lease">{agent.leaseExpiresMs === null ? '—' : <Countdown until={agent.leaseExpiresMs} over="expired" />}</Fact>
            </>
          )}
          {agent.checkpointMs !== null && !ended && (
            <Fact name="Checkpoint">
              <Ago at={agent.checkpointMs} />
            </Fact>
          )}
          {agent.progress !== null && <Fact name="Progress">{Math.round(agent.progress * 100)}%</Fact>}
          {agent.stopId && (
            <Fact name="Stop">
              <Link href={`/stops/${agent.stopId}`} className="text-accent hover:underline">
                Receipt
              </Link>
            </Fact>
          )}
          {d?.error && (
            <Fact name="Error">
              <span className="wrap-anywhere text-danger">{d.error}</span>
            </Fact>
          )}
        </dl>
      </Section>
      <Section title="Process">
        <dl className="grid grid-cols-[104px_minmax(0,1fr)] gap-y-1.5 text-sm">
          <Fact name="Containment">{agent.containment ? levels[agent.containment] : 'not launched by Reeve · it can only be fenced'}</Fact>
          <Fact name="PID">{details.isPending ? '…' : d?.pid ? <span className="font-mono text-xs">{d.pid}</span> : '—'}</Fact>
          {d && (d.restart !== 'temporary' || agent.epoch > 1) && (
            <Fact name="Restart">
              {restartWords[d.restart]} <span className="text-ink-3">· epoch {agent.epoch}</span>
            </Fact>
          )}
          {d?.supervision && (
            <Fact name="Keeps">
              its children {d.supervision.strategy.replaceAll('-', ' ')}{' '}
              <span className="text-ink-3">
                · at most {d.supervision.intensity} in {formatDuration(d.supervision.periodMs)}
              </span>
            </Fact>
          )}
          <Fact name="Role">{agent.role ?? '—'}</Fact>
          <Fact name="Model">{agent.model ?? '—'}</Fact>
          {d && d.toolsExecuted > 0 && <Fact name="Tools run">{d.toolsExecuted.toLocaleString('en-US')}</Fact>}
          <Fact name="Id">
            <span className="select-all break-all font-mono text-ink-2 text-xs">{agent.id}</span>
          </Fact>
        </dl>
      </Section>
      <Below id={agent.id} />
      <Tasks id={agent.id} />
    </div>
  );
}

function Cost({ agent }: { agent: LiveAgent }) {
  const cell = 'flex flex-col gap-0.5';
  const burn = useBurn([agent.id]);
  const spent = burn.of(agent.id);
  return (
    <div className="grid grid-cols-2 gap-x-4 gap-y-2 px-4 py-3">
      <div className={cell}>
        <span className="text-ink-3 text-xs">Own cost</span>
        <Money nano={agent.ownNanoUsd} className="font-semibold text-lg" />
      </div>
      <div className={cell}>
        <span className="text-ink-3 text-xs">With its subtree</span>
        <Money nano={agent.subtreeNanoUsd} unpriced={agent.unpriced} className="font-semibold text-lg" />
      </div>
      {spent !== undefined && burn.window && Number(spent) > 0 && (
        <div className="col-span-2 flex justify-between gap-3 text-ink-3 text-xs">
          <span>At the pace of the last ten minutes</span>
          <Link
            href={`/costs?entries=${encodeURIComponent(`subtree:${agent.id}`)}&from=${Date.parse(burn.window.from)}&to=${Date.parse(burn.window.to)}`}
            className="shrink-0 text-ink hover:text-accent hover:underline"
            data-testid="agent-burn"
          >
            <Money usd={spent} /> an hour
          </Link>
        </div>
      )}
      <BudgetsAbove agent={agent} />
      {agent.budgetNanoUsd !== null && <Budget spent={Number(agent.subtreeNanoUsd)} of={Number(agent.budgetNanoUsd)} />}
      <Link
        href={`/costs?entries=${encodeURIComponent(`subtree:${agent.id}`)}`}
        className="col-span-2 w-fit text-accent text-xs hover:underline"
      >
        The ledger entries behind these
      </Link>
    </div>
  );
}
/** Budgets that count what it spends beside its own; each leads to the Costs page. */
function BudgetsAbove({ agent }: { agent: LiveAgent }) {
  const trpc = useTRPC();
  const store = useLiveStore();
  const { data } = useQuery({ ...trpc.budgets.list.queryOptions(), refetchInterval: 10_000 });
  const path = new Set<string>();
  for (let a: LiveAgent | undefined = agent; a && !path.has(a.id); a = a.parentId ? store.agents.get(a.parentId) : undefined)
    path.add(a.id);
  const above = (data?.items ?? []).filter((b) => b.agentId === null || path.has(b.agentId));
  return above.map((b) => (
    <div key={b.budgetId} className="col-span-2 flex flex-col gap-1">
      <div className="flex justify-between gap-3 text-ink-3 text-xs">
        <Link
          href={`/costs?entries=${encodeURIComponent(`budget:${b.budgetId}`)}`}
          className="min-w-0 truncate hover:text-accent hover:underline"
        >
          {b.name}
          {b.period === 'day' && ' today'}
        </Link>
        <span className="shrink-0">
          <Money usd={b.spentUsd} /> of <Money usd={b.hardUsd ?? b.softUsd ?? '0'} />
        </span>
      </div>
      <BudgetBar
        of={b}
        limitUsd={b.hardUsd ?? b.softUsd ?? '0'}
        softUsd={b.hardUsd === null ? null : b.softUsd}
        tone={b.level === 'exceeded' ? 'over' : b.level !== 'ok' || b.warned ? 'near' : 'calm'}
      />
    </div>
  ));
}
function Budget({ spent, of }: { spent: number; of: number }) {
  const share = of ? Math.min(1, spent / of) : 1;
  return (
    <div className="col-span-2 flex flex-col gap-1">
      <div className="flex justify-between text-ink-3 text-xs">
        <span>Budget</span>
        <span>
          {Math.round(share * 100)}% of <Money nano={String(of)} />
        </span>
      </div>
      <div className="h-1.5 overflow-hidden rounded-full bg-line">
        <div
          className={`h-full rounded-full ${share >= 1 ? 'bg-danger' : share >= 0.8 ? 'bg-attention' : 'bg-accent'}`}
          style={{ width: `${share * 100}%` }}
        />
      </div>
    </div>
  );
}

const restartWords = {
  permanent: 'started again whenever it ends',
  transient: 'started again when it fails',
  temporary: 'not started again by itself',
} as const;

function Below({ id }: { id: string }) {
  const counts = useSubtreeCounts(id);
  if (!counts || totalOf(counts) < 2) return null;
  return (
    <Section title={`Subtree · ${totalOf(counts) - 1} under it, ${endedOf(counts)} ended`}>
      <StateCounts counts={counts} max={10} className="flex-wrap" />
    </Section>
  );
}

function Tasks({ id }: { id: string }) {
  const store = useLiveStore();
  useTopic('tasks');
  const held = [...store.tasks.values()].filter((t) => t.claim?.agentId === id);
  if (held.length === 0) return null;
  return (
    <Section title="Claimed tasks">
      <ul className="flex flex-col gap-1">
        {held.map((t) => (
          <li key={t.id} className="flex items-center gap-2">
            <StateMark mark={taskMarks[t.state]} iconOnly />
            <Link href={`/tasks?task=${t.id}`} className="min-w-0 flex-1 truncate hover:underline">
              {t.title}
            </Link>
            {t.claim && <Countdown until={t.claim.expiresAt} className="shrink-0 text-ink-3 text-xs" />}
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="border-line border-t px-4 py-3">
      <h3 className="pb-2 font-medium text-ink-3 text-xs">{title}</h3>
      {children}
    </section>
  );
}
function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-3">{name}</dt>
      <dd className="min-w-0 text-ink">{children}</dd>
    </>
  );
}
