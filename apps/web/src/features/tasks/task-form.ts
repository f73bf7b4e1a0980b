import type { addTaskInput } from '@reeve/core/vocabulary';

export type TaskForm = { title: string; body: string; priority: string; labels: string; maxAttempts: string; dependsOn: string[] };
type Input = ReturnType<typeof addTaskInput.parse>;

/** The form's text as the input of `tasks.add`, or what is wrong with which field. */
export function readTaskForm(form: TaskForm, schema: typeof addTaskInput): { input: Input | null; errors: Record<string, string> } {
  const number = (text: string) => (text.trim() === '' ? Number.NaN : Number(text));
  const labels = [
    ...new Set(
      form.labels
        .split(',')
        .map((l) => l.trim())
        .filter(Boolean),
    ),
  ];
  const read = schema.safeParse({
    title: form.title,
    body: form.body.trim() ? form.body : undefined,
    priority: number(form.priority),
    maxAttempts: number(form.maxAttempts),
    labels,
    dependsOn: form.dependsOn,
  });
  if (read.success) return { input: read.data, errors: {} };
  const errors: Record<string, string> = {};
  for (const issue of read.error.issues) errors[String(issue.path[0])] ??= words[String(issue.path[0])] ?? issue.message;
  return { input: null, errors };
}
const words: Record<string, string> = {
  title: 'A task needs a title of at most 500 characters.',
  body: 'At most 100,000 characters.',
  priority: 'A whole number from −1000 to 1000.',
  maxAttempts: 'A whole number from 1 to 100.',
  labels: 'At most 32 labels of at most 64 characters each.',
  dependsOn: 'At most 100 tasks.',
};
