import { chained, type Decision } from '../audit/audit-entry.ts';
import type { Result } from '../kernel/result.ts';
import type { Actor, Command, CommandType } from './commands.ts';
import type { Tx } from './ports.ts';
import { actorName, type Handler, settingsOf, type Work } from './work.ts';

type Subject = { kind: string; id: string };
type Fields = Record<string, unknown>;
/** The decisions that are kept, and what each is about; `out` is known once it is done, for what it has made. */
const subjectOf: Partial<Record<CommandType, (input: Fields, tx: Tx, out?: Fields) => Subject | Promise<Subject>>> = {
  'agents.spawn': (_, __, out) => ({ kind: 'agent', id: text(out?.agentId) }),
  'agents.pause': agent,
  'agents.resume': agent,
  'agents.interrupt': agent,
  'agents.stop': agent,
  'budgets.set': agent,
  'budgets.make': (_, __, out) => ({ kind: 'budget', id: text(out?.budgetId) }),
  'budgets.edit': budget,
  'budgets.remove': budget,
  'costs.adjust': (input) => ({ kind: 'agent', id: text(input.agentId) }),
  // of a restore it is known before, of a fork only once it is made
  'checkpoints.restore': async (input, tx, out) => {
    const source = input.mode === 'fork' ? undefined : await tx.checkpoints.get(text(input.id));
    return { kind: 'agent', id: source?.agentId ?? text(out?.agentId) };
  },
  'checkpoints.rehearse': (_, __, out) => ({ kind: 'agent', id: text(out?.agentId) }),
  'cuts.restore': (input) => ({ kind: 'cut', id: text(input.id) }),
  'orphans.handle': (input) => ({ kind: 'agents', id: ((input.agentIds ?? []) as string[]).join(' ') }),
  'tasks.cancel': task,
  'tasks.retry': task,
  'tasks.force-release': task,
  'tasks.prioritise': task,
  'tasks.accept': task,
  'tasks.reject': task,
  'locks.force-release': (input) => ({ kind: 'lock', id: text(input.name) }),
  'changes.approve': change,
  'changes.reject': change,
  'changes.override': change,
  'changes.rollback': change,
  'changes.comment': change,
  'changes.withdraw': change,
  'repositories.register': (_, __, out) => ({ kind: 'repository', id: text(out?.repositoryId) }),
  'runners.register': (_, __, out) => ({ kind: 'runner', id: text(out?.runnerId) }),
  'prices.set': price,
  'prices.reprice': price,
  'project.stop': project,
  'project.reopen': project,
  'project.configure': project,
};
function agent(input: Fields): Subject {
  return { kind: 'agent', id: text(input.id) };
}
function budget(input: Fields): Subject {
  return { kind: 'budget', id: text(input.id) };
}
function price(input: Fields): Subject {
  return { kind: 'price', id: text(input.model) };
}
function task(input: Fields): Subject {
  return { kind: 'task', id: text(input.id) };
}
function change(input: Fields): Subject {
  return { kind: 'change', id: text(input.id) };
}
function project(_: Fields, tx: Tx): Subject {
  return { kind: 'project', id: tx.projectId };
}
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** An agent decides on changes alone; what else it does is work. */
const decides = (actor: Actor, type: CommandType): boolean =>
  actor.kind === 'person' || actor.kind === 'project' || (actor.kind === 'agent' && type.startsWith('changes.'));

