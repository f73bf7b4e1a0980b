import { type Mutant, simulation } from './mutant.ts';

const anyOrder = { file: 'src/supervisor/handlers/stops.property.test.ts' };
const examples = { file: 'src/supervisor/handlers/stops.test.ts' };

export const stopMutants: readonly Mutant[] = [
  {
    name: 'a stop without a fence: a child registers after the listing',
    breaks: 'I-STOP-1',
    edits: [
      {
        file: 'agents/agent.ts',
        find: `  if (fence) return err({ code: 'fenced', stopId: fence.stopId, reason: fenceReason });\n`,
        replace: '',
      },
    ],
    caughtBy: simulation,
  },
  {
    name: 'the fence forgets claims',
    breaks: 'I-STOP-1',
    edits: [
      {
        file: 'supervisor/handlers/tasks.ts',
        find: `    const free = fence(agent.value);\n    if (!free.ok) {\n      out.push(free);\n      continue;\n    }\n`,
        replace: '',
      },
    ],
    caughtBy: simulation,
  },
  {
    name: 'a second stop does nothing',
    breaks: 'I-STOP-2',
    edits: [{ file: 'stop/stop.ts', find: 'strength[mode] > strength[stop.mode] || deadlineMs < stop.deadlineMs;', replace: 'false;' }],
    caughtBy: examples,
  },
  {
    name: 'a second stop may weaken the first',
    breaks: 'I-STOP-2',
    edits: [{ file: 'stop/stop.ts', find: '(strength[a] >= strength[b] ? a : b);', replace: 'b;' }],
    caughtBy: examples,
  },
  {
    name: 'every tick asks again',
    breaks: 'I-STOP-3',
    edits: [{ file: 'stop/stop.ts', find: 'if (m.askedAtMs === null) {', replace: 'if (m.killedAtMs === null) {' }],
    caughtBy: simulation,
  },
  {
    name: 'a parent ends before its children',
    breaks: 'I-STOP-4',
    edits: [
      { file: 'stop/stop.ts', find: 'if (!agent || openChildren.get(m.agentId)) continue;', replace: 'if (!agent) continue;' },
      { file: 'stop/stop.ts', find: '  if (openChildren) return false;\n', replace: '' },
    ],
    caughtBy: simulation,
  },
  {
    name: 'Promise.all: one member that hangs holds up its siblings and their parents',
    breaks: 'I-STOP-5',
    edits: [
      {
        file: 'memory/memory-tx.ts',
        find: 'return agent !== undefined && isActionable(',
        replace: 'return agent !== undefined && !members.some((o) => o.wave < m.wave && !o.outcome) && isActionable(',
      },
    ],
    caughtBy: simulation,
  },
  {
    name: 'one member that failed fails the step of all',
    breaks: 'I-STOP-5',
    edits: [
      {
        file: 'stop/stop.ts',
        find: '  const inOrder = ',
        replace: '  if (stop.unconfirmed > 0) return { events, actions };\n  const inOrder = ',
      },
    ],
    caughtBy: simulation,
  },
  {
    name: 'every member has the whole grace: a leaf that hangs leaves its parent none',
    breaks: 'I-STOP-6',
    edits: [
      {
        file: 'stop/stop-plan.ts',
        find: 'Math.min(wave + 1, waves)) / waves)',
        replace: 'Math.min(1, wave + 1)))',
      },
    ],
    caughtBy: { file: 'src/stop/stop-plan.test.ts' },
  },
  {
    name: 'the grace is counted anew by whoever looks: after a restart everybody has all of it again',
    breaks: 'I-STOP-7',
    edits: [
      {
        file: 'stop/stop.ts',
        find: '} else if (m.killedAtMs === null && nowMs >= m.deadlineMs) {',
        replace: '} else if (m.killedAtMs === null && nowMs >= (m.askedAtMs ?? nowMs) + stop.graceMs) {',
      },
    ],
    caughtBy: examples,
  },
  {
    name: 'a launch that waits survives the stop',
    breaks: 'I-STOP-8',
    edits: [
      {
        file: 'supervisor/handlers/stop-members.ts',
        find: `await work.tx.orders.cancelOf(whose, ['launch'])`,
        replace: 'new Map<string, number>()',
      },
    ],
    caughtBy: simulation,
  },
  {
    name: 'claims of a stopped holder wait for their lease',
    breaks: 'I-STOP-8',
    edits: [
      {
        file: 'supervisor/handlers/stop-members.ts',
        find: 'of await work.tx.tasks.heldBy(whose)) {',
        replace: 'of await work.tx.tasks.heldBy([])) {',
      },
    ],
    caughtBy: simulation,
  },
  {
    name: 'stopped, because it was asked to',
    breaks: 'I-STOP-9',
    edits: [{ file: 'stop/stop.ts', find: 'if (agent.acknowledged && !held)', replace: 'if (m.askedAtMs !== null)' }],
    caughtBy: simulation,
  },
  {
    name: 'the word of an agent ends it while its process runs',
    breaks: 'I-STOP-9',
    edits: [{ file: 'stop/stop.ts', find: 'if (agent.acknowledged && !held)', replace: 'if (agent.acknowledged)' }],
    caughtBy: simulation,
  },
  {
    name: 'an exit of the process counts, whatever it left running',
    breaks: 'I-STOP-9',
    edits: [{ file: 'stop/stop.ts', find: 'if (process.survivors > 0)', replace: 'if (process.survivors > 0 && process.killed)' }],
    caughtBy: anyOrder,
  },
  {
    name: 'the late word of an agent under a stop is refused',
    breaks: 'I-STOP-10',
    edits: [
      {
        file: 'supervisor/handlers/agents.ts',
        find: '  const isNew = await work.tx.agentEvents.append',
        replace:
          '  for (const [i, a] of found.entries()) if (a.ok) { const fence = await unfenced(work, a.value); if (!fence.ok) { found[i] = fence; rowsOf[i] = []; } }\n  const isNew = await work.tx.agentEvents.append',
      },
    ],
    caughtBy: simulation,
  },
];
