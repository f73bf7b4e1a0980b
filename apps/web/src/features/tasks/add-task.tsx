'use client';
import { addTaskInput } from '@reeve/core/vocabulary';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTRPC } from '@/trpc';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ErrorLine } from '@/ui/error-state';
import { Field, Input, Textarea } from '@/ui/field';
import { KeyHint } from '@/ui/key-hint';
import { useKey } from '@/ui/keys';
import { DependsOn } from './depends-on';
import { readTaskForm, type TaskForm } from './task-form';

const empty: TaskForm = { title: '', body: '', priority: '0', labels: '', maxAttempts: '3', dependsOn: [] };

export function AddTask({
  open,
  onOpenChange,
  onAdded,
}: {
  open: boolean;
  onOpenChange(open: boolean): void;
  onAdded(taskId: string): void;
}) {
  return open ? <AddTaskForm onClose={() => onOpenChange(false)} onAdded={onAdded} /> : null;
}

function AddTaskForm({ onClose, onAdded }: { onClose(): void; onAdded(taskId: string): void }) {
  const trpc = useTRPC();
  const [form, setForm] = useState(empty);
  const [errors, setErrors] = useState<Record<string, string>>({});
  // one id a dialog: pressing twice, or again after a lost reply, adds one task
  const [requestId] = useState(() => crypto.randomUUID());
  const add = useMutation(
    trpc.tasks.add.mutationOptions({
      onSuccess: (task) => {
        onClose();
        onAdded(task.id);
      },
    }),
  );
  const set = (patch: Partial<TaskForm>) => setForm((f) => ({ ...f, ...patch }));
  const submit = (e?: FormEvent) => {
    e?.preventDefault();
    const read = readTaskForm(form, addTaskInput);
    setErrors(read.errors);
    if (read.input && !add.isPending) add.mutate({ ...read.input, requestId });
  };
  useKey('mod+Enter', () => submit(), { inDialog: true });
  return (
    <Dialog
      open
      onOpenChange={(o) => !o && onClose()}
      title="Add a task"
      description="Any agent of this project that asks for work may claim it."
      testId="add-task-dialog"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" type="submit" form="add-task" busy={add.isPending} data-testid="add-task-submit">
            Add task <KeyHint keys="mod+Enter" />
          </Button>
        </>
      }
    >
      <form id="add-task" onSubmit={submit} className="flex flex-col gap-4" noValidate>
        <Field label="Title" error={errors.title}>
          <Input
            autoFocus
            value={form.title}
            maxLength={500}
            onChange={(e) => set({ title: e.target.value })}
            placeholder="What is to be done, in a sentence"
          />
        </Field>
        <Field label="Details" hint="What the agent needs to know. Plain text." error={errors.body}>
          <Textarea rows={5} value={form.body} onChange={(e) => set({ body: e.target.value })} />
        </Field>
        <div className="grid gap-4 sm:grid-cols-3">
          <Field label="Priority" hint="Higher goes first" error={errors.priority}>
            <Input type="number" min={-1000} max={1000} value={form.priority} onChange={(e) => set({ priority: e.target.value })} />
          </Field>
          <Field label="Most attempts" hint="Then the dead letter" error={errors.maxAttempts}>
            <Input type="number" min={1} max={100} value={form.maxAttempts} onChange={(e) => set({ maxAttempts: e.target.value })} />
          </Field>
          <Field label="Labels" hint="Separated by commas" error={errors.labels}>
            <Input value={form.labels} onChange={(e) => set({ labels: e.target.value })} placeholder="bug, parser" />
          </Field>
        </div>
        <DependsOn chosen={form.dependsOn} onChange={(dependsOn) => set({ dependsOn })} error={errors.dependsOn} />
        <ErrorLine error={add.error} />
      </form>
    </Dialog>
  );
}
