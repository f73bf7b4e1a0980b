import { isHolding } from '../../../src/changes/activation.ts';
import type { Change, ChangeDecision } from '../../../src/changes/change.ts';
import { fingerprintOfGates } from '../../../src/changes/gate.ts';
import { isFinalAgent } from '../../../src/kernel/transitions.ts';
import type { Invariant } from './invariant.ts';

const bound = (c: Change, d: ChangeDecision): boolean =>
  d.diffHash === c.diffHash && d.baseSha === c.baseSha && d.candidateSha === c.candidateSha && d.gates === fingerprintOfGates(c.gates);
const carriedOut = ['merged', 'rolled-back'];

export const changeInvariants: readonly Invariant[] = [
  {
    id: 'I-SELF-2',
    says: 'what is critical is never merged',
    check(_, commit) {
      for (const c of commit.changes)
        if ((c.state === 'merging' || c.state === 'merged') && c.blastRadius?.level === 'critical') return `${c.id} is ${c.state}`;
      return undefined;
    },
  },
  {
    id: 'I-SELF-4',
    says: 'the proof is there before anybody is asked',
    check(_, commit) {
      for (const c of commit.changes) {
        if (c.state !== 'awaiting-approval' && c.state !== 'merging') continue;
        const passed = (name: string, on: 'base' | 'candidate') => c.gates.some((g) => g.name === name && g.on === on && g.passed);
        if (!passed('red-1', 'base') || !passed('red-2', 'base')) return `${c.id} is ${c.state} and its test never failed on the base`;
        if (!passed('green-1', 'candidate') || !passed('green-2', 'candidate')) return `${c.id} is ${c.state} and never passed`;
        if (c.gates.some((g) => g.on === 'candidate' && !g.passed)) return `${c.id} is ${c.state} with a gate that failed`;
      }
      return undefined;
    },
  },
  {
    id: 'I-SELF-5',
    says: 'an approval binds what was looked at, and nobody decides on their own',
    on: ['change.approved', 'change.endorsed'],
    fact(m, e) {
      if (e.type !== 'change.approved' && e.type !== 'change.endorsed') return undefined;
      const { approval } = e.data;
      const change = m.rows.changes.get(e.subjectId);
      if (!change) return `${e.subjectId} was approved before it was there`;
      if (approval.byKind !== 'agent') return undefined;
      if (approval.by === change.agentId || !change.agentPath.includes(approval.by))
        return `${approval.by} decided on the change of ${change.agentId}`;
      return e.type === 'change.approved' ? `${approval.by} alone approved ${change.id}` : undefined;
    },
    check(_, commit) {
      for (const c of commit.changes) {
        if (!carriedOut.includes(c.state))
          for (const d of c.approvals) if (!bound(c, d)) return `${c.id} keeps a decision on something else`;
        if (c.state !== 'merging') continue;
        const enough = c.approvals.some(
          (d) =>
            d.decision === 'approved' &&
            bound(c, d) &&
            (d.byKind === 'person' || (d.byKind === 'token' && c.blastRadius?.level !== 'high')),
        );
        if (!enough) return `${c.id} is merged without a decision that binds it`;
      }
      return undefined;
    },
  },
  {
    id: 'I-SELF-8',
    says: 'whose code is swapped is at rest then, and nobody is held by a change that is over',
    on: ['change.quiet'],
    fact(m, e) {
      const change = m.state.changes.get(e.subjectId);
      if (!change?.activation || change.activation.rules.quiesce === 'none') return undefined;
      const proposer = m.state.agents.get(change.agentId);
      if (!proposer || proposer.state === 'paused' || isFinalAgent(proposer.state)) return undefined;
      return `${change.id} goes on while ${proposer.id} is ${proposer.state}`;
    },
    settled(m) {
      const holding = [...m.state.changes.values()].filter((c) => isHolding(c.activation));
      for (const a of m.state.agents.values())
        if (
          a.pausedBy === 'change' &&
          (a.state === 'paused' || a.state === 'lost') &&
          !holding.some((c) => c.activation?.heldIds.includes(a.id))
        )
          return `${a.id} is ${a.state} for a change, and none holds it`;
      return undefined;
    },
  },
  {
    id: 'I-SELF-7',
    says: 'only an approved change is merged, and what was merged is said once',
    on: ['change.merged'],
    fact(m, e) {
      const state = m.replay.changes.get(e.subjectId);
      return state === 'merging' ? undefined : `${e.subjectId} was merged while ${state}`;
    },
  },
];
