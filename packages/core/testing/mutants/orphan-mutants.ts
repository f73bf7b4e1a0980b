import type { Mutant } from './mutant.ts';

const examples = { file: 'src/supervisor/handlers/orphans.test.ts' };

export const orphanMutants: readonly Mutant[] = [
  {
    name: 'the sweep acts on what it read before: the parent is not read again',
    breaks: 'I-ORPH-1',
    edits: [{ file: 'orphans/orphan-policy.ts', find: '  if (!isFinalAgent(parent.state)) return undefined;\n', replace: '' }],
    caughtBy: examples,
  },
  {
    name: 'suspicion kills: a lease that ran out is an end',
    breaks: 'I-ORPH-2',
    edits: [
      {
        file: 'agents/agent.ts',
        find: `? [about('agent.lost', agent, { leaseExpiredAtMs })]`,
        replace: `? [about('agent.ended', agent, { state: 'failed', detail: 'its lease ran out' })]`,
      },
    ],
    caughtBy: { file: 'src/supervisor/handlers/agents.test.ts' },
  },
  {
    name: 'leases run out while the supervisor itself stood still',
    breaks: 'I-ORPH-3',
    edits: [{ file: 'agents/lease.ts', find: 'lease.expiresAtMs + extendedByMs', replace: 'lease.expiresAtMs + 0 * extendedByMs' }],
    caughtBy: { file: 'src/supervisor/handlers/agents.test.ts' },
  },
  {
    name: 'a second standstill makes the first forgotten',
    breaks: 'I-ORPH-3',
    edits: [{ file: 'orphans/orphan-detector.ts', find: '(s.untilMs > s.dueMs ? s.owedMs : 0) + ms', replace: 'ms' }],
    caughtBy: { file: 'src/orphans/orphan-detector.test.ts' },
  },
  {
    name: 'the policy is applied at every sweep',
    breaks: 'I-ORPH-5',
    // of one that is being stopped already the plan knows too
    edits: [
      { file: 'orphans/orphan-policy.ts', find: `child.state === 'stopping' || child.orphanHandled`, replace: `child.id === ''` },
      { file: 'orphans/orphan-plan.ts', find: `held ? 'ignore' : escapes ? 'stop' : wanted`, replace: `escapes ? 'stop' : wanted` },
    ],
    caughtBy: examples,
  },
  {
    // all defences gone: each of them alone is enough
    name: 'an orphan is moved out of the stop it stands under',
    breaks: 'I-ORPH-6',
    edits: [
      { file: 'orphans/orphan-policy.ts', find: `child.state === 'stopping' || `, replace: '' },
      { file: 'orphans/orphan-plan.ts', find: `held ? 'ignore' : escapes ? 'stop' : wanted`, replace: 'wanted' },
    ],
    caughtBy: examples,
  },
  {
    name: 'an orphan is moved away from the budget it spends',
    breaks: 'I-ORPH-6',
    edits: [
      {
        file: 'supervisor/handlers/orphans.ts',
        find: 'const left = await leftBudgets(work, child, above);',
        replace: 'const left: string[] = [];',
      },
    ],
    caughtBy: examples,
  },
  {
    name: 'a move forgets those below',
    breaks: 'I-ORPH-6',
    edits: [
      {
        file: 'supervisor/handlers/orphans.ts',
        find: 'path: [...above, ...below], sessionId',
        replace: 'path: [...above, member.id], sessionId',
      },
    ],
    caughtBy: examples,
  },
  {
    name: 'the halt of a mass orphaning is gone',
    breaks: 'I-ORPH-7',
    edits: [
      {
        file: 'orphans/orphan-policy.ts',
        find: 'orphans > haltFloor && orphans > live * haltShare',
        replace: 'orphans > haltFloor && orphans > live',
      },
    ],
    caughtBy: examples,
  },
];