/** What of a subject a decision can change, small enough to be kept for ever. */
async function stateOf(work: Work, { kind, id }: Subject): Promise<unknown> {
  const { tx } = work;
  switch (kind) {
    case 'agent': {
      const a = await tx.agents.get(id);
      return a && pick(a, 'name', 'state', 'epoch', 'parentId', 'budgetNanoUsd', 'pausedBy', 'interruptReason', 'stopId');
    }
    case 'cut': {
      const cut = await tx.cuts.get(id);
      const members = cut && (await tx.agents.many([cut.rootId, ...cut.members.map((m) => m.agentId)]));
      return (
        cut && { rootId: cut.rootId, restores: cut.restore?.number ?? 0, agents: members?.map((a) => pick(a, 'id', 'state', 'epoch')) }
      );
    }
    case 'agents':
      return (await tx.agents.many(id.split(' '))).map((a) => pick(a, 'id', 'state', 'parentId', 'stopId', 'orphanIgnoredUntilMs'));
    case 'task': {
      const t = await tx.tasks.get(id);
      return t && pick(t, 'title', 'state', 'priority', 'agentId', 'attempts', 'claimToken');
    }
    case 'change': {
      const c = await tx.changes.get(id);
      const decisions = c?.approvals.map((a) => `${a.override ? 'overridden' : a.decision} by ${a.by}`);
      return c && { ...pick(c, 'title', 'state', 'diffHash', 'baseSha', 'candidateSha', 'mergedSha', 'rollbackAsked'), decisions };
    }
    case 'lock': {
      const [l] = await tx.locks.byNames([id]);
      return l && { token: l.token, holders: l.holders.map((h) => h.agentId), waiters: l.waiters.length };
    }
    case 'repository': {
      const r = await tx.repositories.get(id);
      return r && pick(r, 'name', 'path', 'branch', 'gates', 'rules');
    }
    case 'runner': {
      const r = await tx.runners.get(id);
      return r && pick(r, 'name', 'host', 'containment', 'scope');
    }
    case 'price':
      return (await settingsOf(work)).prices.filter((p) => p.model === id).at(-1) ?? null;
    case 'budget':
      return (await settingsOf(work)).budgets.find((b) => b.id === id) ?? null;
    case 'project':
      return pick(await settingsOf(work), 'limits', 'onParentExit', 'checkpoints', 'haltedBy');
    default:
      return null;
  }
}
const pick = <T, K extends keyof T>(from: T, ...keys: K[]): Pick<T, K> => Object.fromEntries(keys.map((k) => [k, from[k]])) as Pick<T, K>;

/** Appends one decision to the chain of the project, in its own transaction. */
export async function audit({ tx, ports }: Work, decision: Decision): Promise<void> {
  tx.audit.append(chained(await tx.audit.tip(), decision, tx.nowMs, ports.secrets.digest));
}
export const actorOfDecision = (actor: Actor): Pick<Decision, 'actor' | 'actorName'> => ({
  actor: `${actor.kind}:${actor.id}`,
  actorName: actor.kind === 'person' ? actor.name : actorName(actor),
});

/**
 * Runs a handler; where its commands are decisions of people or tokens each is kept in the audit chain with what its subject was
 * before and after. Those go one at a time, so that one's after is the next one's before.
 */
export async function withAudit<C extends Command, O>(
  work: Work,
  type: CommandType,
  commands: readonly C[],
  handler: Handler<C, O>,
): Promise<Result<O>[]> {
  const subject = subjectOf[type];
  if (!subject || !commands.some((c) => decides(c.actor, type))) return handler(work, commands);
  const out: Result<O>[] = [];
  for (const c of commands) {
    const input = c.input as Fields;
    const known = await subject(input, work.tx);
    const before = known.id ? await stateOf(work, known) : null;
    const [result] = await handler(work, [c]);
    if (!result) return []; // the supervisor counts results, and says so
    out.push(result);
    if (!result.ok || input.dryRun === true || !decides(c.actor, type)) continue;
    const about = known.id ? known : await subject(input, work.tx, result.value as Fields);
    const reason = text(input.reason) || text(input.comment);
    const after = await stateOf(work, about);
    await audit(work, {
      ...actorOfDecision(c.actor),
      action: type,
      subjectKind: about.kind,
      subjectId: about.id.slice(0, 2000),
      reason,
      before: before ?? null,
      after: after ?? null,
    });
  }
  return out;
}
