import type { NewEvent } from '../../kernel/events.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { isDead } from '../../tasks/dependencies.ts';
import {
  decideCancel,
  decideClaim,
  decideComplete,
  decideFail,
  decideRelease,
  decideRenew,
  decideRetry,
  decideSweep,
  decideTakeBack,
  type HeldWrite,
  type Task,
} from '../../tasks/task.ts';
import type { Actor, CommandOf, CommandOutput } from '../commands.ts';
import { claimScope, wantedBy, wantsKey } from '../read-ahead.ts';
import {
  absent,
  actorName,
  agentFor,
  agentsFor,
  applyToTask,
  byId,
  covers,
  each,
  fencesOver,
  isOperator,
  requestKey,
  unfenced,
  type Work,
} from '../work.ts';
import { tellDependants, tellRevived } from './task-dependencies.ts';
import { afterDone, missingOf, settleParents } from './task-review.ts';

type Out = { taskId: string; state: Task['state'] };
const answer = (t: Task): Result<Out> => ok({ taskId: t.id, state: t.state });

export const addTasks = each(async (work, { input, actor }: CommandOf<'tasks.add'>): Promise<Result<CommandOutput<'tasks.add'>>> => {
  const { tx, ports } = work;
  if (actor.kind === 'agent') {
    const self = await agentFor(work, actor, actor.id);
    if (!self.ok) return self;
    const free = await unfenced(work, self.value);
    if (!free.ok) return free;
  }
  const requestId = input.requestId ? requestKey(actor, input.requestId) : null;
  if (requestId) {
    const before = await tx.tasks.byRequest(requestId);
    if (before) return ok({ taskId: before.id });
  }
  const parent = input.parentId ? await parentFor(work, actor, input.parentId) : ok(null);
  if (!parent.ok) return parent;
  const id = ports.ids.next('task');
  const dependsOn = [...new Set(input.dependsOn)];
  const dependencies = await tx.tasks.many(dependsOn);
  const byId = new Map(dependencies.map((d) => [d.id, d]));
  const missing = dependsOn.find((d) => !byId.has(d));
  if (missing) return absent('task', missing);
  // nothing can wait for a task that is not there yet: a new one closes no circle (tasks.depend can)
  putTask(work, actor, { ...input, id, dependsOn, dependencies, requestId, parentTaskId: parent.value?.id ?? null });
  if (parent.value)
    applyToTask(work, parent.value, [{ type: 'task.subtask-added', subjectId: parent.value.id, data: { subtaskId: id } }], actor);
  return ok({ taskId: id });
});

type Asked = Pick<
  CommandOf<'tasks.add'>['input'],
  'title' | 'priority' | 'labels' | 'maxAttempts' | 'notBefore' | 'needs' | 'review' | 'evidence'
> & {
  id: string;
  body?: string | null | undefined;
  dependsOn: string[];
  dependencies: readonly Pick<Task, 'state'>[];
  requestId: string | null;
  parentTaskId: string | null;
};
/** A task that is not there yet, with the fact of it. */
export function putTask({ tx }: Work, actor: Actor, input: Asked): void {
  const { id, dependsOn, dependencies, requestId, parentTaskId } = input;
  const notBeforeMs = input.notBefore ? Date.parse(input.notBefore) : null;
  const state = dependencies.some((d) => d.state !== 'done')
    ? 'blocked'
    : notBeforeMs !== null && notBeforeMs > tx.nowMs
      ? 'scheduled'
      : 'ready';
  tx.tasks.put({
    id,
    projectId: tx.projectId,
    title: input.title,
    body: input.body ?? null,
    state,
    priority: input.priority,
    labels: [...new Set(input.labels)],
    dependsOn,
    attempts: 0,
    maxAttempts: input.maxAttempts,
    notBeforeMs,
    claimToken: 0n,
    agentId: null,
    claimExpiresAtMs: null,
    claimLeaseMs: null,
    failures: [],
    result: null,
    createdBy: actorName(actor),
    createdAtMs: tx.nowMs,
    updatedAtMs: tx.nowMs,
    finishedAtMs: null,
    requestId,
    needs: [...new Set(input.needs ?? [])],
    parentTaskId,
    subtasks: 0,
    review: input.review ?? false,
    evidence: [...new Set(input.evidence ?? [])],
    artefactKinds: [],
    submittedBy: null,
  });
  tx.append({ type: 'task.added', subjectId: id, data: { title: input.title, state } }, actorName(actor));
}

