'use client';
import type { ProjectView } from '@reeve/core/vocabulary';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useProject, useProjectChanged } from '@/features/project/use-project';
import { useTRPC } from '@/trpc';
import { Button } from '@/ui/button';
import { Card, CardBody, CardHeader } from '@/ui/card';
import { ErrorLine, ErrorState } from '@/ui/error-state';
import { Field, Input, Select } from '@/ui/field';
import { SkeletonRows } from '@/ui/skeleton';
import { causeNames, causes, choices, configureOf, formOf, type RulesForm, rulesProblems, unchosen } from './rules-form';

/** What Reeve does by itself where an agent says nothing else: with orphans, and with old checkpoints. */
export function Rules() {
  const project = useProject();
  return (
    <Card aria-label="Rules" id="rules">
      <CardHeader title="Rules" hint="where an agent says nothing else" />
      {project.error && !project.data ? (
        <ErrorState error={project.error} title="The rules could not be loaded" onRetry={() => void project.refetch()} />
      ) : project.data ? (
        <RulesFields project={project.data} />
      ) : (
        <SkeletonRows rows={4} label="Loading rules" />
      )}
    </Card>
  );
}

function RulesFields({ project }: { project: ProjectView }) {
  const trpc = useTRPC();
  const changed = useProjectChanged();
  const [typed, setTyped] = useState<Partial<RulesForm>>({});
  const stored = formOf(project);
  const form = { ...stored, ...typed };
  const save = useMutation(
    trpc.project.configure.mutationOptions({
      // what was typed stays on screen until the project says the same
      onSuccess: () => changed().then(() => setTyped({})),
    }),
  );
  const problems = rulesProblems(form);
  const edited = (Object.keys(stored) as (keyof RulesForm)[]).some((k) => form[k] !== stored[k]);
  const why = !edited ? 'Nothing was changed.' : Object.keys(problems).length ? 'A value above is not valid.' : null;
  const of = <K extends keyof RulesForm>(key: K) => ({
    value: form[key],
    onChange: (e: { target: { value: string } }) => setTyped({ ...typed, [key]: e.target.value as RulesForm[K] }),
  });
  return (
    <CardBody className="flex flex-col gap-4">
      <fieldset className="flex flex-col gap-2">
        <legend className="mb-2 text-sm">
          What becomes of an agent when its parent … <span className="text-ink-3 text-xs">(one that is lost may come back)</span>
        </legend>
        <div className="grid grid-cols-2 gap-3 sm:grid-cols-4">
          {causes.map((c) => (
            <Field key={c} label={causeNames[c]}>
              <Select {...of(c)} data-testid={`on-parent-${c}`}>
                <option value="">Default: {unchosen[c]}</option>
                {choices.map(({ value, word }) => (
                  <option key={value} value={value}>
                    {word}
                  </option>
                ))}
              </Select>
            </Field>
          ))}
        </div>
      </fieldset>
      <fieldset className="flex flex-col gap-2">
        <legend className="mb-2 text-sm">
          Checkpoints kept of each agent <span className="text-ink-3 text-xs">the latest, and those of its newest cuts, always</span>
        </legend>
        <div className="grid grid-cols-2 gap-3 sm:grid-cols-4">
          <Field label="The newest" error={problems.keep}>
            <Input {...of('keep')} inputMode="numeric" className="text-right tabular-nums" />
          </Field>
          <Field label="And those younger than, h" error={problems.keepHours}>
            <Input {...of('keepHours')} inputMode="decimal" className="text-right tabular-nums" />
          </Field>
        </div>
      </fieldset>
      <div className="flex items-center justify-end gap-2">
        {edited && <Button onClick={() => setTyped({})}>Undo</Button>}
        <Button variant="primary" why={why} busy={save.isPending} onClick={() => save.mutate(configureOf(form))} data-testid="save-rules">
          Save rules
        </Button>
      </div>
      <ErrorLine error={save.error} />
    </CardBody>
  );
}
