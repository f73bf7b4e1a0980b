import type { Mutant } from './mutant.ts';

const locks = { file: 'src/supervisor/handlers/locks.test.ts' };
const barriers = { file: 'src/supervisor/handlers/barriers.test.ts' };
const ends = { file: 'src/supervisor/handlers/end-waits.test.ts' };
const graph = { file: 'src/coordination/wait-graph.test.ts' };

export const syncMutants: readonly Mutant[] = [
  {
    name: 'a wait for a task looks at its own holder alone, not at those of the tasks before it',
    breaks: 'I-SYNC-7',
    edits: [{ file: 'coordination/waits.ts', find: "    else if (task.state === 'blocked') open.push(...task.dependsOn);\n", replace: '' }],
    caughtBy: ends,
  },
  {
    name: 'waits for agents and tasks are no part of the graph',
    breaks: 'I-SYNC-7',
    edits: [
      { file: 'coordination/waits.ts', find: "    needs: 'all',\n    on: blocking ? on : [],", replace: "    needs: 'all',\n    on: []," },
    ],
    caughtBy: ends,
  },
  {
    name: 'a stop leaves the waits for ends below it',
    breaks: 'I-SYNC-8',
    edits: [{ file: 'supervisor/handlers/coordination.ts', find: '(w) => leaving.has(w.agentId)', replace: '() => false' }],
    caughtBy: ends,
  },
  {
    name: 'a lock is never taken from a holder that died',
    breaks: 'I-SYNC-5',
    edits: [
      {
        file: 'coordination/lock.ts',
        find: 'lock.holders.filter((h) => h.expiresAtMs <= nowMs).map(',
        replace: 'lock.holders.filter((h) => h.expiresAtMs < 0).map(',
      },
      { file: 'coordination/lock.ts', find: 'lock.holders.filter((h) => h.expiresAtMs > nowMs);', replace: 'lock.holders;' },
    ],
    caughtBy: locks,
  },
  {
    name: 'who comes first when a permit is free takes it, whoever waits: one permit too many',
    breaks: 'I-SYNC-1',
    edits: [
      {
        file: 'coordination/lock.ts',
        find: 'lock.waiters.length === 0 && lock.holders.length < permits',
        replace: 'lock.holders.length <= permits',
      },
      { file: 'coordination/lock.ts', find: 'lock.holders.length >= lock.permits || BigInt(token)', replace: 'BigInt(token)' },
    ],
    caughtBy: locks,
  },
  {
    name: 'a release twice: the second gives back what the agent holds by then',
    breaks: 'I-SYNC-2',
    edits: [
      {
        file: 'coordination/lock.ts',
        find: `export function decideReleaseLock(lock: Lock, agentId: string, token: string): Result<NewEvent[]> {\n  const holder = ofToken(lock, token);`,
        replace: `export function decideReleaseLock(lock: Lock, agentId: string, token: string): Result<NewEvent[]> {\n  const holder = ofToken(lock, token) ?? lock.holders[0];`,
      },
      {
        file: 'coordination/lock.ts',
        find: `  if (holder && holder.agentId !== agentId) return err({ code: 'forbidden', rule: 'the token is that of another agent' });\n`,
        replace: '',
      },
    ],
    caughtBy: locks,
  },
  {
    name: 'tokens start anew when nobody holds the lock',
    breaks: 'I-SYNC-2',
    edits: [
      {
        file: 'coordination/lock.ts',
        find: 'granted(lock, { ...waiter, sinceMs: nowMs }, lock.token + 1n, nowMs)',
        replace: 'granted(lock, { ...waiter, sinceMs: nowMs }, BigInt(lock.holders.length + 1), nowMs)',
      },
      { file: 'coordination/lock.ts', find: ' || BigInt(token) <= lock.token)', replace: ')' },
    ],
    caughtBy: locks,
  },
  {
    name: 'a waiter that timed out ends up holding',
    breaks: 'I-SYNC-3',
    edits: [
      {
        file: 'coordination/lock.ts',
        find: `w.deadlineMs <= nowMs ? 'timed-out' : undefined`,
        replace: `w.deadlineMs < 0 ? 'timed-out' : undefined`,
      },
    ],
    caughtBy: locks,
  },
  {
    name: 'a waiter that died ends up holding',
    breaks: 'I-SYNC-3',
    edits: [
      { file: 'coordination/lock.ts', find: `isGone(w.agentId) ? 'ended' :`, replace: `nowMs < 0 && isGone(w.agentId) ? 'ended' :` },
      { file: 'coordination/lock.ts', find: `    ...lock.waiters.filter(gone).map((w) => waitEnded(lock, w, how, nowMs)),\n`, replace: '' },
    ],
    caughtBy: locks,
  },
  {
    name: 'a permit whose answer nobody heard stays with the call that has gone',
    breaks: 'I-SYNC-3',
    edits: [
      {
        file: 'coordination/lock.ts',
        find: `  if (holder && holder.callId === callId) return [freed(lock, holder, 'withdrawn')];\n`,
        replace: '',
      },
    ],
    caughtBy: locks,
  },
  {
    name: 'last come, first served',
    breaks: 'I-SYNC-4',
    edits: [
      {
        file: 'coordination/lock.ts',
        find: '[...waiters].sort((a, b) => effectivePriority(b, nowMs) - effectivePriority(a, nowMs));',
        replace: '[...waiters].reverse();',
      },
    ],
    caughtBy: locks,
  },
  {
    name: 'a low priority starves: no ageing',
    breaks: 'I-SYNC-4',
    edits: [{ file: 'coordination/lock.ts', find: 'w.priority + Math.floor(', replace: 'w.priority + 0 * Math.floor(' }],
    caughtBy: locks,
  },
  {
    name: 'a barrier waits for the dead',
    breaks: 'I-SYNC-6',
    edits: [
      {
        file: 'coordination/barrier.ts',
        find: '  return b.arrived.length ? leave(b, left, nowMs) : [];\n',
        replace: `  return b.arrived.length && why !== 'ended' ? leave(b, left, nowMs) : [];\n`,
      },
      { file: 'coordination/barrier.ts', find: 'if (isGone(p.agentId)) left', replace: 'if (nowMs < 0 && isGone(p.agentId)) left' },
      {
        file: 'coordination/barrier.ts',
        find: 'if (!here.has(id) && isGone(id)) left',
        replace: 'if (nowMs < 0 && !here.has(id) && isGone(id)) left',
      },
    ],
    caughtBy: barriers,
  },
  {
    name: 'who times out leaves the others waiting: all or none no more',
    breaks: 'I-SYNC-6',
    edits: [
      {
        file: 'coordination/barrier.ts',
        find: `return [...leavers.filter((e) => 'cycle' in e.data), broken(b.arrived.filter((p) => !deadlocked.includes(p.agentId)))];`,
        replace: 'return deadlocked.length >= 0 ? leavers : [broken([])];',
      },
    ],
    caughtBy: barriers,
  },
  {
    name: 'a late party joins the generation that broke',
    breaks: 'I-SYNC-6',
    edits: [{ file: 'coordination/barrier.ts', find: 'generation: b.generation + 1 }', replace: 'generation: b.generation }' }],
    caughtBy: barriers,
  },
  {
    name: 'every circle is a deadlock, also where another holder of the semaphore will let go',
    breaks: 'I-SYNC-7',
    edits: [
      { file: 'coordination/wait-graph.ts', find: 'w.on.some((id) => !stuck.has(id)) :', replace: 'w.on.every((id) => !stuck.has(id)) :' },
    ],
    caughtBy: graph,
  },
  {
    name: 'the victim is whoever was looked at first',
    breaks: 'I-SYNC-7',
    edits: [
      {
        file: 'coordination/wait-graph.ts',
        find: '[...circle].sort(victimFirst)[0] as Wait',
        replace: '[...circle, ...[victimFirst].slice(1)][0] as Wait',
      },
    ],
    caughtBy: graph,
  },
  {
    name: 'a stop leaves the waits and locks of its subtree to their leases',
    breaks: 'I-SYNC-8',
    edits: [
      {
        file: 'supervisor/handlers/stop-members.ts',
        find: `await leaveAll(work, whose, 'stopped')`,
        replace: `await leaveAll(work, [], 'stopped')`,
      },
    ],
    caughtBy: locks,
  },
];
