import { err, ok, type Result } from '../../kernel/result.ts';
import type { Task } from '../../tasks/task.ts';
import type { Actor, CommandOf, CommandOutput } from '../commands.ts';
import { absent, actorName, applyToTask, covers, each, isOperator, type Work } from '../work.ts';
import { settleOne } from './task-review.ts';

/** Longer lists than this are logs, and belong there. */
const maxNotes = 1_000;

export const commentOnTasks = each(
  async (work, { input, actor }: CommandOf<'tasks.comment'>): Promise<Result<CommandOutput<'tasks.comment'>>> => {
    const { tx, ports } = work;
    const task = await tx.tasks.get(input.id);
    if (!task) return absent('task', input.id);
    return once(work, `comment:${actorName(actor)}`, input.requestId, async () => {
      const id = ports.ids.next('comment');
      const createdBy = actorName(actor);
      tx.taskComments.put({ id, projectId: tx.projectId, taskId: task.id, body: input.body, createdBy, createdAtMs: tx.nowMs });
      applyToTask(work, task, [{ type: 'task.commented', subjectId: task.id, data: { commentId: id } }], actor);
      return id;
    }).then((commentId) => ok({ commentId }));
  },
);

export const attachArtefacts = each(
  async (work, { input, actor }: CommandOf<'tasks.attach'>): Promise<Result<CommandOutput<'tasks.attach'>>> => {
    const { tx, ports } = work;
    const task = await tx.tasks.get(input.id);
    if (!task) return absent('task', input.id);
    const allowed = await mayProve(work, task, actor, input.token);
    if (!allowed.ok) return allowed;
    if (task.artefactKinds.length >= maxNotes)
      return err({ code: 'limit_reached', limit: 'kinds of artefacts of an attempt', max: maxNotes });
    const artefactId = await once(work, `artefact:${actorName(actor)}`, input.requestId, async () => {
      const id = ports.ids.next('artefact');
      const { kind, name, uri = null, content = null, mediaType = null } = input;
      const digest = content === null ? (input.digest ?? null) : ports.secrets.digest(content);
      const attempt = task.attempts;
      const [projectId, taskId, createdBy, createdAtMs] = [tx.projectId, task.id, actorName(actor), tx.nowMs];
      tx.artefacts.put({ id, projectId, taskId, attempt, kind, name, uri, content, mediaType, digest, createdBy, createdAtMs });
      const event = { type: 'task.artefact-added', subjectId: task.id, data: { artefactId: id, kind, name, attempt } } as const;
      await settleOne(work, applyToTask(work, task, [event], actor));
      return id;
    });
    return ok({ artefactId, taskId: task.id, state: (await tx.tasks.get(task.id))?.state ?? task.state });
  },
);

/** Who did the work, with the token of that attempt, or an operator: a proof of somebody else's work is none. */
async function mayProve(work: Work, task: Task, actor: Actor, token: string | undefined): Promise<Result<null>> {
  if (isOperator(actor)) return ok(null);
  const by = task.state === 'claimed' ? task.agentId : task.state === 'in-review' ? task.submittedBy : null;
  if (by === null || task.claimToken.toString() !== token) {
    const data = { agentId: task.agentId, token: token ?? '', verb: 'attach' };
    work.tx.append({ type: 'task.superseded', subjectId: task.id, data }, actorName(actor));
    return err({ code: 'stale_token', kind: 'task', id: task.id });
  }
  const worker = await work.tx.agents.get(by);
  return worker && covers(actor, worker)
    ? ok(null)
    : err({ code: 'forbidden', rule: 'the claim is held by an agent outside your subtree' });
}

/** The same request again answers with the id that it made first. */
async function once({ tx }: Work, scope: string, requestId: string | undefined, make: () => Promise<string>): Promise<string> {
  const before = requestId ? (await tx.requests.get(scope, requestId))?.[0] : undefined;
  if (before) return before;
  const id = await make();
  if (requestId) tx.requests.put(scope, requestId, [id]);
  return id;
}
