import type { Random } from './random.ts';

/** What the agents of the scenarios are called and busy with: plausible, short, and different enough to tell apart. */
export const roles = ['planner', 'coder', 'tester', 'reviewer', 'researcher', 'writer'] as const;
export type Role = (typeof roles)[number];

const places = ['parser', 'scheduler', 'billing', 'search', 'sync', 'auth', 'export', 'cache', 'mailer', 'importer', 'gateway', 'reports'];
const files = ['lease.ts', 'rollup.ts', 'csv.ts', 'dates.ts', 'queue.ts', 'tree.ts', 'diff.ts', 'retry.ts', 'paths.ts', 'money.ts'];
const activities: Record<Role, readonly string[]> = {
  planner: ['splitting the goal into tasks', 'ordering by risk', 'waiting for results', 'weighing two plans'],
  coder: ['editing {file}', 'reading {file}', 'running the tests of {place}', 'resolving a conflict in {file}'],
  tester: ['running the suite of {place}', 'writing a failing test for {place}', 'bisecting {file}', 'measuring coverage'],
  reviewer: ['reading the diff of {file}', 'checking edge cases of {place}', 'comparing with the specification'],
  researcher: ['reading the manual of {place}', 'searching the issue tracker', 'summarising twelve sources'],
  writer: ['drafting the notes of {place}', 'shortening the guide', 'checking every link'],
};
const tasks = [
  'Fix the rounding in {file}',
  'Cover {place} with property tests',
  'Make {place} resumable after a crash',
  'Remove the retry loop in {file}',
  'Document the errors of {place}',
  'Find out why {place} is slow at night',
  'Upgrade what {place} depends on',
  'Bound the memory of {place}',
];
const fill = (random: Random, text: string) => text.replace('{place}', random.pick(places)).replace('{file}', random.pick(files));

export const placeOf = (random: Random): string => random.pick(places);
export const activityOf = (random: Random, role: string | null): string =>
  fill(random, random.pick(activities[(role ?? 'planner') as Role] ?? activities.planner));
export const taskTitleOf = (random: Random): string => fill(random, random.pick(tasks));
export const failureOf = (random: Random): string =>
  random.pick(['the tests still fail after three attempts', 'the context ran out', 'the tool answered 500', 'no plan fits the budget']);
