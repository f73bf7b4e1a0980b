import type { RestorePreview } from '../../api/views.ts';
import { comparePlaces, eventsAfterLimit } from '../../checkpoints/checkpoint.ts';
import { sentenceOf } from '../../kernel/errors.ts';
import { usdOf } from '../../kernel/money.ts';
import { ok, type Result } from '../../kernel/result.ts';
import type { CommandOf } from '../commands.ts';
import { each, type Work } from '../work.ts';
import { inDoubt, mayRestore, relaunchOf, type Saved, savedFor } from './restores.ts';

/** By the same decision that restores; nothing is written. */
export const previewRestores = each(async (work, { input, actor }: CommandOf<'checkpoints.preview'>): Promise<Result<RestorePreview>> => {
  const saved = await savedFor(work, actor, input.id);
  if (!saved.ok) return saved;
  const { source } = saved.value;
  const may = await mayRestore(work, saved.value);
  return ok({
    ...(await costOfRestore(work, saved.value)),
    refusal: may.ok ? null : sentenceOf(may.error),
    relaunch: (await relaunchOf(work, source)).by,
  });
});

/** What going back to a checkpoint gives up, and what it leaves in doubt. */
export async function costOfRestore(
  { tx }: Work,
  { checkpoint, source }: Pick<Saved, 'checkpoint' | 'source'>,
): Promise<Omit<RestorePreview, 'refusal' | 'relaunch'>> {
  const head = await tx.checkpoints.latestOf(source.id);
  const place = { epoch: checkpoint.epoch, sequence: checkpoint.eventSequence };
  const behind = await tx.agentEvents.after(source.id, place, eventsAfterLimit + 1);
  const spent = await tx.ledger.spentSince(source.id, checkpoint.createdAtMs);
  const effects = await tx.effects.ofAgent(source.id);
  return {
    checkpointId: checkpoint.id,
    agentId: source.id,
    agentState: source.state,
    epoch: source.epoch + 1,
    lost: {
      sinceMs: checkpoint.createdAtMs,
      usd: usdOf(spent),
      events: Math.min(behind.length, eventsAfterLimit),
      eventsTruncated: behind.length > eventsAfterLimit,
      isLatest: !head || comparePlaces(head, checkpoint) <= 0,
      claims: (await tx.tasks.heldBy([source.id])).map((t) => ({ taskId: t.id, title: t.title })),
      locks: (await tx.locks.involving([source.id])).map((l) => ({
        name: l.name,
        held: l.holders.some((h) => h.agentId === source.id),
      })),
    },
    inDoubt: effects.filter((e) => e.acknowledgedAtMs === null).map(inDoubt),
  };
}
