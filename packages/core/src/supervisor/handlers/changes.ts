import type { RepositoryRef, RunnerOrder, RunnerReport } from '../../api/inputs.ts';
import { type RepositoryRules, repositoryRulesOf } from '../../api/repository-rules.ts';
import { activationLimits } from '../../changes/activation.ts';
import { kindOfActor } from '../../changes/approval.ts';
import { type Change, type ChangeCommand, type ChangeEvent, decideChange, evolveChange } from '../../changes/change.ts';
import { radiusInWindow, weighedWith } from '../../changes/split-window.ts';
import type { NewEvent } from '../../kernel/events.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import type { Actor, CommandOf, CommandOutput } from '../commands.ts';
import type { Repository, Runner } from '../ports.ts';
import { absent, actorName, agentFor, each, requestKey, unfenced, type Work } from '../work.ts';
import { type Apply, afterActivation, frozenBy, stepActivation } from './activation.ts';

const system: Actor = { kind: 'system', id: 'changes' };

export const registerRepositories = each(
  async (work, { input, actor }: CommandOf<'repositories.register'>): Promise<Result<CommandOutput<'repositories.register'>>> => {
    const { tx, ports } = work;
    const known = await tx.repositories.byName(input.name);
    if (known && known.path !== input.path)
      return err({ code: 'invalid_input', issues: [{ path: 'name', message: `another repository has this name (${known.path})` }] });
    const repository: Repository = {
      id: known?.id ?? ports.ids.next('repository'),
      projectId: tx.projectId,
      name: input.name,
      path: input.path,
      branch: input.branch,
      layers: input.layers ?? [],
      gates: input.gates,
      rules: input.rules ?? {},
      createdAtMs: known?.createdAtMs ?? tx.nowMs,
    };
    // told again, the same as it is: no new fact
    if (known && JSON.stringify(rulesOf(known)) === JSON.stringify(rulesOf(repository))) return ok({ repositoryId: known.id });
    tx.repositories.put(repository);
    tx.append(
      { type: 'repository.registered', subjectId: repository.id, data: { name: repository.name, path: repository.path } },
      actorName(actor),
    );
    return ok({ repositoryId: repository.id });
  },
);

const rulesOf = ({ branch, layers, gates: { test, typecheck, lint }, rules }: Repository) => [
  branch,
  layers.map((l) => [l.pattern, l.layer]),
  test,
  typecheck,
  lint,
  repositoryRulesOf(rules),
];

/** Gates and merges run on the runner of the server's own host, the one bound to no agent; the newest speaks. */
async function localRunner({ tx }: Work): Promise<Runner | undefined> {
  const own = (await tx.runners.all()).filter((r) => r.scope === null && r.name === 'local');
  return own.sort((a, b) => b.leaseExpiresAtMs - a.leaseExpiresAtMs)[0];
}
const refOf = (r: Repository): RepositoryRef => ({
  repositoryId: r.id,
  path: r.path,
  branch: r.branch,
  layers: r.layers,
  gates: r.gates,
  rules: r.rules,
});

function putOrder({ tx, ports }: Work, runnerId: string, make: (orderId: string) => RunnerOrder): void {
  const id = ports.ids.next('order');
  const payload = make(id);
  tx.orders.put({ id, projectId: tx.projectId, runnerId, agentId: null, kind: payload.kind, payload, createdAtMs: tx.nowMs });
}
const verifyOrder = (c: Change, repository: Repository) => (orderId: string) =>
  ({
    kind: 'verify-change',
    orderId,
    changeId: c.id,
    title: c.title,
    agentId: c.agentId,
    repository: refOf(repository),
    testPatch: c.testPatch,
    fixPatch: c.fixPatch,
  }) as const;

