import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TreeNode } from '../agents/agent-tree.ts';
import { planStop } from './stop-plan.ts';

const tree = fc
  .array(fc.nat(), { minLength: 1, maxLength: 40 })
  .map((picks) => picks.map((pick, i): TreeNode => ({ id: `n${i}`, parentId: i === 0 ? null : `n${pick % i}` })));

describe('the plan of a stop', () => {
  it('I-STOP-6: deadlines are absolute, children never end later than their parent, all within the grace', () => {
    fc.assert(
      fc.property(tree, fc.nat(3_600_000), fc.nat(1e12), (nodes, graceMs, nowMs) => {
        const plan = planStop(nodes, { nowMs, graceMs, mode: 'graceful' });
        const of = new Map(plan.members.map((m) => [m.id, m]));
        for (const n of nodes) {
          const m = of.get(n.id);
          const up = n.parentId ? of.get(n.parentId) : undefined;
          if (!m || (up && (m.deadlineMs > up.deadlineMs || m.wave >= up.wave))) return false;
          if (m.deadlineMs < nowMs || m.deadlineMs > plan.deadlineMs || m.wave >= plan.waves) return false;
        }
        return plan.deadlineMs === nowMs + graceMs && of.get('n0')?.deadlineMs === plan.deadlineMs && of.size === nodes.length;
      }),
    );
  });
  it('gives every wave its share of the grace', () => {
    const chain = [
      { id: 'root', parentId: null },
      { id: 'mid', parentId: 'root' },
      { id: 'leaf', parentId: 'mid' },
    ];
    const { members, waves } = planStop(chain, { nowMs: 1_000, graceMs: 30_000, mode: 'graceful' });
    expect(waves).toBe(3);
    expect(Object.fromEntries(members.map((m) => [m.id, m.deadlineMs]))).toEqual({ leaf: 11_000, mid: 21_000, root: 31_000 });
  });
  it('force has no grace', () => {
    const plan = planStop([{ id: 'a', parentId: null }], { nowMs: 5, graceMs: 30_000, mode: 'force' });
    expect([plan.deadlineMs, plan.members[0]?.deadlineMs]).toEqual([5, 5]);
  });
  it('of nothing it is empty, and due now', () => {
    expect(planStop([], { nowMs: 5, graceMs: 10, mode: 'drain' })).toEqual({ waves: 0, members: [], deadlineMs: 15 });
  });
});
