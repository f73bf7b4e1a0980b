import { propertyTests } from '../answers/properties.ts';
import type { JobKind } from '../work/jobs.ts';
import type { Team } from './worker.ts';

export type Planned = {
  /** The same work has the same key; what is open is not added again. */
  key: string;
  title: string;
  body: string;
  team: Team;
  kind: JobKind;
  subject: string;
  priority: number;
  /** Planned once for this library, not in every round. */
  once: boolean;
  /** The key of the task that must be done before. */
  after?: string;
};

type State = { tools: string[]; failing: string[]; known: Record<string, string> };

/** The backlog: each failing report fixed and reviewed, each tool tested, some covered by generated inputs. */
export function firstTasks({ tools, failing, known }: State): Planned[] {
  const tasks: Planned[] = [];
  for (const name of failing) {
    tasks.push({
      key: `fix:${name}`,
      title: `Fix ${words(name)}`,
      body: `A user reported this; reports/${name}.test.ts reproduces it. Write the test first, then the fix, on the branch fix/${name}.`,
      team: 'coder',
      kind: 'fix',
      subject: name,
      priority: 20,
      once: true,
    });
    tasks.push({
      key: `review:${name}`,
      title: `Review the fix of ${words(name)}`,
      body: `Read the diff of fix/${name}, run the suite on it, say what is missing.`,
      team: 'reviewer',
      kind: 'review',
      subject: name,
      priority: 15,
      once: true,
      after: `fix:${name}`,
    });
  }
  for (const tool of tools) tasks.push({ ...suiteOf(tool), key: `suite:${tool}`, once: true });
  for (const { tool, about } of propertyTests)
    if (tools.includes(tool))
      tasks.push({
        key: `cover:${tool}`,
        title: `Add tests for ${tool}: ${about}`,
        body: `One more test file with generated inputs from a fixed seed. If it finds a counterexample, say so.`,
        team: 'tester',
        kind: 'cover',
        subject: tool,
        priority: 5,
        once: true,
      });
  return tasks.filter((task) => !(task.key in known));
}

/** What a round adds when the backlog is planned: one run, one reading, one second look. Each takes its turn. */
export function roundTasks(round: number, tools: string[], failing: string[]): Planned[] {
  const turn = <T>(list: T[], offset: number): T | undefined => list[(round + offset) % list.length];
  const tasks: Planned[] = [];
  const tested = round % 4 === 0 ? 'all' : turn(tools, 0);
  if (tested) tasks.push({ ...suiteOf(tested), key: `again:suite:${tested}`, once: false });
  const read = turn(tools, 3);
  if (read)
    tasks.push({
      key: `again:read:${read}`,
      title: `Read ${read} once more`,
      body: `Read src/tools/${read}.ts with its tests, as they stand on main.`,
      team: 'reviewer',
      kind: 'read',
      subject: read,
      priority: 0,
      once: false,
    });
  const waiting = turn(failing, 0);
  if (waiting)
    tasks.push({
      key: `again:recheck:${waiting}`,
      title: `Check that the fix of ${words(waiting)} still fits main`,
      body: `The fix waits for its turn to be proposed. Bring it onto today's main and run its report.`,
      team: 'coder',
      kind: 'recheck',
      subject: waiting,
      priority: 0,
      once: false,
    });
  return tasks;
}

const suiteOf = (tool: string) => ({
  title: tool === 'all' ? 'Run the whole suite on main' : `Run the tests of ${tool}`,
  body: tool === 'all' ? 'All test files, on the newest main.' : `Run test/${tool}.test.ts on main and say what it leaves out.`,
  team: 'tester' as const,
  kind: 'suite' as const,
  subject: tool,
  priority: 10,
});

/** `csv-doubled-quotes` as people say it: `csv: doubled quotes`. */
const words = (name: string) =>
  name
    .replace(/^(json-pointer|diff-stat|[a-z]+)-/, '$1: ')
    .replaceAll('-', ' ')
    .replace(/^(json|diff) /, '$1-');
