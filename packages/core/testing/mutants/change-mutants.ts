import type { Mutant } from './mutant.ts';

const anyOrder = { file: 'src/changes/change.property.test.ts' };
const examples = { file: 'src/changes/change.test.ts' };

export const changeMutants: readonly Mutant[] = [
  {
    name: 'critical is only a warning',
    breaks: 'I-SELF-2',
    edits: [
      {
        file: 'changes/decide-change.ts',
        find: `if (verdict === 'approved' && change.blastRadius?.level === 'critical')`,
        replace: `if (verdict === 'approved' && change.id === '')`,
      },
      {
        file: 'changes/decide-change.ts',
        find: `  if (blastRadius.level === 'critical')\n`,
        replace: `  if (blastRadius.level === 'critical' && change.id === '')\n`,
      },
    ],
    caughtBy: examples,
  },
  {
    name: 'a proposal may change what the gates are',
    breaks: 'I-SELF-3',
    edits: [{ file: 'changes/layers.ts', find: `      'package.json',\n`, replace: '' }],
    caughtBy: { file: 'src/changes/patch-rules.test.ts' },
  },
  {
    name: 'a test that was green on the base is proof enough',
    breaks: 'I-SELF-4',
    edits: [
      {
        file: 'changes/decide-change.ts',
        find: 'const missing = missingProof(change.gates);',
        replace: `const missing = change.gates.length ? undefined : missingProof(change.gates);`,
      },
    ],
    caughtBy: examples,
  },
  {
    name: 'an approval is bound to no hash: what it was given for may move',
    breaks: 'I-SELF-5',
    edits: [{ file: 'changes/approval.ts', find: '    decision.diffHash === change.diffHash &&\n', replace: '' }],
    caughtBy: anyOrder,
  },
  {
    name: 'an approval may be given for a hash that is no longer shown',
    breaks: 'I-SELF-5',
    edits: [
      {
        file: 'changes/decide-change.ts',
        find: `  if (diffHash !== change.diffHash) return fail({ code: 'approval_stale', changeId: change.id, diffHash: change.diffHash ?? '' });\n  if (change.approvals`,
        replace: '  if (change.approvals',
      },
    ],
    caughtBy: examples,
  },
  {
    name: 'an agent approves its own change',
    breaks: 'I-SELF-5',
    edits: [
      {
        file: 'changes/approval.ts',
        find: `      if (actor.id === change.agentId || actor.path.includes(change.agentId)) return { code: 'self_approval', changeId: change.id };\n`,
        replace: '',
      },
    ],
    caughtBy: anyOrder,
  },
  {
    name: 'a merge is recorded in whatever state the change is by now',
    breaks: 'I-SELF-7',
    edits: [
      {
        file: 'changes/decide-change.ts',
        find: `return move(change, 'merged', [`,
        replace: `return ok<ChangeEvent[]>([`,
      },
    ],
    caughtBy: anyOrder,
  },
  {
    name: 'the base moved and the gates are not run again',
    breaks: 'I-SELF-6',
    edits: [
      {
        file: 'changes/decide-change.ts',
        find: '  if (baseSha === change.baseSha) return nothing;\n',
        replace: '  if (baseSha !== change.baseSha) return nothing;\n',
      },
    ],
    caughtBy: examples,
  },
  {
    name: 'one person is two pairs of eyes',
    breaks: 'I-SELF-5',
    edits: [{ file: 'changes/approval.ts', find: 'people.size >= 2', replace: 'people.size >= 1' }],
    caughtBy: { file: 'src/changes/approval-rules.test.ts' },
  },
  {
    name: 'an agent or a token sets the rules of a repository aside',
    breaks: 'I-SELF-5',
    edits: [
      {
        file: 'changes/decide-change.ts',
        find: `if (overrides && actor.kind !== 'person')`,
        replace: `if (overrides && change.id === '')`,
      },
    ],
    caughtBy: { file: 'src/changes/approval-rules.test.ts' },
  },
  {
    name: 'a large change comes in as many small ones',
    breaks: 'I-SELF-2',
    edits: [
      { file: 'changes/split-window.ts', find: 'blastRadiusOf(unionOf([own, ...others]))', replace: 'blastRadiusOf(unionOf([own]))' },
    ],
    caughtBy: { file: 'src/changes/split-window.test.ts' },
  },
  {
    name: 'a figure that the agent could have written makes a change less',
    breaks: 'I-SELF-2',
    edits: [
      {
        file: 'changes/line-coverage.ts',
        find: 'levels.indexOf(byScore) > levels.indexOf(radius.level) ? byScore : radius.level',
        replace: 'byScore',
      },
    ],
    caughtBy: { file: 'src/changes/line-coverage.test.ts' },
  },
  {
    name: 'a gate that fell silent counts as one that never spoke',
    breaks: 'I-SELF-2',
    edits: [
      { file: 'changes/line-coverage.ts', find: `if (state === 'silent') return 0;`, replace: `if (state === 'silent') return null;` },
    ],
    caughtBy: { file: 'src/changes/line-coverage.test.ts' },
  },
];
