'use client';
import { registerRepositoryInput } from '@reeve/core/vocabulary';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTRPC } from '@/trpc';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ErrorLine } from '@/ui/error-state';
import { Field, Input, Select, Textarea } from '@/ui/field';
import { useKey } from '@/ui/keys';
import { ActivationFields } from './activation-fields';
import { emptyRepository, readRepositoryForm } from './repository-form';

export function RegisterRepository({ onClose, onRegistered }: { onClose(): void; onRegistered(): void }) {
  const trpc = useTRPC();
  const [form, setForm] = useState(emptyRepository);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const register = useMutation(trpc.repositories.register.mutationOptions({ onSuccess: onRegistered }));
  const submit = (e?: FormEvent) => {
    e?.preventDefault();
    const read = readRepositoryForm(form, registerRepositoryInput);
    setErrors(read.errors);
    if (read.input && !register.isPending) register.mutate(read.input);
  };
  useKey('mod+Enter', () => submit(), { inDialog: true });
  const of = (key: keyof typeof form): { value: string } & { onChange(e: { target: { value: string } }): void } => ({
    value: form[key],
    onChange: (e) => setForm((f) => ({ ...f, [key]: e.target.value })),
  });
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title="Register a repository"
      description="Changes are checked in a clone of the supervisor’s own, with exactly these commands."
      testId="register-repository-dialog"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" type="submit" form="register-repository" busy={register.isPending}>
            Register
          </Button>
        </>
      }
    >
      <form id="register-repository" onSubmit={submit} noValidate className="flex flex-col gap-4">
        <div className="grid gap-4 sm:grid-cols-[1fr_160px]">
          <Field label="Name" error={errors.name}>
            <Input autoFocus {...of('name')} placeholder="tool-library" />
          </Field>
          <Field label="Branch" error={errors.branch}>
            <Input {...of('branch')} />
          </Field>
        </div>
        <Field label="Path" hint="Of the git repository, on the machine of the runner." error={errors.path}>
          <Input {...of('path')} className="font-mono" placeholder="/home/me/tool-library" spellCheck={false} />
        </Field>
        <fieldset className="flex flex-col gap-3 rounded-md border border-line p-3">
          <legend className="px-1 font-medium text-ink-2 text-xs">Gates: commands run at the root of the clone</legend>
          <Field label="Tests" error={errors.gates} hint="Must end with another exit code than 0 when a test fails.">
            <Input {...of('test')} className="font-mono" placeholder="npx vitest run" spellCheck={false} />
          </Field>
          <div className="grid gap-3 sm:grid-cols-2">
            <Field label="Type check (may be empty)">
              <Input {...of('typecheck')} className="font-mono" placeholder="npx tsc --noEmit" spellCheck={false} />
            </Field>
            <Field label="Lint (may be empty)">
              <Input {...of('lint')} className="font-mono" placeholder="npx biome check ." spellCheck={false} />
            </Field>
          </div>
        </fieldset>
        <Field
          label="Layers (may be empty)"
          error={errors.layers}
          hint="One rule a line: layer, space, pattern. 1 core reasoning (nobody’s agent may change it) · 2 orchestration · 3 agents · 4 tools. The last rule that fits wins."
        >
          <Textarea {...of('layers')} rows={4} className="font-mono" placeholder={'1 src/core/**\n4 src/tools/**'} spellCheck={false} />
        </Field>
        <fieldset className="flex flex-col gap-3 rounded-md border border-line p-3">
          <legend className="px-1 font-medium text-ink-2 text-xs">Rules: what a change needs besides its gates</legend>
          <div className="grid gap-3 sm:grid-cols-2">
            <Field label="Who approves">
              <Select {...of('fourEyes')}>
                <option value="off">One person</option>
                <option value="high">Two people from High up</option>
                <option value="always">Two people</option>
              </Select>
            </Field>
            <Field label="The agent above the proposer">
              <Select {...of('parentFirst')}>
                <option value="">may endorse</option>
                <option value="yes">must endorse first</option>
              </Select>
            </Field>
            <Field label="Gates are shut in at least by">
              <Select {...of('minimumIsolation')}>
                <option value="process-group">A process group</option>
                <option value="namespaces">Namespaces, without a network</option>
                <option value="bubblewrap">Bubblewrap</option>
              </Select>
            </Field>
            <Field label="Memory of a gate in MiB (may be empty)" error={errors.rules}>
              <Input {...of('memoryMiB')} inputMode="numeric" placeholder="2048" />
            </Field>
          </div>
        </fieldset>
        <ActivationFields of={of} form={form} error={errors.activation} />
        <ErrorLine error={register.error} />
      </form>
    </Dialog>
  );
}
