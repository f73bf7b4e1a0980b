import type { addTaskInput, editTaskInput, TaskView } from '@reeve/core/vocabulary';

export type TaskForm = {
  title: string;
  body: string;
  priority: string;
  labels: string;
  maxAttempts: string;
  needs: string;
  review: boolean;
  evidence: string;
  dependsOn: string[];
};
export const emptyForm: TaskForm = {
  title: '',
  body: '',
  priority: '0',
  labels: '',
  maxAttempts: '3',
  needs: '',
  review: false,
  evidence: '',
  dependsOn: [],
};
/** What stands in the form for a task that is there; what it waits for is changed elsewhere. */
export const formOf = (task: TaskView): TaskForm => ({
  title: task.title,
  body: task.body ?? '',
  priority: String(task.priority),
  labels: task.labels.join(', '),
  maxAttempts: String(task.maxAttempts),
  needs: task.needs.join(', '),
  review: task.gate?.review ?? false,
  evidence: (task.gate?.evidence ?? []).join(', '),
  dependsOn: [...task.dependsOn],
});

export type FormErrors = Record<string, string>;
type Read<S extends { parse(v: unknown): unknown }> = { input: ReturnType<S['parse']> | null; errors: FormErrors };

const number = (text: string) => (text.trim() === '' ? Number.NaN : Number(text));
const list = (text: string) => [
  ...new Set(
    text
      .split(',')
      .map((l) => l.trim())
      .filter(Boolean),
  ),
];
const common = (form: TaskForm) => ({
  title: form.title,
  priority: number(form.priority),
  maxAttempts: number(form.maxAttempts),
  labels: list(form.labels),
  needs: list(form.needs),
  review: form.review,
  evidence: list(form.evidence),
});

/** The form's text as the input of `tasks.add`, or what is wrong with which field. */
export function readTaskForm(form: TaskForm, schema: typeof addTaskInput, parentId?: string): Read<typeof addTaskInput> {
  const body = form.body.trim() ? form.body : undefined;
  return answer(schema.safeParse({ ...common(form), body, dependsOn: form.dependsOn, parentId }));
}
/** The same as the input of `tasks.edit`: the fields that were changed, nothing where none was. */
export function readTaskEdit(task: TaskView, form: TaskForm, schema: typeof editTaskInput): Read<typeof editTaskInput> {
  const before = formOf(task);
  const after = { ...common(form), body: form.body.trim() ? form.body : null };
  const isChanged = (field: keyof typeof after) => before[field] !== form[field];
  const changed = Object.fromEntries(Object.entries(after).filter(([field]) => isChanged(field as keyof typeof after)));
  return answer(schema.safeParse({ id: task.id, ...changed }));
}
function answer<I>(read: { success: true; data: I } | { success: false; error: { issues: { path: PropertyKey[]; message: string }[] } }): {
  input: I | null;
  errors: FormErrors;
} {
  if (read.success) return { input: read.data, errors: {} };
  const errors: FormErrors = {};
  for (const issue of read.error.issues) errors[String(issue.path[0])] ??= words[String(issue.path[0])] ?? issue.message;
  return { input: null, errors };
}
const words: FormErrors = {
  title: 'A task needs a title of at most 500 characters.',
  body: 'At most 100,000 characters.',
  priority: 'A whole number from −1000 to 1000.',
  maxAttempts: 'A whole number from 1 to 100.',
  labels: 'At most 32 labels of at most 64 characters each.',
  needs: 'At most 32 abilities of at most 64 characters each.',
  evidence: 'At most 16 kinds of at most 64 characters each.',
  dependsOn: 'At most 100 tasks.',
};
