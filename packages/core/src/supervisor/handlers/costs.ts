import type { CostEntry } from '../../costs/cost-entry.ts';
import { foldEntries, type Rollup } from '../../costs/rollup.ts';
import { usdOf } from '../../kernel/money.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { isFinalAgent } from '../../kernel/transitions.ts';
import type { BudgetStatus, CommandOf, CommandOutput } from '../commands.ts';
import { actorName, covers, settingsOf, type Work } from '../work.ts';

type Out = CommandOutput<'costs.report'>;

/**
 * Cost entries of all calls in a batch: one append for all, rollups folded from what was really new, in the same
 * transaction (I-COST-1, I-COST-3). A call that names an unknown agent is refused whole.
 */
export async function reportCosts(work: Work, commands: readonly CommandOf<'costs.report'>[]): Promise<Result<Out>[]> {
  const { tx } = work;
  const known = new Map(
    (await tx.agents.withAncestors(commands.flatMap((c) => c.input.entries.map((e) => e.agentId)))).map((a) => [a.id, a]),
  );
  const halted = (await settingsOf(work)).haltedBy !== null;
  const out: (Result<Out> | undefined)[] = [];
  const rows: { command: number; entry: CostEntry }[] = [];
  commands.forEach(({ input, actor }, command) => {
    const missing = input.entries.find((e) => {
      const agent = known.get(e.agentId);
      return !agent || !covers(actor, agent);
    });
    if (missing) {
      out[command] = err({ code: 'not_found', kind: 'agent', id: missing.agentId });
      return;
    }
    for (const e of input.entries) {
      const agent = known.get(e.agentId);
      if (!agent) continue;
      const late = halted || isFinalAgent(agent.state) || agent.path.some((id) => known.get(id)?.stopId);
      const entry: CostEntry = {
        ...e,
        projectId: tx.projectId,
        path: agent.path,
        sessionId: agent.sessionId,
        role: agent.role,
        late,
        recordedAtMs: tx.nowMs,
      };
      rows.push({ command, entry });
    }
  });
  const told = await tx.ledger.append(rows.map((r) => r.entry));
  const fresh = rows.filter((_, i) => told[i] === 'accepted').map((r) => r.entry);
  await tx.ledger.keepConflicts(rows.filter((_, i) => told[i] === 'conflict').map((r) => r.entry));
  const deltas = foldEntries(fresh);
  const sums = new Map((await tx.rollups.add(deltas)).map((r) => [r.id, r]));
  record(work, fresh, actorName(commands[0]?.actor ?? { kind: 'system', id: 'costs' }));
  rows.forEach((r, i) => {
    if (told[i] === 'conflict')
      tx.append({ type: 'cost.conflict', subjectId: r.entry.agentId, data: { eventId: r.entry.eventId } }, `agent:${r.entry.agentId}`);
  });
  const status = await budgets(work, sums, deltas);
  const ofCommand = commands.map((): { entry: CostEntry; told: (typeof told)[number] | undefined }[] => []);
  rows.forEach((r, i) => {
    ofCommand[r.command]?.push({ entry: r.entry, told: told[i] });
  });
  ofCommand.forEach((mine, command) => {
    if (out[command]) return;
    const touched = new Set(mine.flatMap((r) => r.entry.path));
    out[command] = ok({
      accepted: mine.filter((r) => r.told === 'accepted').length,
      duplicates: mine.filter((r) => r.told === 'duplicate').length,
      conflicts: mine.filter((r) => r.told === 'conflict').map((r) => r.entry.eventId),
      budgets: [...status].filter(([id]) => touched.has(id)).map(([agentId, s]) => ({ agentId, status: s })),
    });
  });
  return out as Result<Out>[];
}

/** One fact an agent and batch: the ledger has the entries. */
function record({ tx }: Work, fresh: readonly CostEntry[], actor: string): void {
  const byAgent = new Map<string, { entries: number; nano: bigint; unpriced: number; late: boolean }>();
  for (const e of fresh) {
    const s = byAgent.get(e.agentId) ?? { entries: 0, nano: 0n, unpriced: 0, late: false };
    s.entries += 1;
    s.nano += e.costNanoUsd ?? 0n;
    s.unpriced += e.costNanoUsd === null ? 1 : 0;
    s.late ||= e.late;
    byAgent.set(e.agentId, s);
  }
  for (const [agentId, s] of byAgent)
    tx.append(
      {
        type: 'cost.recorded',
        subjectId: agentId,
        data: { entries: s.entries, nanoUsd: s.nano.toString(), unpriced: s.unpriced, late: s.late },
      },
      actor,
    );
}

/** Where the touched budgets stand now; crossing one is a fact, told once. */
async function budgets(
  { tx }: Work,
  sums: ReadonlyMap<string, Rollup>,
  deltas: ReturnType<typeof foldEntries>,
): Promise<Map<string, BudgetStatus>> {
  const status = new Map<string, BudgetStatus>();
  const bounded = (await tx.agents.many([...sums.keys()])).filter((a) => a.budgetNanoUsd !== null);
  for (const a of bounded) {
    const spent = sums.get(a.id)?.totalNanoUsd ?? 0n;
    const budget = a.budgetNanoUsd ?? 0n;
    status.set(a.id, spent > budget ? 'exceeded' : 'ok');
    const before = spent - (deltas.get(a.id)?.totalNanoUsd ?? 0n);
    if (spent > budget && before <= budget)
      tx.append({ type: 'budget.exceeded', subjectId: a.id, data: { budgetUsd: usdOf(budget), spentUsd: usdOf(spent) } }, 'system:costs');
  }
  return status;
}
