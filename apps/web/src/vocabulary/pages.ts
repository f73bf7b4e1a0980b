/** The pages of the rail, in order; `key` follows `g`. */
export const pages = [
  { id: 'overview', href: '/', label: 'Overview', key: 'o', question: 'What needs me?' },
  { id: 'agents', href: '/agents', label: 'Agents', key: 'a', question: 'Who runs under whom?' },
  { id: 'tasks', href: '/tasks', label: 'Tasks', key: 't', question: 'What is being done?' },
  { id: 'costs', href: '/costs', label: 'Costs', key: 'c', question: 'Where does the money go?' },
  { id: 'approvals', href: '/approvals', label: 'Approvals', key: 'p', question: 'What wants to change?' },
  { id: 'activity', href: '/activity', label: 'Activity', key: 'l', question: 'What happened?' },
  { id: 'settings', href: '/settings', label: 'Settings', key: 's', question: 'Who may do what?' },
] as const;
export type PageId = (typeof pages)[number]['id'];

/** Where somebody comes in: nothing of the project is there yet. */
export const isBare = (path: string): boolean => path === '/sign-in' || path === '/join';
