import type { RestorePreview } from '../../api/views.ts';
import { comparePlaces, eventsAfterLimit } from '../../checkpoints/checkpoint.ts';
import { sentenceOf } from '../../kernel/errors.ts';
import { usdOf } from '../../kernel/money.ts';
import { ok, type Result } from '../../kernel/result.ts';
import type { CommandOf } from '../commands.ts';
import { each } from '../work.ts';
import { inDoubt, mayRestore, relaunchOf, savedFor } from './restores.ts';

/** By the same decision that restores; nothing is written. */
export const previewRestores = each(async (work, { input, actor }: CommandOf<'checkpoints.preview'>): Promise<Result<RestorePreview>> => {
  const { tx } = work;
  const saved = await savedFor(work, actor, input.id);
  if (!saved.ok) return saved;
  const { checkpoint, source } = saved.value;
  const may = await mayRestore(work, saved.value);
  const head = await tx.checkpoints.latestOf(source.id);
  const place = { epoch: checkpoint.epoch, sequence: checkpoint.eventSequence };
  const behind = await tx.agentEvents.after(source.id, place, eventsAfterLimit + 1);
  const spent = await tx.ledger.spentSince(source.id, checkpoint.createdAtMs);
  const effects = await tx.effects.ofAgent(source.id);
  return ok({
    checkpointId: checkpoint.id,
    agentId: source.id,
    agentState: source.state,
    epoch: source.epoch + 1,
    refusal: may.ok ? null : sentenceOf(may.error),
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
    relaunch: (await relaunchOf(work, source)).by,
  });
});
