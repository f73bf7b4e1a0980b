import { defaultLimits, type Limits } from '../agents/limits.ts';
import type { OnParentExit } from '../api/inputs.ts';
import { type CheckpointRetention, defaultRetention } from '../checkpoints/checkpoint.ts';
import type { PriceOverride } from '../costs/price-override.ts';
import type { ScopedBudget } from '../costs/scoped-budget.ts';
import type { EventOf, NewEvent } from '../kernel/events.ts';
import { err, ok, type Result } from '../kernel/result.ts';

/** What an operator decides for a whole project. One record a project, under the project's own id. */
export type ProjectSettings = {
  id: string;
  projectId: string;
  limits: Limits;
  /** What happens to an orphan whose own policy says nothing; null: the defaults of `orphanAction`. */
  onParentExit: OnParentExit | null;
  /** How many checkpoints of each agent are kept, and for how long; null: `defaultRetention`. */
  checkpoints: CheckpointRetention | null;
  /** The emergency stop under which nothing new may start, until an operator reopens the project. */
  haltedBy: string | null;
  /** Budgets of subtrees, sessions and the project, the oldest first; what stands against each is a record of its own. */
  budgets: readonly ScopedBudget[];
  /** What the project pays for models where that is not the list price, every version of it, the oldest first. */
  prices: readonly PriceOverride[];
};

/**
 * The settings of a project that was never configured: `defaultLimits`, no policy, and not halted.
 *
 * Use it where the store has no record of the project.
 *
 * @example
 * defaultSettings('prj_1').limits; // → defaultLimits
 * defaultSettings('prj_1').haltedBy; // → null
 */
export const defaultSettings = (projectId: string): ProjectSettings => ({
  id: projectId,
  projectId,
  limits: defaultLimits,
  onParentExit: null,
  checkpoints: null,
  haltedBy: null,
  budgets: [],
  prices: [],
});

/**
 * What changes, with before and after; nothing where nothing would. What is not named stays as it is.
 *
 * Use it with input that is validated already: it refuses nothing.
 *
 * @example
 * const settings = defaultSettings('prj_1');
 * decideConfigure(settings, { limits: { children: 5 } })[0].data.after.limits.children; // → 5
 * decideConfigure(settings, { limits: { children: defaultLimits.children } }); // → []
 * decideConfigure(settings, { checkpoints: { keep: 50 } })[0].data.after.checkpoints; // → { keep: 50, keepForMs: 0 }
 */
export function decideConfigure(
  settings: ProjectSettings,
  wanted: {
    limits?: Partial<Limits> | undefined;
    onParentExit?: OnParentExit | null | undefined;
    checkpoints?: Partial<CheckpointRetention> | undefined;
  },
): NewEvent[] {
  const limits = { ...settings.limits, ...withoutUndefined(wanted.limits ?? {}) };
  const onParentExit = wanted.onParentExit === undefined ? settings.onParentExit : wanted.onParentExit;
  const kept = settings.checkpoints ?? defaultRetention;
  const checkpoints = { ...kept, ...withoutUndefined(wanted.checkpoints ?? {}) };
  const before = { limits: settings.limits, onParentExit: settings.onParentExit, ...(wanted.checkpoints && { checkpoints: kept }) };
  const after = { limits, onParentExit, ...(wanted.checkpoints && { checkpoints }) };
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  return [about('project.configured', settings, { before, after })];
}
const withoutUndefined = <T extends object>(some: T): T =>
  Object.fromEntries(Object.entries(some).filter(([, value]) => value !== undefined)) as T;

/**
 * Ends the halt that an emergency stop put on the project. The stop itself goes on, and stays as it is recorded; not
 * before each of its members is fenced by itself, since until then the halt is what fences them (`enlisting`).
 * Refuses with `illegal_transition` then, and where nothing is halted.
 *
 * Use it for what an operator asks; no loop ends a halt by itself.
 *
 * @example
 * const halted = { ...defaultSettings('prj_1'), haltedBy: 'stp_1' };
 * const reopened = { type: 'project.reopened', subjectId: 'prj_1', data: { stopId: 'stp_1', reason: 'fixed' } };
 * decideReopen(halted, false, 'fixed'); // → ok([reopened])
 * decideReopen(halted, true, 'fixed').ok; // → false
 * decideReopen(defaultSettings('prj_1'), false, 'fixed').ok; // → false
 */
export function decideReopen(settings: ProjectSettings, enlisting: boolean, reason: string): Result<NewEvent[]> {
  if (settings.haltedBy === null)
    return err({ code: 'illegal_transition', kind: 'project', id: settings.id, from: 'open', to: 'open again' });
  if (enlisting) return err({ code: 'illegal_transition', kind: 'project', id: settings.id, from: 'being stopped', to: 'open' });
  return ok([about('project.reopened', settings, { stopId: settings.haltedBy, reason })]);
}

const about = <T extends NewEvent['type']>(type: T, s: ProjectSettings, data: EventOf<T>['data']): NewEvent =>
  ({ type, subjectId: s.id, data }) as unknown as NewEvent;

/**
 * Applies one fact; one that is not about the settings leaves them as they are.
 *
 * Use it to fold facts into the record that the same transaction stores.
 *
 * @example
 * const halted = evolveSettings(defaultSettings('p'), { type: 'project.halted', subjectId: 'p', data: { stopId: 's', reason: '' } });
 * halted.haltedBy; // → 's'
 */
export function evolveSettings(settings: ProjectSettings, event: NewEvent): ProjectSettings {
  switch (event.type) {
    case 'project.configured':
      return { ...settings, ...event.data.after };
    case 'project.halted':
      return { ...settings, haltedBy: event.data.stopId };
    case 'project.reopened':
      return { ...settings, haltedBy: null };
    default:
      return settings;
  }
}
