'use client';
import { budgetActions, type ScopedBudgetView } from '@reeve/core/vocabulary';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useLiveStore } from '@/live';
import { useTRPC } from '@/trpc';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ErrorLine } from '@/ui/error-state';
import { Field, Input, Select } from '@/ui/field';
import { scopeWords } from './scoped-budget';

type Scope = ScopedBudgetView['scope'];
type Action = ScopedBudgetView['action'];
const actionWords: Record<Action, string> = {
  deny: 'Refuse what costs more',
  pause: 'Refuse, and pause all below it',
  stop: 'Refuse, and stop all below it',
};
const shown = (usd: string | null): string => (usd === null ? '' : usd.replace(/(\.\d\d\d*?)0+$/, '$1'));
const wanted = (text: string): string | null => (text.trim() === '' ? null : text.trim());

/** Makes a budget, or changes one: whose it is and how it counts stay as they were made. */
export function BudgetDialog({ budget, onClose, onDone }: { budget: ScopedBudgetView | null; onClose(): void; onDone(): void }) {
  const trpc = useTRPC();
  const store = useLiveStore();
  const [name, setName] = useState(budget?.name ?? '');
  const [scope, setScope] = useState<Scope>(budget?.scope ?? 'project');
  const [agentId, setAgentId] = useState(budget?.agentId ?? '');
  const [period, setPeriod] = useState<'total' | 'day'>(budget?.period ?? 'total');
  const [soft, setSoft] = useState(shown(budget?.softUsd ?? null));
  const [hard, setHard] = useState(shown(budget?.hardUsd ?? null));
  const [action, setAction] = useState<Action>(budget?.action ?? 'deny');
  const [reason, setReason] = useState('');
  const create = useMutation(trpc.budgets.create.mutationOptions({ onSuccess: onDone }));
  const edit = useMutation(trpc.budgets.edit.mutationOptions({ onSuccess: onDone }));
  const remove = useMutation(trpc.budgets.remove.mutationOptions({ onSuccess: onDone }));
  const agents = [...store.agents.values()].filter((a) => (scope === 'session' ? a.parentId === null : true)).slice(0, 1000);
  const submit = (e: FormEvent) => {
    e.preventDefault();
    const limits = { name: name.trim(), softUsd: wanted(soft), hardUsd: wanted(hard), action, reason };
    if (budget) edit.mutate({ id: budget.budgetId, ...limits });
    else create.mutate({ ...limits, scope, period, ...(scope !== 'project' && { agentId }) });
  };
  const isMade = budget !== null;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={isMade ? `The budget ${budget.name}` : 'Add a budget'}
      description="What is reported is always counted. A hard limit refuses reservations and new agents; the tightest of all budgets above decides."
      testId="budget-dialog"
      footer={
        <>
          {isMade && (
            <Button
              variant="danger"
              className="mr-auto"
              busy={remove.isPending}
              onClick={() => remove.mutate({ id: budget.budgetId, reason })}
            >
              Remove
            </Button>
          )}
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="primary"
            type="submit"
            form="budget"
            busy={create.isPending || edit.isPending}
            why={
              !name.trim()
                ? 'It needs a name.'
                : scope !== 'project' && !agentId
                  ? 'Choose whose it is.'
                  : !soft.trim() && !hard.trim() && 'A soft or a hard limit is wanted.'
            }
          >
            {isMade ? 'Change' : 'Add'}
          </Button>
        </>
      }
    >
      <form id="budget" onSubmit={submit} noValidate className="flex flex-col gap-4">
        <Field label="Name">
          <Input autoFocus value={name} onChange={(e) => setName(e.target.value)} placeholder="Each day" />
        </Field>
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label="Of">
            <Select value={scope} disabled={isMade} onChange={(e) => setScope(e.target.value as Scope)}>
              <option value="project">The project</option>
              <option value="session">A session</option>
              <option value="subtree">An agent with all below it</option>
            </Select>
          </Field>
          <Field label="Counts">
            <Select value={period} disabled={isMade} onChange={(e) => setPeriod(e.target.value as 'total' | 'day')}>
              <option value="total">For ever</option>
              <option value="day">Each day anew, from 0:00 UTC</option>
            </Select>
          </Field>
        </div>
        {scope !== 'project' && (
          <Field label={scope === 'session' ? 'Session' : 'Agent'}>
            <Select
              value={agentId}
              disabled={isMade}
              onChange={(e) => setAgentId(e.target.value)}
              className="w-full"
              wrapClassName="w-full"
            >
              <option value="">Choose…</option>
              {isMade && <option value={agentId}>{budget.agentName ?? agentId}</option>}
              {!isMade &&
                agents.map((a) => (
                  <option key={a.id} value={a.id}>
                    {a.name} · {a.id}
                  </option>
                ))}
            </Select>
          </Field>
        )}
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label="Soft limit in USD" hint="Tells once when it is reached.">
            <Input inputMode="decimal" value={soft} onChange={(e) => setSoft(e.target.value)} placeholder="none" />
          </Field>
          <Field label="Hard limit in USD" hint="Is not passed by anything that asks first.">
            <Input inputMode="decimal" value={hard} onChange={(e) => setHard(e.target.value)} placeholder="none" />
          </Field>
        </div>
        <Field
          label="When the hard limit is reached"
          hint={
            action === 'stop' && scope === 'project'
              ? 'As the emergency stop: reopen the project to start again.'
              : `For ${scopeWords[scope]}.`
          }
        >
          <Select value={action} onChange={(e) => setAction(e.target.value as Action)}>
            {budgetActions.map((a) => (
              <option key={a} value={a}>
                {actionWords[a]}
              </option>
            ))}
          </Select>
        </Field>
        <Field label="Reason" hint="Stands in the audit log with who, when, and what was before.">
          <Input value={reason} onChange={(e) => setReason(e.target.value)} />
        </Field>
        <ErrorLine error={create.error ?? edit.error ?? remove.error} />
      </form>
    </Dialog>
  );
}
