'use client';
import type { LimitName, LimitUse } from '@reeve/core/vocabulary';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { limitWords, shareOf, toneOf } from '@/features/project/limit-words';
import { Bar } from '@/features/project/limits-card';
import { useProject, useProjectChanged } from '@/features/project/use-project';
import { useTRPC } from '@/trpc';
import { Button } from '@/ui/button';
import { Card, CardBody, CardHeader } from '@/ui/card';
import { ErrorLine, ErrorState } from '@/ui/error-state';
import { Field, Input } from '@/ui/field';
import { SkeletonRows } from '@/ui/skeleton';
import { Badge } from '@/ui/state-mark';
import { formatCount } from '@/vocabulary/format';
import { limitProblem } from './limit-form';

/** What bounds trees that grow by themselves, beside what is used of it now. */
export function Limits() {
  const project = useProject();
  const limits = project.data?.limits;
  return (
    <Card aria-label="Limits" id="limits">
      <CardHeader title="Limits" hint="a registration beyond one is refused and says which" />
      {project.error && !limits ? (
        <ErrorState error={project.error} title="The limits could not be loaded" onRetry={() => void project.refetch()} />
      ) : limits ? (
        <LimitsForm limits={limits} />
      ) : (
        <SkeletonRows rows={7} label="Loading limits" />
      )}
    </Card>
  );
}

function LimitsForm({ limits }: { limits: LimitUse[] }) {
  const trpc = useTRPC();
  const changed = useProjectChanged();
  const [typed, setTyped] = useState<Partial<Record<LimitName, string>>>({});
  const save = useMutation(
    trpc.project.configure.mutationOptions({
      // what was typed stays on screen until the project says the same
      onSuccess: () => changed().then(() => setTyped({})),
    }),
  );
  const edits = limits.filter((l) => typed[l.name] !== undefined && typed[l.name] !== String(l.max));
  const problems = edits.filter((l) => limitProblem(l.name, typed[l.name] ?? ''));
  const why = edits.length === 0 ? 'Nothing was changed.' : problems.length ? 'A value above is not valid.' : null;
  return (
    <CardBody className="flex flex-col gap-3">
      <ul className="flex flex-col gap-2">
        {limits.map((l) => {
          const value = typed[l.name] ?? String(l.max);
          const problem = limitProblem(l.name, value);
          return (
            <li key={l.name} className="grid items-center gap-x-4 gap-y-1 sm:grid-cols-[minmax(0,1fr)_140px_120px]">
              <span className="text-sm">
                {limitWords[l.name].name} <span className="text-ink-3 text-xs">{limitWords[l.name].meaning}</span>
              </span>
              <span className="flex flex-col gap-1 text-ink-3 text-xs tabular-nums">
                <span className="flex items-center gap-2">
                  {formatCount(l.used)} used
                  {shareOf(l) >= 1 && <Badge tone={toneOf(l)}>full</Badge>}
                </span>
                <Bar limit={l} />
              </span>
              <Field label={limitWords[l.name].name} hideLabel error={problem}>
                <Input
                  inputMode="numeric"
                  className="text-right tabular-nums"
                  value={value}
                  onChange={(e) => setTyped({ ...typed, [l.name]: e.target.value })}
                />
              </Field>
            </li>
          );
        })}
      </ul>
      <div className="flex items-center justify-end gap-2">
        {edits.length > 0 && <Button onClick={() => setTyped({})}>Undo</Button>}
        <Button
          variant="primary"
          why={why}
          busy={save.isPending}
          onClick={() => save.mutate({ limits: Object.fromEntries(edits.map((l) => [l.name, Number(typed[l.name])])) })}
          data-testid="save-limits"
        >
          Save limits
        </Button>
      </div>
      <ErrorLine error={save.error} />
    </CardBody>
  );
}
