import type { NewEvent } from '../../kernel/events.ts';
import { ok, type Result } from '../../kernel/result.ts';
import { decideConfigure, decideReopen, evolveSettings, type ProjectSettings } from '../../project/project-settings.ts';
import type { Actor, CommandOf, CommandOutput } from '../commands.ts';
import { actorName, each, settingsOf, type Work } from '../work.ts';
import { acceptStop, repeatStop } from './stops.ts';

function apply({ tx }: Work, settings: ProjectSettings, events: readonly NewEvent[], actor: Actor): void {
  let next = settings;
  for (const e of events) {
    next = evolveSettings(next, e);
    tx.append(e, actorName(actor));
  }
  if (next !== settings) tx.settings.put(next);
}

/**
 * The emergency stop: one fence over everything that lives, one receipt for all, and no new agent until the project is
 * reopened. Asked again while it is under way it gets stronger; nothing can have started meanwhile.
 */
export const stopProject = each(
  async (work, { input, actor }: CommandOf<'project.stop'>): Promise<Result<CommandOutput<'project.stop'>>> => {
    const { tx } = work;
    const settings = await settingsOf(work);
    const before = settings.haltedBy ? await tx.stops.get(settings.haltedBy) : undefined;
    if (before?.state === 'stopping') return ok(await repeatStop(work, before, null, input, actor));
    // done, and nothing could start since: the same request once more, not another stop of nobody (I-STOP-2)
    if (before && (await tx.agents.liveTree(null)).length === 0) return ok(await repeatStop(work, before, null, input, actor));
    const accepted = await acceptStop(work, null, input, actor);
    const halted: NewEvent = {
      type: 'project.halted',
      subjectId: tx.projectId,
      data: { stopId: accepted.stopId ?? '', reason: input.reason },
    };
    apply(work, settings, [halted], actor);
    return ok(accepted);
  },
);

export const reopenProject = each(
  async (work, { input, actor }: CommandOf<'project.reopen'>): Promise<Result<CommandOutput<'project.reopen'>>> => {
    const settings = await settingsOf(work);
    const stop = settings.haltedBy ? await work.tx.stops.get(settings.haltedBy) : undefined;
    const decided = decideReopen(settings, stop?.enlisting ?? false, input.reason);
    if (!decided.ok) return decided;
    apply(work, settings, decided.value, actor);
    return ok({});
  },
);

export const configureProject = each(
  async (work, { input, actor }: CommandOf<'project.configure'>): Promise<Result<CommandOutput<'project.configure'>>> => {
    const settings = await settingsOf(work);
    apply(work, settings, decideConfigure(settings, input), actor);
    return ok({});
  },
);