/** As many as one task may be split into: all of them are looked at when it is done. */
const maxSubtasks = 200;
/** The task that gets a part, if it is still open and the actor may split it: its holder, whoever added it, an operator. */
async function parentFor({ tx }: Work, actor: Actor, id: string): Promise<Result<Task>> {
  const parent = await tx.tasks.get(id);
  if (!parent) return absent('task', id);
  if (parent.state === 'done' || parent.state === 'cancelled')
    return err({ code: 'illegal_transition', kind: 'task', id, from: parent.state, to: 'split' });
  const holder = parent.agentId ? await tx.agents.get(parent.agentId) : undefined;
  if (!isOperator(actor) && parent.createdBy !== actorName(actor) && !(holder && covers(actor, holder)))
    return err({ code: 'forbidden', rule: 'who neither holds nor added a task does not split it' });
  if (parent.subtasks >= maxSubtasks) return err({ code: 'limit_reached', limit: 'sub-tasks of a task', max: maxSubtasks });
  return ok(parent);
}

/**
 * The claim broker: all claims that came in one batch are served from one read of the ready tasks for each set of
 * labels, in one transaction. Claims in the order they arrived.
 */
export async function claimTasks(
  work: Work,
  commands: readonly CommandOf<'tasks.claim'>[],
): Promise<Result<CommandOutput<'tasks.claim'>>[]> {
  const { tx } = work;
  const claimers = commands.map((c) => c.input.agentId);
  const fence = await fencesOver(work, claimers);
  const claimer = await agentsFor(work, claimers);
  await tx.requests.readAhead(
    commands.flatMap(({ input: { agentId, requestId } }) => (requestId ? [{ scope: claimScope(agentId), requestId }] : [])),
  );
  const wanted = wantedBy(commands.map((c) => c.input));
  const pools = new Map<string, Task[]>();
  const taken = new Set<string>();
  const out: Result<CommandOutput<'tasks.claim'>>[] = [];
  for (const { input, actor } of commands) {
    const agent = claimer(actor, input.agentId);
    if (!agent.ok) {
      out.push(agent);
      continue;
    }
    const free = fence(agent.value);
    if (!free.ok) {
      out.push(free);
      continue;
    }
    const scope = claimScope(input.agentId);
    const before = input.requestId ? await tx.requests.get(scope, input.requestId) : undefined;
    if (before) {
      out.push(ok(answerOf(await stillHeld(work, before))));
      continue;
    }
    const key = wantsKey(input);
    let pool = pools.get(key);
    if (!pool) {
      pool = await tx.tasks.ready(input.labels, wanted.get(key)?.limit ?? input.limit, input.capabilities);
      pools.set(key, pool);
    }
    const claimed: Task[] = [];
    let passedOver = false;
    while (claimed.length < input.limit) {
      const task = pool.shift();
      if (!task) {
        if (!passedOver) break;
        // claims with other labels took some of this pool: there may be more behind them
        passedOver = false;
        pool.push(...(await tx.tasks.ready(input.labels, input.limit - claimed.length, input.capabilities)));
        continue;
      }
      if (taken.has(task.id)) {
        passedOver = true;
        continue;
      }
      const r = decideClaim(task, input.agentId, input.leaseMs, tx.nowMs);
      if (!r.ok) continue;
      taken.add(task.id);
      claimed.push(applyToTask(work, task, r.value, actor));
    }
    // an empty answer is not remembered: the same request may find one later
    if (input.requestId && claimed.length) tx.requests.put(scope, input.requestId, claimed.map(grantOf));
    out.push(ok(answerOf(claimed)));
  }
  return out;
}
const answerOf = (claimed: readonly Task[]) => ({ taskIds: claimed.map((t) => t.id), tokens: claimed.map((t) => t.claimToken.toString()) });
const grantOf = (t: Task): string => `${t.id}#${t.claimToken}`;
/**
 * Of what a request was granted, what still stands. By the token, not by the holder alone: the same agent may have claimed
 * the task again since, and two of its workers would go on with one token.
 */
async function stillHeld({ tx }: Work, grants: readonly string[]): Promise<Task[]> {
  const tasks = await tx.tasks.many(grants.map((g) => g.slice(0, g.lastIndexOf('#'))));
  return tasks.filter((t) => t.state === 'claimed' && grants.includes(grantOf(t)));
}

