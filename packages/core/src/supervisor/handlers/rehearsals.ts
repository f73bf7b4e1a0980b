import { effectId } from '../../checkpoints/effect.ts';
import { rehearsalOf, rehearsedName } from '../../checkpoints/rehearsal.ts';
import { InvariantError } from '../../kernel/invariant.ts';
import { usdOf } from '../../kernel/money.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import type { Command, CommandOf, CommandOutput, CommandType } from '../commands.ts';
import type { Tx } from '../ports.ts';
import { applyToAgent, byId, each } from '../work.ts';
import { register, tallyUnder } from './registration.ts';
import { orderLaunch, ownStart, relaunchOf, savedFor, whyNotLaunched } from './restores.ts';

/**
 * The state in a session of its own, beside the live one, which it cannot touch: its keyed effects are not done but
 * recorded, the queue is empty for it, its locks are its own. Its process is told by `REEVE_REHEARSAL`.
 */
export const rehearseCheckpoints = each(
  async (work, { input, actor }: CommandOf<'checkpoints.rehearse'>): Promise<Result<CommandOutput<'checkpoints.rehearse'>>> => {
    const { tx } = work;
    const saved = await savedFor(work, actor, input.id);
    if (!saved.ok) return saved;
    const { checkpoint, source } = saved.value;
    if (rehearsalOf(source) !== undefined)
      return err({ code: 'illegal_transition', kind: 'agent', id: source.id, from: 'a rehearsal', to: 'rehearsed again' });
    const starter = await relaunchOf(work, source);
    if (starter.by === 'runner-away') return err(whyNotLaunched[starter.by]);
    if (starter.by !== 'runner')
      return err({
        code: 'illegal_transition',
        kind: 'agent',
        id: source.id,
        from: 'without a runner that knows its command',
        to: 'rehearsed',
      });
    const registration = {
      name: `${source.name} (rehearsal)`.slice(0, 200),
      parentId: null,
      kind: source.kind,
      model: source.model ?? undefined,
      role: source.role ?? undefined,
      budgetUsd: input.budgetUsd ?? (source.budgetNanoUsd === null ? undefined : usdOf(source.budgetNanoUsd)),
      metadata: { ...source.metadata, rehearsalOf: checkpoint.id },
      requestId: input.requestId,
      runnerId: starter.runnerId,
    };
    const made = await register(work, actor, registration, 'launching', await tallyUnder(work, []));
    if (!made.ok) return made;
    const { agent, fresh } = made.value;
    if (fresh) {
      const data = { checkpointId: checkpoint.id, fromAgentId: source.id };
      applyToAgent(work, agent, [{ type: 'agent.rehearsing', subjectId: agent.id, data }], actor);
      // their results are what its effects are answered with
      for (const e of await tx.effects.ofAgent(source.id))
        tx.effects.put({ ...e, id: effectId(agent.id, e.key), agentId: agent.id, epoch: 0 });
      const spec = {
        ...starter.spec,
        id: agent.id,
        env: { ...starter.spec.env, REEVE_REHEARSAL: '1' },
        restart: 'temporary' as const,
        supervision: null,
        restartsAtMs: [],
      };
      tx.launches.put(spec);
      // without the events behind it: it is to do anew what came then
      orderLaunch(work, agent, { ...starter, spec }, await ownStart(work, saved.value, agent, actor, false));
    }
    return ok({ agentId: agent.id, sessionId: agent.sessionId, checkpointId: checkpoint.id });
  },
);

const alien = 'a rehearsal touches nothing of the project';
/** What reaches beyond the session of whoever asks. A saved state may hold the token of a live claim. */
const reaching = new Set<CommandType>([
  'tasks.add',
  'tasks.complete',
  'tasks.fail',
  'tasks.release',
  'tasks.renew',
  'tasks.edit',
  'tasks.comment',
  'tasks.attach',
  'tasks.depend',
  'tasks.import',
  'changes.propose',
  'changes.approve',
  'changes.reject',
  'changes.comment',
  'changes.withdraw',
  'changes.rollback',
]);
/** Taken and given back under another name. */
const named = new Set<CommandType>([
  'locks.acquire',
  'locks.release',
  'locks.renew',
  'locks.withdraw',
  'barriers.wait',
  'barriers.withdraw',
]);

/**
 * Commands of rehearsals, kept apart from the live project: `answers` for those that are answered at once, and the command
 * under the rehearsal's own names for the others. Costs nothing where there is no rehearsal: whoever asks is at hand.
 */
export async function keptApart(
  tx: Tx,
  commands: readonly Command[],
): Promise<{ commands: readonly Command[]; answers: (Result<unknown> | undefined)[] }> {
  const idOf = (c: Command): string | undefined => {
    if (c.type !== 'tasks.claim' && !reaching.has(c.type) && !named.has(c.type)) return undefined;
    const { agentId } = c.input as { agentId?: unknown };
    return typeof agentId === 'string' ? agentId : c.actor.kind === 'agent' ? c.actor.id : undefined;
  };
  const ids = commands.flatMap((c) => idOf(c) ?? []);
  const agents = byId(ids.length ? await tx.agents.many(ids) : []);
  if (![...agents.values()].some((a) => rehearsalOf(a) !== undefined)) return { commands, answers: [] };
  const out = commands.map((command): { command: Command; answer?: Result<unknown> } => {
    const agent = agents.get(idOf(command) ?? '');
    if (!agent || rehearsalOf(agent) === undefined) return { command };
    if (command.type === 'tasks.claim') return { command, answer: ok({ taskIds: [], tokens: [] }) };
    if (reaching.has(command.type)) return { command, answer: err({ code: 'forbidden', rule: alien }) };
    const { name } = command.input as { name?: unknown };
    if (typeof name !== 'string') throw new InvariantError(`${command.type} names nothing`);
    return { command: { ...command, input: { ...command.input, name: rehearsedName(agent.sessionId, name) } } as Command };
  });
  return { commands: out.map((o) => o.command), answers: out.map((o) => o.answer) };
}
