/** Filters by type, as the operator thinks of them. A prefix ends with a dot: the server then takes every type under it. */
export const eventGroups = [
  { value: '', label: 'Everything' },
  { value: 'agent.', label: 'Agents' },
  { value: 'stop.', label: 'Stops' },
  { value: 'task.', label: 'Tasks' },
  { value: 'change.', label: 'Changes' },
  { value: 'cost.', label: 'Costs' },
  { value: 'budget.', label: 'Budgets' },
  { value: 'lock.', label: 'Locks' },
  { value: 'barrier.', label: 'Barriers' },
  { value: 'checkpoint.', label: 'Checkpoints' },
  { value: 'orphans.', label: 'Orphans' },
  { value: 'runner.', label: 'Runners' },
  { value: 'repository.', label: 'Repositories' },
] as const;

/** Where the subject of an event is shown; null where it has no page of its own. */
export function hrefOf(subjectKind: string, subjectId: string): string | null {
  const id = encodeURIComponent(subjectId);
  switch (subjectKind) {
    case 'agent':
      return `/agents?agent=${id}`;
    case 'task':
      return `/tasks?task=${id}`;
    case 'change':
      return `/approvals/${id}`;
    case 'stop':
      return `/stops/${id}`;
    case 'lock':
    case 'barrier':
      return '/activity?view=locks';
    case 'budget':
      return '/costs';
    case 'repository':
      return '/settings';
    default:
      return null;
  }
}

const actors: Record<string, string> = {
  person: 'a person',
  project: 'the project token',
  agent: 'an agent',
  runner: 'a runner',
  system: 'the supervisor',
};

/** `agent:agt_1` → what kind of actor and which. */
export function actorOf(actor: string): { kind: string; id: string | null; words: string } {
  const at = actor.indexOf(':');
  const kind = at < 0 ? actor : actor.slice(0, at);
  return { kind, id: at < 0 ? null : actor.slice(at + 1), words: actors[kind] ?? kind };
}
