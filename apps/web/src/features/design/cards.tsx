'use client';
import type { AgentState } from '@reeve/core/vocabulary';
import { type ReactNode, useState } from 'react';
import { AgentCard } from '@/features/agents/tree/agent-node';
import { TreeActionsProvider } from '@/features/agents/tree/tree-actions';
import { LiveStore, StaticLive } from '@/live';
import { anAgent, aSnapshot } from '@/live/samples';
import { Card, CardHeader } from '@/ui/card';
import { agentStateOrder } from '@/vocabulary/state-marks';

const doing: Partial<Record<AgentState, string>> = {
  running: 'Running vitest in packages/tools',
  paused: 'Waiting for an answer',
  stopping: 'Saving its work',
};
const idle = { select: () => {}, toggle: () => {}, showWhole: () => {} };

/** The cards of the tree, one a state, over a store filled by hand. */
export function Cards() {
  const [store] = useState(sample);
  return (
    <Card>
      <CardHeader title="Cards of the tree" />
      <div role="tree" aria-label="One card a state" tabIndex={-1} className="flex flex-wrap gap-2 bg-bg p-4">
        <Static store={store}>
          {agentStateOrder.map((s, i) => (
            <AgentCard
              key={s}
              row={{
                key: s,
                kind: 'agent',
                id: s,
                parent: -1,
                depth: 0,
                open: null,
                hidden: [],
                faint: false,
                position: i + 1,
                siblings: agentStateOrder.length,
              }}
              selected={s === 'running'}
              focusable={false}
            />
          ))}
        </Static>
      </div>
    </Card>
  );
}
const Static = ({ store, children }: { store: LiveStore; children: ReactNode }) => (
  <StaticLive store={store}>
    <TreeActionsProvider value={idle}>{children}</TreeActionsProvider>
  </StaticLive>
);
function sample(): LiveStore {
  const store = new LiveStore();
  const now = Date.now();
  store.load(
    aSnapshot(
      agentStateOrder.map((state, i) =>
        anAgent({
          id: state,
          name: `coder-${i + 1}`,
          role: 'coder',
          state,
          activity: doing[state] ?? null,
          createdAtMs: now - 600_000,
          endedAtMs: ['stopped', 'killed', 'completed', 'failed'].includes(state) ? now - 40_000 : null,
          lastHeartbeatMs: now - (state === 'lost' ? 22_000 : 2000),
          leaseExpiresMs: now + (state === 'lost' ? -7000 : 3_600_000),
          ownNanoUsd: String(4_200_000 * (i + 1)),
        }),
      ),
    ),
  );
  return store;
}
