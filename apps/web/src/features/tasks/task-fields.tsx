'use client';
import { Checkbox, Field, Input, Textarea } from '@/ui/field';
import type { FormErrors, TaskForm } from './task-form';

/** What a task is, for adding one and for changing one. */
export function TaskFields({ form, errors, onChange }: { form: TaskForm; errors: FormErrors; onChange(patch: Partial<TaskForm>): void }) {
  return (
    <>
      <Field label="Title" error={errors.title}>
        <Input
          autoFocus
          value={form.title}
          maxLength={500}
          onChange={(e) => onChange({ title: e.target.value })}
          placeholder="What is to be done, in a sentence"
        />
      </Field>
      <Field label="Details" hint="What the agent needs to know. Plain text." error={errors.body}>
        <Textarea rows={5} value={form.body} onChange={(e) => onChange({ body: e.target.value })} />
      </Field>
      <div className="grid gap-4 sm:grid-cols-3">
        <Field label="Priority" hint="Higher goes first" error={errors.priority}>
          <Input type="number" min={-1000} max={1000} value={form.priority} onChange={(e) => onChange({ priority: e.target.value })} />
        </Field>
        <Field label="Most attempts" hint="Then the dead letter" error={errors.maxAttempts}>
          <Input type="number" min={1} max={100} value={form.maxAttempts} onChange={(e) => onChange({ maxAttempts: e.target.value })} />
        </Field>
        <Field label="Labels" hint="Separated by commas" error={errors.labels}>
          <Input value={form.labels} onChange={(e) => onChange({ labels: e.target.value })} placeholder="bug, parser" />
        </Field>
      </div>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Needs" hint="What its agent must be able to do" error={errors.needs}>
          <Input value={form.needs} onChange={(e) => onChange({ needs: e.target.value })} placeholder="gpu, browser" />
        </Field>
        <Field label="Evidence" hint="Kinds of artefacts it must show" error={errors.evidence}>
          <Input value={form.evidence} onChange={(e) => onChange({ evidence: e.target.value })} placeholder="test-report, diff" />
        </Field>
      </div>
      <Checkbox
        label="A person must accept the work before it is done"
        checked={form.review}
        onChange={(e) => onChange({ review: e.target.checked })}
      />
    </>
  );
}
