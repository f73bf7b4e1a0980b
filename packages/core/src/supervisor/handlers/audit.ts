import { ok, type Result } from '../../kernel/result.ts';
import { actorOfDecision, audit } from '../audit.ts';
import type { CommandOf, CommandOutput } from '../commands.ts';
import { each } from '../work.ts';

/** What was decided beside the project's own records: accounts, sessions and tokens. */
export const recordDecisions = each(
  async (work, { input, actor }: CommandOf<'audit.record'>): Promise<Result<CommandOutput<'audit.record'>>> => {
    await audit(work, { ...actorOfDecision(actor), ...input });
    return ok({});
  },
);
