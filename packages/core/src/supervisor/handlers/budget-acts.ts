import { type Agent, chargedOf, decidePause, decideResume } from '../../agents/agent.ts';
import { budgetsOver, isReached, type ScopedBudget } from '../../costs/scoped-budget.ts';
import type { LoggedEvent } from '../../kernel/events.ts';
import { usdOf } from '../../kernel/money.ts';
import { audit } from '../audit.ts';
import type { Actor } from '../commands.ts';
import { applyToAgent, settingsOf, system, type Work } from '../work.ts';
import { tallyOf } from './budget-tallies.ts';
import { stopProject } from './project.ts';
import { stopAgents } from './stops.ts';

const actorOf = (b: ScopedBudget): Actor => system(`budget ${b.id}`);
const reasonOf = (b: ScopedBudget): string => `the budget ${b.name} of ${usdOf(b.hardNanoUsd ?? 0n)} USD is used up`;

/** Each act of a budget stands in the chain of decisions under its own name, as a person's would. */
const decided = (work: Work, b: ScopedBudget, action: string, after: unknown) =>
  audit(work, {
    actor: `budget:${b.id}`,
    actorName: `budget ${b.name}`,
    action,
    subjectKind: b.agentId === null ? 'project' : 'agent',
    subjectId: b.agentId ?? work.tx.projectId,
    reason: reasonOf(b),
    before: null,
    after,
  });

/**
 * At the end of a transaction: what follows from budgets that were reached or opened in it. One place for costs, corrections
 * and operators' words alike.
 */
export async function actOnBudgets(work: Work): Promise<void> {
  const told = work.tx.facts.filter(isAboutReach);
  if (told.length === 0) return;
  for (const e of told) {
    const budget = (await settingsOf(work)).budgets.find((b) => b.id === e.subjectId);
    if (e.type === 'budget.reached' && budget && isReached(budget, (await tallyOf(work, budget)).spentNanoUsd)) {
      if (budget.action === 'stop') await stopBelow(work, budget);
      if (budget.action === 'pause') await decided(work, budget, 'agents.pause', { agents: await hold(work, budget) });
    } else if (e.type !== 'budget.reached' && (e.type !== 'budget.reopened' || budget?.action === 'pause'))
      await release(work, await livingBelow(work, e.data.agentId));
  }
}
type AboutReach = Extract<LoggedEvent, { type: 'budget.reached' | 'budget.reopened' | 'budget.removed' | 'budget.edited' }>;
const isAboutReach = (e: LoggedEvent): e is AboutReach =>
  e.type === 'budget.reached' ||
  e.type === 'budget.reopened' ||
  ((e.type === 'budget.removed' || e.type === 'budget.edited') && e.data.before.action === 'pause');

async function stopBelow(work: Work, b: ScopedBudget): Promise<void> {
  const input = { mode: 'graceful', graceMs: 30_000, killConfirmMs: 5_000, propagation: 'foreground', reason: reasonOf(b) } as const;
  const actor = actorOf(b);
  const [r] =
    b.agentId === null
      ? await stopProject(work, [{ type: 'project.stop', input, actor }])
      : await stopAgents(work, [{ type: 'agents.stop', input: { ...input, id: b.agentId, dryRun: false }, actor }]);
  // refused where all below it has ended: nothing is left to be stopped
  if (r?.ok)
    await decided(work, b, b.agentId === null ? 'project.stop' : 'agents.stop', { stopId: r.value.stopId, members: r.value.members });
}

async function livingBelow({ tx }: Work, agentId: string | null): Promise<Agent[]> {
  return agentId === null ? tx.agents.many((await tx.agents.liveTree(null)).map((n) => n.id)) : tx.agents.liveSubtree(agentId);
}
/** Pauses all that runs below it; answers how many. Who is starting, or lost, pauses when it is heard of. */
async function hold(work: Work, b: ScopedBudget): Promise<number> {
  let agents = 0;
  for (const a of await livingBelow(work, b.agentId)) {
    const r = decidePause(a, reasonOf(b), 'budget');
    if (!r.ok || r.value.length === 0) continue;
    applyToAgent(work, a, r.value, actorOf(b));
    agents += 1;
  }
  return agents;
}
const holding = async (work: Work): Promise<ScopedBudget[]> => {
  const out: ScopedBudget[] = [];
  for (const b of (await settingsOf(work)).budgets)
    if (b.action === 'pause' && isReached(b, (await tallyOf(work, b)).spentNanoUsd)) out.push(b);
  return out;
};
/** Lets go on who waits for a budget and is under none any more that is used up; answers how many. */
async function release(work: Work, agents: readonly Agent[]): Promise<number> {
  const waiting = agents.filter((a) => a.state === 'paused' && a.pausedBy === 'budget');
  if (waiting.length === 0) return 0;
  const still = await holding(work);
  let released = 0;
  for (const a of waiting) {
    if (budgetsOver(still, chargedOf(a)).length > 0) continue;
    const r = decideResume(a, 'its budget is open again');
    if (!r.ok || r.value.length === 0) continue;
    applyToAgent(work, a, r.value, system('budgets'));
    released += 1;
  }
  return released;
}

/** One step of the clock of budgets: what came to run under a used up one pauses, what waits in vain goes on. */
export async function holdAndRelease(work: Work, pausedIds: readonly string[]): Promise<{ paused: number; resumed: number }> {
  let paused = 0;
  for (const b of await holding(work)) paused += await hold(work, b);
  return { paused, resumed: await release(work, await work.tx.agents.many(pausedIds)) };
}
