import { budgetPeriodAt, budgetPeriodStartMs, decideCrossed, type ScopedBudget } from '../../costs/scoped-budget.ts';
import type { EventOf } from '../../kernel/events.ts';
import { nanoUsdOf } from '../../kernel/money.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import type { CommandOf, CommandOutput } from '../commands.ts';
import { absent, actorName, each, isOperator, settingsOf, type Work } from '../work.ts';
import { holdAndRelease } from './budget-acts.ts';
import { turn } from './budget-tallies.ts';

const invalid = (path: string, message: string): Result<never> => err({ code: 'invalid_input', issues: [{ path, message }] });
/** They stand in one record, which each report of costs has at hand. Budgets of single agents have no such limit. */
const mostBudgets = 1_000;
const requests = 'budgets.make';

type Terms = EventOf<'budget.made'>['data']['after'];
const termsOf = ({ name, scope, period, softNanoUsd, hardNanoUsd, action }: ScopedBudget): Terms => ({
  name,
  scope,
  period,
  softNanoUsd: softNanoUsd?.toString() ?? null,
  hardNanoUsd: hardNanoUsd?.toString() ?? null,
  action,
});
const amountOf = (usd: string | number | null): bigint | null | undefined => (usd === null ? null : nanoUsdOf(usd));

type Limits = Pick<ScopedBudget, 'softNanoUsd' | 'hardNanoUsd'>;
type Wanted = { softUsd?: string | number | null | undefined; hardUsd?: string | number | null | undefined };
/** The limits as they are wanted over those that there are, or why these are none. */
function limitsOf(wanted: Wanted, before: Limits): Result<Limits> {
  const softNanoUsd = wanted.softUsd === undefined ? before.softNanoUsd : amountOf(wanted.softUsd);
  const hardNanoUsd = wanted.hardUsd === undefined ? before.hardNanoUsd : amountOf(wanted.hardUsd);
  if (softNanoUsd === undefined || (softNanoUsd !== null && softNanoUsd <= 0n)) return invalid('softUsd', 'must be above 0');
  if (hardNanoUsd === undefined) return invalid('hardUsd', 'is no amount');
  if (softNanoUsd === null && hardNanoUsd === null)
    return invalid('hardUsd', 'or softUsd is wanted: a budget without either bounds nothing');
  if (softNanoUsd !== null && hardNanoUsd !== null && softNanoUsd > hardNanoUsd) return invalid('softUsd', 'must not be above hardUsd');
  return ok({ softNanoUsd, hardNanoUsd });
}
const unbounded: Limits = { softNanoUsd: null, hardNanoUsd: null };
const operatorsAlone = err({ code: 'forbidden', rule: 'only an operator sets budgets' } as const);

/** Whom it bounds: an agent that there is, a root for a session, nobody in particular for the project. */
async function scopeFor(work: Work, { scope, agentId }: CommandOf<'budgets.make'>['input']): Promise<Result<string | null>> {
  if (scope === 'project') return agentId === undefined ? ok(null) : invalid('agentId', 'the project has none');
  if (agentId === undefined) return invalid('agentId', `whose ${scope}?`);
  const agent = await work.tx.agents.get(agentId);
  if (!agent) return absent('agent', agentId);
  if (scope === 'session' && agent.parentId !== null) return invalid('agentId', 'is no root, so no session goes by it');
  return ok(agentId);
}