/** Decides one command on a change, records what follows, and hands the runner what is to do next. */
async function apply(
  work: Work,
  change: Change | undefined,
  command: ChangeCommand,
  actor: Actor,
  runnerId?: string,
): Promise<Result<Change>> {
  const { tx } = work;
  const decided = decideChange(change, command, tx.nowMs);
  if (!decided.ok) return decided;
  let next = change;
  for (const e of decided.value) next = record(work, next, e, actor);
  if (!next) return absent('change', '');
  if (next !== change) tx.changes.put(next);
  await afterActivation(work, change, next, following);
  const follow = decided.value.map((e) => e.type);
  const repository = await tx.repositories.get(next.repositoryId);
  const runner = runnerId ?? (await localRunner(work))?.id;
  if (follow.includes('change.activating')) return ok(await stepActivation(work, next, following));
  if (!repository || !runner) return ok(next);
  const { id: changeId, title } = next;
  if ((follow.includes('change.proposed') || follow.includes('change.base-moved')) && next.state === 'proposed')
    putOrder(work, runner, verifyOrder(next, repository));
  if (follow.includes('change.merging') || follow.includes('change.quiet')) {
    const { baseSha, candidateSha, diffHash } = next;
    const dueAtMs = next.activation?.state === 'merging' ? next.activation.dueAtMs : null;
    if (baseSha && candidateSha && diffHash)
      putOrder(work, runner, (orderId) => ({
        kind: 'merge-change',
        orderId,
        changeId,
        title,
        repository: refOf(repository),
        baseSha,
        candidateSha,
        diffHash,
        ...(dueAtMs === null ? {} : { landBeforeMs: dueAtMs - activationLimits.landMarginMs }),
      }));
  }
  if (follow.includes('change.merged') && next.mergedSha && next.activation?.state === 'checking') {
    const { mergedSha } = next;
    const { healthCheck, healthCheckMs } = next.activation.rules;
    const about = { changeId, title, repository: refOf(repository), mergedSha, healthCheck, healthCheckMs };
    putOrder(work, runner, (orderId) => ({ kind: 'activate-change', orderId, ...about }));
  }
  if (follow.includes('change.rollback-asked') && next.mergedSha) {
    const { mergedSha } = next;
    putOrder(work, runner, (orderId) => ({ kind: 'rollback-change', orderId, changeId, title, repository: refOf(repository), mergedSha }));
  }
  return ok(next);
}
/** The same for what follows by itself: what no longer fits leaves the change as it is. */
const following: Apply = async (work, change, command) => {
  const r = await apply(work, change, command, system);
  return r.ok ? r.value : change;
};
function record({ tx }: Work, change: Change | undefined, event: ChangeEvent, actor: Actor): Change {
  const next = evolveChange(change, event, tx.nowMs);
  tx.append({ ...event, subjectId: next.id } as NewEvent, actorName(actor));
  return next;
}

export const proposeChanges = each(
  async (work, { input, actor }: CommandOf<'changes.propose'>): Promise<Result<CommandOutput<'changes.propose'>>> => {
    const { tx, ports } = work;
    const agent = await agentFor(work, actor, input.agentId);
    if (!agent.ok) return agent;
    const requestId = input.requestId ? requestKey(actor, input.requestId, input.agentId) : null;
    if (requestId) {
      const before = await tx.changes.byRequest(requestId);
      if (before) return ok({ changeId: before.id });
    }
    const free = await unfenced(work, agent.value);
    if (!free.ok) return free;
    if (!(await tx.repositories.get(input.repositoryId))) return absent('repository', input.repositoryId);
    const runner = await localRunner(work);
    if (!runner) return err({ code: 'unavailable', what: 'The runner that checks changes' });
    const { agentId, repositoryId, title, reason, testPatch, fixPatch } = input;
    const proposal = {
      id: ports.ids.next('change'),
      projectId: tx.projectId,
      repositoryId,
      agentId,
      agentPath: agent.value.path,
      title,
      reason,
      testPatch,
      fixPatch,
      requestId,
    };
    const r = await apply(work, undefined, { type: 'propose', ...proposal }, actor, runner.id);
    return r.ok ? ok({ changeId: r.value.id }) : r;
  },
);

type Decide = CommandOf<'changes.approve'>['input'];
const deciding = (type: 'approve' | 'reject' | 'override' | 'rollback-asked') =>
  each(async (work: Work, { input, actor }: { input: Decide; actor: Actor }): Promise<Result<{ state: Change['state'] }>> => {
    const change = await visible(work, actor, input.id);
    if (!change.ok) return change;
    const { diffHash, comment } = input;
    const command: ChangeCommand =
      type === 'rollback-asked'
        ? { type, actor, diffHash, comment }
        : { type, actor, diffHash, comment, approvalId: work.ports.ids.next('approval'), rules: await askedFor(work, change.value) };
    const r = await apply(work, change.value, command, actor);
    return r.ok ? ok({ state: r.value.state }) : r;
  });
