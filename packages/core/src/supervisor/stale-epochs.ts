import { checkEpoch } from '../agents/agent.ts';
import type { Result } from '../kernel/result.ts';
import type { Command, CommandType } from './commands.ts';
import type { Tx } from './ports.ts';
import { byId } from './work.ts';

/**
 * What an agent of an epoch that is over may still say: what it has cost and seen is true all the same. A late
 * checkpoint is refused by its own handler, which keeps it visible.
 */
const stillHeard = new Set<CommandType>(['costs.report', 'agents.events', 'agents.log', 'checkpoints.save']);

/**
 * Refuses the commands of agents whose epoch is over. Their tokens are revoked with it; but a command that was let in
 * before may stand in the queue behind the restore (I-CKPT-7). Answers a refusal, or undefined, for each command.
 */
export async function refusedAsStale(tx: Tx, commands: readonly Command[]): Promise<(Result<never> | undefined)[]> {
  const asked = commands.flatMap((c) => (c.actor.kind === 'agent' && !stillHeard.has(c.type) ? [c.actor.id] : []));
  if (asked.length === 0) return [];
  const agents = byId(await tx.agents.many(asked));
  return commands.map(({ type, actor }) => {
    const agent = actor.kind === 'agent' && !stillHeard.has(type) ? agents.get(actor.id) : undefined;
    if (!agent || actor.kind !== 'agent') return undefined;
    const checked = checkEpoch(agent, actor.epoch);
    return checked.ok ? undefined : checked;
  });
}
