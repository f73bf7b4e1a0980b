/** Commands for the tests beside; nothing of the product imports this. */
import type { BlastRadius, GateReport } from '../api/inputs.ts';
import type { Actor } from '../supervisor/commands.ts';
import { type Change, type ChangeCommand, decideChange, evolveChange } from './change.ts';
import { okFix, okTest } from './testing-patches.ts';

export { newFile } from './testing-patches.ts';
export const hour = 3_600_000;
export const person: Actor = { kind: 'person', id: 'ann', name: 'Ann' };

export const propose = (over: Partial<Extract<ChangeCommand, { type: 'propose' }>> = {}): ChangeCommand => ({
  type: 'propose',
  id: 'chg_1',
  projectId: 'prj_1',
  repositoryId: 'rep_1',
  agentId: 'coder',
  agentPath: ['root', 'lead', 'coder'],
  title: 'Fix the sum',
  reason: 'It subtracts',
  testPatch: okTest,
  fixPatch: okFix,
  requestId: null,
  ...over,
});
export const gateOf = (name: string, on: GateReport['on'], passed = true): ChangeCommand => ({
  type: 'gate',
  gate: { name, on, exitCode: passed ? 0 : 1, ms: 5, passed, excerpt: '' },
});
export const radius = (level: BlastRadius['level']): BlastRadius => ({ level, score: 20, reasons: ['because'], files: [], dependents: [] });

/** Everything up to test-verified. */
export const verify = (level: BlastRadius['level'] = 'low'): ChangeCommand[] => [
  propose(),
  { type: 'assessed', baseSha: 'b1', blastRadius: radius(level) },
  { type: 'isolated', candidateSha: 'c1', diffHash: 'h1', diff: 'diff', branch: 'reeve/chg_1' },
  gateOf('suite', 'base'),
  gateOf('red-1', 'base'),
  gateOf('red-2', 'base'),
  gateOf('green-1', 'candidate'),
  gateOf('green-2', 'candidate'),
  { type: 'test-verified' },
];
export const awaiting = (level: BlastRadius['level'] = 'low'): ChangeCommand[] => [...verify(level), { type: 'validated' }];
export const approve = (actor: Actor, diffHash = 'h1'): ChangeCommand => ({
  type: 'approve',
  actor,
  approvalId: `apr_${actor.id}`,
  diffHash,
  comment: '',
});
export const approved = (): ChangeCommand[] => [...awaiting(), approve(person)];

/** Takes the commands one by one; throws where one is refused. */
export function run(change: Change | undefined, commands: ChangeCommand[], nowMs = 0): Change {
  let current = change;
  for (const command of commands) {
    const decided = decideChange(current, command, nowMs);
    if (!decided.ok) throw new Error(`${command.type}: ${JSON.stringify(decided.error)}`);
    for (const event of decided.value) current = evolveChange(current, JSON.parse(JSON.stringify(event)), nowMs);
  }
  if (!current) throw new Error('nothing was proposed');
  return current;
}
export const advance = (commands: ChangeCommand[], nowMs = 0): Change => run(undefined, commands, nowMs);
export function errorOf(change: Change | undefined, command: ChangeCommand, nowMs = 0): string | null {
  const decided = decideChange(change, command, nowMs);
  return decided.ok ? null : decided.error.code;
}
