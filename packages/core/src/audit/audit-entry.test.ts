import { describe, expect, it } from 'vitest';
import { createCountedSecrets } from '../memory/memory-ids.ts';
import { type AuditEntry, chained, type Decision, emptyChain, faultOf } from './audit-entry.ts';

const { digest } = createCountedSecrets();
const decision = (subjectId: string): Decision => ({
  actor: 'person:ann',
  actorName: 'Ann',
  action: 'budgets.set',
  subjectKind: 'agent',
  subjectId,
  reason: 'too dear',
  before: { budgetNanoUsd: 5n },
  after: { budgetNanoUsd: 3n, note: undefined },
});
const chainOf = (n: number): AuditEntry[] => {
  const out: AuditEntry[] = [];
  for (let i = 0; i < n; i++) out.push(chained(out.at(-1) ?? emptyChain, decision(`agt_${i}`), i * 1000, digest));
  return out;
};
/** The number of the first entry that is not as it was written. */
const firstFault = (chain: readonly AuditEntry[]): number | null => {
  let tip = emptyChain;
  for (const e of chain) {
    if (faultOf(tip, e, digest)) return e.n;
    tip = e;
  }
  return null;
};

describe('the audit chain', () => {
  it('holds as it was written, with numbers that JSON has no word for', () => {
    const chain = chainOf(5);
    expect(firstFault(chain)).toBeNull();
    expect(chain[0]).toMatchObject({ n: 1, before: { budgetNanoUsd: '5' }, after: { budgetNanoUsd: '3' } });
  });
  it.each<[string, (chain: AuditEntry[]) => unknown, number]>([
    ['a changed actor', (c) => Object.assign(c[2] as AuditEntry, { actor: 'person:bob' }), 3],
    ['a changed body', (c) => Object.assign(c[2] as AuditEntry, { body: c[2]?.body.replace('Ann', 'Bob') }), 3],
    ['a changed time', (c) => Object.assign(c[1] as AuditEntry, { atMs: 1 }), 2],
    ['an entry taken out', (c) => c.splice(1, 1), 3],
    ['two that changed places', (c) => c.splice(1, 2, c[2] as AuditEntry, c[1] as AuditEntry), 3],
    ['an entry put in', (c) => c.splice(2, 0, chained(c[1] as AuditEntry, decision('agt_x'), 0, digest)), 3],
    ['the first one cut off', (c) => c.shift(), 2],
  ])('%s shows', (_, tamper, at) => {
    const chain = chainOf(5);
    tamper(chain);
    const found = firstFault(chain);
    expect(found === null ? found : Math.abs(found - at)).toBeLessThanOrEqual(1);
  });
});
