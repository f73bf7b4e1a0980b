'use client';
import { isFinalAgent } from '@reeve/core/vocabulary';
import { X } from 'lucide-react';
import { useState } from 'react';
import { CheckpointTimeline, CutList, RehearsalResult } from '@/features/checkpoints';
import { conditionsOf, useAgent, useFleetReady } from '@/live';
import { IconButton } from '@/ui/button';
import { EmptyState } from '@/ui/empty-state';
import { SkeletonRows } from '@/ui/skeleton';
import { StateMark } from '@/ui/state-mark';
import { Tab, TabList, TabPanel, Tabs } from '@/ui/tabs';
import { useNow } from '@/ui/use-now';
import { agentMarks, conditionMarks } from '@/vocabulary/state-marks';
import { AgentActions } from './agent-actions';
import { AgentEvents } from './agent-events';
import { AgentFacts } from './agent-facts';
import { AgentOutput } from './agent-output';
import { AgentPath } from './agent-path';

/** Everything about one agent, beside whatever page is open. */
export function AgentInspector({ id, onClose }: { id: string; onClose(): void }) {
  const agent = useAgent(id);
  const ready = useFleetReady();
  const [tab, setTab] = useState('about');
  if (!agent)
    return (
      <div className="flex h-full flex-col">
        <div className="flex h-12 items-center justify-end px-3">
          <Close onClose={onClose} />
        </div>
        {ready ? (
          <EmptyState title="This agent is not on the live screen" className="flex-1">
            It may have ended long ago, or belong to another project. Its history is still under Activity and Costs.
          </EmptyState>
        ) : (
          <SkeletonRows label="Loading the agent" />
        )}
      </div>
    );
  const parent = agent.parentId;
  return (
    <div className="flex h-full min-h-0 flex-col" data-testid="inspector">
      <header className="flex shrink-0 flex-col gap-1.5 px-4 pt-3 pb-3">
        <div className="flex items-start gap-2">
          <div className="min-w-0 flex-1">
            <AgentPath id={id} />
            <h2 className="truncate font-semibold text-lg" title={agent.name}>
              {agent.name}
            </h2>
          </div>
          <Close onClose={onClose} />
        </div>
        <div className="flex flex-wrap items-center gap-1.5">
          <StateMark mark={agentMarks[agent.state]} soft />
          <Conditions id={id} parentId={parent} />
        </div>
        {agent.activity && <p className="text-ink-2 text-sm">{agent.activity}</p>}
        <AgentActions agent={agent} />
      </header>
      <Tabs value={tab} onValueChange={setTab} className="flex min-h-0 flex-1 flex-col">
        <TabList aria-label="About this agent" className="shrink-0">
          <Tab value="about">About</Tab>
          <Tab value="events">Events</Tab>
          <Tab value="checkpoints">Checkpoints</Tab>
          <Tab value="output">Output</Tab>
        </TabList>
        <TabPanel value="about" className="min-h-0 flex-1 overflow-y-auto">
          <AgentFacts agent={agent} />
        </TabPanel>
        <TabPanel value="events" className="min-h-0 flex-1 overflow-y-auto">
          <AgentEvents id={id} />
        </TabPanel>
        <TabPanel value="checkpoints" className="min-h-0 flex-1 overflow-y-auto">
          <RehearsalResult id={id} />
          <CheckpointTimeline id={id} ended={isFinalAgent(agent.state)} />
          <CutList id={id} ended={isFinalAgent(agent.state)} />
        </TabPanel>
        <TabPanel value="output" className="flex min-h-0 flex-1 flex-col">
          <AgentOutput id={id} />
        </TabPanel>
      </Tabs>
    </div>
  );
}

const Close = ({ onClose }: { onClose(): void }) => (
  <IconButton label="Close the inspector" keys="Esc" onClick={onClose}>
    <X size={16} />
  </IconButton>
);
function Conditions({ id, parentId }: { id: string; parentId: string | null }) {
  const agent = useAgent(id);
  const parent = useAgent(parentId);
  const now = useNow();
  if (!agent || !now) return null;
  return conditionsOf(agent, parent, now).map((c) => <StateMark key={c} mark={conditionMarks[c]} soft />);
}
