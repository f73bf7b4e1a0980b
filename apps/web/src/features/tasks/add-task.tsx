'use client';
import { addTaskInput, type TaskView } from '@reeve/core/vocabulary';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTRPC } from '@/trpc';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ErrorLine } from '@/ui/error-state';
import { KeyHint } from '@/ui/key-hint';
import { useKey } from '@/ui/keys';
import { DependsOn } from './depends-on';
import { TaskFields } from './task-fields';
import { emptyForm, type FormErrors, readTaskForm, type TaskForm } from './task-form';

type Props = {
  open: boolean;
  onOpenChange(open: boolean): void;
  onAdded(taskId: string): void;
  /** The task that the new one is a part of. */
  parent?: Pick<TaskView, 'id' | 'title'>;
};
export function AddTask({ open, onOpenChange, ...rest }: Props) {
  return open ? <AddTaskForm onClose={() => onOpenChange(false)} {...rest} /> : null;
}

function AddTaskForm({ onClose, onAdded, parent }: { onClose(): void } & Pick<Props, 'onAdded' | 'parent'>) {
  const trpc = useTRPC();
  const [form, setForm] = useState(emptyForm);
  const [errors, setErrors] = useState<FormErrors>({});
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
    const read = readTaskForm(form, addTaskInput, parent?.id);
    setErrors(read.errors);
    if (read.input && !add.isPending) add.mutate({ ...read.input, requestId });
  };
  useKey('mod+Enter', () => submit(), { inDialog: true });
  return (
    <Dialog
      open
      onOpenChange={(o) => !o && onClose()}
      title={parent ? 'Add a sub-task' : 'Add a task'}
      description={
        parent
          ? `A part of “${parent.title}”, which is done once all its parts are.`
          : 'Any agent of this project that asks for work may claim it.'
      }
      testId="add-task-dialog"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" type="submit" form="add-task" busy={add.isPending} data-testid="add-task-submit">
            {parent ? 'Add sub-task' : 'Add task'} <KeyHint keys="mod+Enter" />
          </Button>
        </>
      }
    >
      <form id="add-task" onSubmit={submit} className="flex flex-col gap-4" noValidate>
        <TaskFields form={form} errors={errors} onChange={set} />
        <DependsOn chosen={form.dependsOn} onChange={(dependsOn) => set({ dependsOn })} error={errors.dependsOn} />
        <ErrorLine error={add.error} />
      </form>
    </Dialog>
  );
}
