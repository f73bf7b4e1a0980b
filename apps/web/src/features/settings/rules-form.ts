import type { OnParentExit, ProjectView } from '@reeve/core/vocabulary';

export type Cause = keyof OnParentExit;
export const causes = ['completed', 'failed', 'stopped', 'lost'] as const satisfies readonly Cause[];
/** How a parent left its children, as the form asks. */
export const causeNames: Record<Cause, string> = {
  completed: 'has completed',
  failed: 'has failed',
  stopped: 'was stopped',
  lost: 'is lost',
};
/** What holds where nobody chose (I-ORPH-5): an orphan of a lost parent waits, since a heartbeat would bring the parent back. */
export const unchosen: Record<Cause, 'stop it' | 'leave it'> = {
  completed: 'stop it',
  failed: 'stop it',
  stopped: 'stop it',
  lost: 'leave it',
};
export type Choice = 'stop' | 'reparent' | 'ignore' | '';
export const choices: readonly { value: Exclude<Choice, ''>; word: string }[] = [
  { value: 'stop', word: 'Stop it' },
  { value: 'reparent', word: 'Move it up' },
  { value: 'ignore', word: 'Leave it' },
];

/** The rules as one types them; an empty choice is the default. */
export type RulesForm = Record<Cause, Choice> & { keep: string; keepHours: string };
const hourMs = 3_600_000;

export function formOf(project: Pick<ProjectView, 'onParentExit' | 'checkpoints'>): RulesForm {
  const own = project.onParentExit;
  return {
    completed: own?.completed ?? '',
    failed: own?.failed ?? '',
    stopped: own?.stopped ?? '',
    lost: own?.lost ?? '',
    keep: String(project.checkpoints.keep),
    keepHours: String(project.checkpoints.keepForMs / hourMs),
  };
}

/** What is wrong, by field. */
export function rulesProblems(form: RulesForm): { keep?: string; keepHours?: string } {
  const keep = /^\d{1,4}$/.test(form.keep.trim()) ? Number(form.keep) : 0;
  const hours = /^\d{1,5}(\.\d{1,3})?$/.test(form.keepHours.trim()) ? Number(form.keepHours) : -1;
  return {
    ...((keep < 1 || keep > 1_000) && { keep: '1 to 1,000' }),
    ...((hours < 0 || hours > 8_760) && { keepHours: '0 to 8,760' }),
  };
}

/** What `project.configure` is asked for; valid where `rulesProblems` finds nothing. Null: all of the policy back to the default. */
export function configureOf(form: RulesForm): {
  onParentExit: OnParentExit | null;
  checkpoints: { keep: number; keepForMs: number };
} {
  const chosen = Object.fromEntries(causes.flatMap((c) => (form[c] === '' ? [] : [[c, form[c]]]))) as OnParentExit;
  return {
    onParentExit: Object.keys(chosen).length ? chosen : null,
    checkpoints: { keep: Number(form.keep), keepForMs: Math.round(Number(form.keepHours) * hourMs) },
  };
}