/** An agent sees the changes of its own line: those below it and, to be told `self_approval`, those above. */
async function visible({ tx }: Work, actor: Actor, id: string): Promise<Result<Change>> {
  const change = await tx.changes.get(id);
  if (!change) return absent('change', id);
  if (actor.kind === 'agent' && !change.agentPath.includes(actor.id) && !actor.path.includes(change.agentId)) return absent('change', id);
  return ok(change);
}
export const approveChanges = deciding('approve');
export const rejectChanges = deciding('reject');
export const overrideChanges = deciding('override');
export const rollbackChanges = deciding('rollback-asked');
export const commentOnChanges = each(
  async (work, { input, actor }: CommandOf<'changes.comment'>): Promise<Result<CommandOutput<'changes.comment'>>> => {
    const { tx, ports } = work;
    const change = await visible(work, actor, input.id);
    if (!change.ok) return change;
    // who cannot read it, those below the proposer, says nothing about it
    if (actor.kind === 'agent' && !change.value.agentPath.includes(actor.id)) return absent('change', input.id);
    const scope = `change-comment:${actor.kind}:${actor.id}:${change.value.id}`;
    const before = input.requestId ? (await tx.requests.get(scope, input.requestId))?.[0] : undefined;
    if (before) return ok({ commentId: before });
    const { body, path = null, line = null } = input;
    const comment = { id: ports.ids.next('comment'), by: actor.id, byKind: kindOfActor(actor), body, path, line, atMs: tx.nowMs };
    const r = await apply(work, change.value, { type: 'comment', comment }, actor);
    if (!r.ok) return r;
    if (input.requestId) tx.requests.put(scope, input.requestId, [comment.id]);
    return ok({ commentId: comment.id });
  },
);
export const withdrawChanges = each(
  async (work, { input, actor }: CommandOf<'changes.withdraw'>): Promise<Result<CommandOutput<'changes.withdraw'>>> => {
    const change = await visible(work, actor, input.id);
    if (!change.ok) return change;
    const r = await apply(work, change.value, { type: 'withdraw', actor, reason: input.reason }, actor);
    return r.ok ? ok({ state: r.value.state }) : r;
  },
);
export const tickChanges = each(async (work): Promise<Result<CommandOutput<'changes.tick'>>> => {
  const open = await work.tx.changes.activating();
  for (const { id } of open) {
    // an earlier one of this turn may have moved it
    const change = await work.tx.changes.get(id);
    if (change) await stepActivation(work, change, following);
  }
  return ok({ open: open.length });
});
export const expireChanges = each(
  async (work, { input }: CommandOf<'changes.expire'>): Promise<Result<CommandOutput<'changes.expire'>>> => {
    let expired = 0;
    for (const change of await work.tx.changes.many(input.changeIds)) {
      const r = await apply(work, change, { type: 'expire' }, system);
      if (r.ok && r.value.state === 'expired') expired += 1;
    }
    return ok({ expired });
  },
);

const rulesFor = async ({ tx }: Work, change: Change): Promise<RepositoryRules> =>
  repositoryRulesOf((await tx.repositories.get(change.repositoryId))?.rules);

/** What the repository asks of a decision, and whether another change stands in its way. */
async function askedFor(work: Work, change: Change) {
  const rules = await rulesFor(work, change);
  return { ...rules, frozenBy: rules.activation ? await frozenBy(work, change) : null };
}

type ChangeReport = Extract<RunnerReport, { changeId: string }>;
/** Evidence from the runner. What no longer fits the change's state is dropped: it was decided on without it. */
export async function reportChange(work: Work, runner: Runner, report: ChangeReport, actor: Actor): Promise<boolean> {
  const change = await work.tx.changes.get(report.changeId);
  if (!change || runner.scope !== null) return false;
  const r = await apply(work, change, await weighed(work, change, commandOf(report)), actor, runner.id);
  return r.ok;
}
/** What the runner measured of one change, weighed together with the others of its window. */
async function weighed(work: Work, change: Change, command: ChangeCommand): Promise<ChangeCommand> {
  if (command.type !== 'assessed') return command;
  const { tx } = work;
  const rules = await rulesFor(work, change);
  if (rules.splitWindowMs === 0) return command;
  const recent = await tx.changes.proposedSince(change.repositoryId, tx.nowMs - rules.splitWindowMs);
  const others = weighedWith(change, recent, rules, tx.nowMs).flatMap((o) => o.blastRadius ?? []);
  return { ...command, blastRadius: radiusInWindow(command.blastRadius, others, rules.splitWindowMs) };
}
function commandOf(report: ChangeReport): ChangeCommand {
  const { changeId: _, kind, ...data } = report;
  return { type: kind.slice('change-'.length), ...data } as unknown as ChangeCommand;
}
