'use client';
import { Field, Input, Select } from '@/ui/field';
import type { RepositoryForm } from './repository-form';

type Keys = 'healthCheck' | 'healthCheckSeconds' | 'quiesce' | 'quiesceSeconds';
type Bound = { value: string; onChange(e: { target: { value: string } }): void };

/** How a merge is put to use; without a health check it moves the branch, and that is all. */
export function ActivationFields({ of, form, error }: { of(key: Keys): Bound; form: RepositoryForm; error: string | undefined }) {
  const none = form.healthCheck.trim() === '';
  return (
    <fieldset className="flex flex-col gap-3 rounded-md border border-line p-3">
      <legend className="px-1 font-medium text-ink-2 text-xs">Putting a change to use</legend>
      <Field
        label="Health check (may be empty)"
        error={error}
        hint="Runs on the merged commit. If it fails, the change is rolled back by itself. Empty: a merge moves the branch, and that is all."
      >
        <Input {...of('healthCheck')} className="font-mono" placeholder="npm run smoke" spellCheck={false} />
      </Field>
      <div className="grid gap-3 sm:grid-cols-[1fr_120px_120px]">
        <Field label="Held still for it">
          <Select {...of('quiesce')} disabled={none}>
            <option value="proposer">The agent that proposes</option>
            <option value="subtree">It and all below it</option>
            <option value="session">Its whole session</option>
            <option value="none">Nobody</option>
          </Select>
        </Field>
        <Field label="Rest within, s">
          <Input {...of('quiesceSeconds')} disabled={none} inputMode="numeric" />
        </Field>
        <Field label="Check within, s">
          <Input {...of('healthCheckSeconds')} disabled={none} inputMode="numeric" />
        </Field>
      </div>
    </fieldset>
  );
}
