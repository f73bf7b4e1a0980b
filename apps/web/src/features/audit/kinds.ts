/** What the filter offers, by how the names of decisions begin. */
export const kinds = [
  { begins: '', word: 'Everything' },
  { begins: 'agents.', word: 'Agents' },
  { begins: 'changes.', word: 'Changes' },
  { begins: 'budgets.', word: 'Budgets' },
  { begins: 'tasks.', word: 'Tasks' },
  { begins: 'locks.', word: 'Locks' },
  { begins: 'project.', word: 'Project' },
  { begins: 'repositories.', word: 'Repositories' },
  { begins: 'session.', word: 'Sign-ins' },
  { begins: 'people.', word: 'People' },
  { begins: 'account.', word: 'Passwords and second factors' },
  { begins: 'tokens.', word: 'Tokens' },
] as const;
