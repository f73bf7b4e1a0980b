'use client';
import { editTaskInput, type TaskView } from '@reeve/core/vocabulary';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTRPC } from '@/trpc';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ErrorLine } from '@/ui/error-state';
import { KeyHint } from '@/ui/key-hint';
import { useKey } from '@/ui/keys';
import { TaskFields } from './task-fields';
import { type FormErrors, formOf, readTaskEdit, type TaskForm } from './task-form';

/** Changes a task that is neither done nor cancelled. What others changed meanwhile stays, unless this form changed it too. */
export function EditTask({ task, onClose }: { task: TaskView; onClose(): void }) {
  const trpc = useTRPC();
  const [before] = useState(task);
  const [form, setForm] = useState(() => formOf(task));
  const [errors, setErrors] = useState<FormErrors>({});
  const edit = useMutation(trpc.tasks.edit.mutationOptions({ onSuccess: onClose }));
  const submit = (e?: FormEvent) => {
    e?.preventDefault();
    const read = readTaskEdit(before, form, editTaskInput);
    setErrors(read.errors);
    if (read.input && !edit.isPending) edit.mutate(read.input);
  };
  useKey('mod+Enter', () => submit(), { inDialog: true });
  return (
    <Dialog
      open
      onOpenChange={(o) => !o && onClose()}
      title="Edit the task"
      description="Whoever holds it goes on with it; the gate counts when it is handed in."
      testId="edit-task-dialog"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" type="submit" form="edit-task" busy={edit.isPending} data-testid="edit-task-submit">
            Save <KeyHint keys="mod+Enter" />
          </Button>
        </>
      }
    >
      <form id="edit-task" onSubmit={submit} className="flex flex-col gap-4" noValidate>
        <TaskFields form={form} errors={errors} onChange={(patch: Partial<TaskForm>) => setForm((f) => ({ ...f, ...patch }))} />
        <ErrorLine error={edit.error} />
      </form>
    </Dialog>
  );
}