/** What it will be measured by counts from the start of its period, also what was spent before it was made. */
export const makeBudgets = each(
  async (work, { input, actor }: CommandOf<'budgets.make'>): Promise<Result<CommandOutput<'budgets.make'>>> => {
    const { tx } = work;
    if (!isOperator(actor)) return operatorsAlone;
    const known = input.requestId ? await tx.requests.get(requests, input.requestId) : undefined;
    if (known?.[0]) return ok({ budgetId: known[0] });
    const of = await scopeFor(work, input);
    if (!of.ok) return of;
    const limits = limitsOf(input, unbounded);
    if (!limits.ok) return limits;
    const settings = await settingsOf(work);
    if (settings.budgets.length >= mostBudgets) return err({ code: 'limit_reached', limit: 'budgets', max: mostBudgets });
    const budget: ScopedBudget = {
      id: work.ports.ids.next('budget'),
      name: input.name,
      scope: input.scope,
      agentId: of.value,
      period: input.period,
      ...limits.value,
      action: input.action,
      createdAtMs: tx.nowMs,
      createdBy: actorName(actor),
    };
    const period = budgetPeriodAt(budget.period, tx.nowMs);
    const sinceMs = budgetPeriodStartMs(period);
    const spentNanoUsd = await tx.ledger.chargedSince(budget.agentId, sinceMs);
    const held = await tx.reservations.heldSince(budget.agentId, sinceMs);
    await tx.budgetTallies.get(budget.id);
    tx.budgetTallies.put({ id: budget.id, projectId: tx.projectId, period, spentNanoUsd, ...held });
    tx.settings.put({ ...settings, budgets: [...settings.budgets, budget] });
    const data = { name: budget.name, agentId: budget.agentId, after: termsOf(budget) };
    tx.append({ type: 'budget.made', subjectId: budget.id, data }, actorName(actor));
    cross(work, budget, unbounded, spentNanoUsd);
    if (input.requestId) tx.requests.put(requests, input.requestId, [budget.id]);
    return ok({ budgetId: budget.id });
  },
);

/** At once: the next reservation is admitted against it. Twice equals once. */
export const editBudgets = each(
  async (work, { input, actor }: CommandOf<'budgets.edit'>): Promise<Result<CommandOutput<'budgets.edit'>>> => {
    const { tx } = work;
    if (!isOperator(actor)) return operatorsAlone;
    const settings = await settingsOf(work);
    const before = settings.budgets.find((b) => b.id === input.id);
    if (!before) return absent('budget', input.id);
    const limits = limitsOf(input, before);
    if (!limits.ok) return limits;
    const after: ScopedBudget = { ...before, ...limits.value, name: input.name ?? before.name, action: input.action ?? before.action };
    const [was, is] = [termsOf(before), termsOf(after)];
    if (JSON.stringify(was) === JSON.stringify(is)) return ok({ budgetId: before.id });
    const { spentNanoUsd } = await turn(work, before);
    tx.settings.put({ ...settings, budgets: settings.budgets.map((b) => (b.id === after.id ? after : b)) });
    const data = { name: after.name, agentId: after.agentId, before: was, after: is, reason: input.reason };
    tx.append({ type: 'budget.edited', subjectId: after.id, data }, actorName(actor));
    // another action on one that is used up already begins now
    cross(work, after, before.action === after.action ? before : { ...before, hardNanoUsd: null }, spentNanoUsd);
    return ok({ budgetId: after.id });
  },
);

export const removeBudgets = each(
  async (work, { input, actor }: CommandOf<'budgets.remove'>): Promise<Result<CommandOutput<'budgets.remove'>>> => {
    const { tx } = work;
    if (!isOperator(actor)) return operatorsAlone;
    const settings = await settingsOf(work);
    const gone = settings.budgets.find((b) => b.id === input.id);
    if (!gone) return absent('budget', input.id);
    tx.settings.put({ ...settings, budgets: settings.budgets.filter((b) => b.id !== gone.id) });
    const data = { name: gone.name, agentId: gone.agentId, before: termsOf(gone), reason: input.reason };
    tx.append({ type: 'budget.removed', subjectId: gone.id, data }, actorName(actor));
    return ok({ budgetId: gone.id });
  },
);

/** Level-triggered, twice equals once: days turn, what runs under a used up budget pauses, what waits for none goes on. */
export const tickBudgets = each(async (work, { input }: CommandOf<'budgets.tick'>): Promise<Result<CommandOutput<'budgets.tick'>>> => {
  const { budgets } = await settingsOf(work);
  await work.tx.budgetTallies.many(budgets.map((b) => b.id));
  for (const b of budgets) await turn(work, b);
  return ok(await holdAndRelease(work, input.pausedIds));
});

function cross({ tx }: Work, budget: ScopedBudget, before: Limits, spentNanoUsd: bigint): void {
  for (const e of decideCrossed(budget, { budget: before, spentNanoUsd }, spentNanoUsd)) tx.append(e, 'system:costs');
}
