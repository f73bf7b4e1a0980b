import { type Mutant, simulation } from './mutant.ts';

const anyHistory = { file: 'src/tasks/task.test.ts' };

export const taskMutants: readonly Mutant[] = [
  {
    name: 'the token is the number of the attempt: a release gives it out again',
    breaks: 'I-TASK-1',
    edits: [{ file: 'tasks/task.ts', find: '(task.claimToken + 1n).toString()', replace: '(task.attempts + 1).toString()' }],
    caughtBy: simulation,
  },
  {
    name: 'complete by id: no token is asked for',
    breaks: 'I-TASK-2',
    edits: [
      {
        file: 'tasks/task.ts',
        find: `t.state === 'claimed' && t.claimToken.toString() === token`,
        replace: `t.state === 'claimed' && token !== ''`,
      },
    ],
    caughtBy: simulation,
  },
  {
    name: 'the owner is checked, not the token: the same agent has claimed again',
    breaks: 'I-TASK-2',
    edits: [
      {
        file: 'supervisor/handlers/tasks.ts',
        find: '      const r = decide(task, input, work.tx.nowMs, missing?.(task) ?? []);\n',
        replace:
          "      const owner = actor.kind === 'agent' && actor.id === task.agentId;\n      const r = decide(task, owner ? { ...input, token: task.claimToken.toString() } : input, work.tx.nowMs, missing?.(task) ?? []);\n",
      },
    ],
    caughtBy: { file: 'testing/linearizability/tasks.history.test.ts' },
  },
  {
    name: 'a late write vanishes without a trace',
    breaks: 'I-TASK-2',
    edits: [
      {
        file: 'tasks/task.ts',
        find: `    events: [{ type: 'task.superseded', subjectId: task.id, data: { agentId: task.agentId, token, verb } }],\n`,
        replace: `    events: verb === '' && token === '' ? [{ type: 'task.cancelled', subjectId: task.id, data: { reason: verb } }] : [],\n`,
      },
    ],
    caughtBy: simulation,
  },
  {
    name: 'a claim whose reply was lost claims another task',
    breaks: 'I-TASK-3',
    edits: [
      {
        file: 'supervisor/handlers/tasks.ts',
        find: 'const before = input.requestId ? await tx.requests.get(scope, input.requestId) : undefined;\n    if (before) {',
        replace: 'const before: string[] | undefined = undefined as string[] | undefined;\n    if (before) {',
      },
    ],
    caughtBy: simulation,
  },
  {
    name: 'a completion told twice is refused the second time',
    breaks: 'I-TASK-3',
    edits: [
      {
        file: 'tasks/task.ts',
        find: `  if ((task.state === 'done' || task.state === 'in-review') && task.claimToken.toString() === token) return { ok: true, events: [] };\n`,
        replace: '',
      },
    ],
    caughtBy: anyHistory,
  },
  {
    name: 'what waited for a task is not woken when it is done',
    breaks: 'I-TASK-4',
    edits: [
      { file: 'supervisor/handlers/tasks.ts', find: `if (r.ok && next.state === 'done') done.push(next);`, replace: '' },
      {
        file: 'supervisor/handlers/tasks.ts',
        find: 'if (r.ok && r.events.length) dead.push(next);',
        replace: `if (r.ok && r.events.length && next.state !== 'done') dead.push(next);`,
      },
    ],
    caughtBy: simulation,
  },
  {
    name: 'a task whose every holder vanishes circles for ever',
    breaks: 'I-TASK-5',
    edits: [
      {
        file: 'tasks/task.ts',
        find: 'if (usesAttempt(why) && task.attempts >= task.maxAttempts)',
        replace: 'if (usesAttempt(why) && task.maxAttempts < 0)',
      },
    ],
    caughtBy: simulation,
  },
  {
    name: 'the oldest task first, whatever its priority',
    breaks: 'I-TASK-7',
    edits: [{ file: 'memory/memory-tx.ts', find: 'b.priority - a.priority || byId(a, b)', replace: 'byId(a, b)' }],
    caughtBy: simulation,
  },
];