/** A write by the holder of a claim: its agent, whoever started that agent, or an operator with the token. */
function held<I extends { id: string; token: string }>(
  decide: (task: Task, input: I, nowMs: number, missing: readonly string[]) => HeldWrite,
  then?: (work: Work, task: Task, input: I) => Task,
) {
  return async (work: Work, commands: readonly { input: I; actor: Actor }[]): Promise<Result<Out>[]> => {
    const tasks = await work.tx.tasks.many(commands.map((c) => c.input.id));
    const current = byId(tasks);
    const holders = byId(await work.tx.agents.many(tasks.flatMap((t) => t.agentId ?? [])));
    const out: Result<Out>[] = [];
    const missing = then ? await missingOf(work, tasks) : undefined;
    const done: Task[] = [];
    const dead: Task[] = [];
    for (const { input, actor } of commands) {
      const task = current.get(input.id);
      if (!task) {
        out.push(absent('task', input.id));
        continue;
      }
      const r = decide(task, input, work.tx.nowMs, missing?.(task) ?? []);
      // tokens only count up, so an agent could guess one: it must also be its own claim, or that of one below it
      const holder = r.ok && r.events.length && task.agentId ? holders.get(task.agentId) : undefined;
      if (holder && !covers(actor, holder)) {
        out.push(err({ code: 'forbidden', rule: 'the claim is held by an agent outside your subtree' }));
        continue;
      }
      let next = applyToTask(work, task, r.events, actor);
      if (r.ok && r.events.length && then) next = then(work, next, input);
      current.set(next.id, next);
      if (r.ok && next.state === 'done') done.push(next);
      if (r.ok && r.events.length) dead.push(next);
      out.push(r.ok ? answer(next) : err(r.error));
    }
    await afterDone(work, done);
    await tellDependants(work, dead);
    return out;
  };
}
export const completeTasks = held<CommandOf<'tasks.complete'>['input']>(
  (t, i, _, missing) => decideComplete(t, i.token, missing),
  (work, task, input) => {
    const result = input.result ?? null;
    if (task.result === result) return task;
    const next = { ...task, result };
    work.tx.tasks.put(next);
    return next;
  },
);
export const failTasks = held<CommandOf<'tasks.fail'>['input']>((t, i) => decideFail(t, i.token, i.error, i.retryable));
export const releaseTasks = held<CommandOf<'tasks.release'>['input']>((t, i) => decideRelease(t, i.token));
export const renewTasks = held<CommandOf<'tasks.renew'>['input']>((t, i, now) => decideRenew(t, i.token, i.leaseMs, now));

const operate = (decide: (task: Task, reason: string, dependencies: readonly Task[]) => Result<NewEvent[]>) =>
  each(async (work: Work, { input, actor }: { input: { id: string; reason: string }; actor: Actor }): Promise<Result<Out>> => {
    const task = await work.tx.tasks.get(input.id);
    if (!task) return absent('task', input.id);
    const r = decide(task, input.reason, await work.tx.tasks.many(task.dependsOn));
    if (!r.ok) return r;
    const next = applyToTask(work, task, r.value, actor);
    if (isDead(next.state) && r.value.length) await tellDependants(work, [next]);
    if (next.state === 'cancelled' && r.value.length) await settleParents(work, [next]);
    if (!isDead(next.state) && isDead(task.state)) await tellRevived(work, next);
    return answer(next);
  });
export const cancelTasks = operate(decideCancel);
export const retryTasks = operate((t, _, dependencies) => decideRetry(t, dependencies));
export const forceReleaseTasks = operate((t) => decideTakeBack(t, 'operator'));
export const prioritiseTasks = each(async (work, { input, actor }: CommandOf<'tasks.prioritise'>): Promise<Result<Out>> => {
  const task = await work.tx.tasks.get(input.id);
  if (!task) return absent('task', input.id);
  const events =
    task.priority === input.priority ? [] : [{ type: 'task.prioritised', subjectId: task.id, data: { priority: input.priority } } as const];
  return answer(applyToTask(work, task, events, actor));
});

export const sweepTasks = each(async (work, { input, actor }: CommandOf<'tasks.sweep'>): Promise<Result<CommandOutput<'tasks.sweep'>>> => {
  let moved = 0;
  for (const task of await work.tx.tasks.many(input.taskIds)) {
    const events = decideSweep(task, work.tx.nowMs);
    if (events.length === 0) continue;
    moved += 1;
    await tellDependants(work, [applyToTask(work, task, events, actor)]);
  }
  return ok({ moved });
});
