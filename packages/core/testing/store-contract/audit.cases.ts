import { describe, expect, it } from 'vitest';
import { chained, type Decision, emptyChain } from '../../src/audit/audit-entry.ts';
import { oddText } from '../records.ts';
import type { StoreBench } from './store-bench.ts';

/** The chain of decisions. */
export function auditCases(bench: StoreBench): void {
  const decision: Decision = {
    actor: 'person:ann',
    actorName: oddText,
    action: 'agents.stop',
    subjectKind: 'agent',
    subjectId: 'agt_1',
    reason: oddText,
    before: { state: 'running', odd: oddText },
    after: null,
  };
  describe('the audit chain', () => {
    it('goes on where it ended, within a transaction and over several; one that fails leaves nothing', async () => {
      const next = () =>
        bench.transact(async (tx) => {
          const entry = chained(await tx.audit.tip(), decision, tx.nowMs, bench.on.secrets.digest);
          tx.audit.append(entry);
          expect(await tx.audit.tip()).toMatchObject({ n: entry.n, hash: entry.hash });
          return entry;
        });
      expect(await bench.transact((tx) => tx.audit.tip())).toEqual(emptyChain);
      const first = await next();
      await expect(
        bench.transact(async (tx) => {
          tx.audit.append(chained(await tx.audit.tip(), decision, tx.nowMs, bench.on.secrets.digest));
          throw new Error('no');
        }),
      ).rejects.toThrow('no');
      const second = await next();
      expect([first.n, second.n]).toEqual([1, 2]);
      expect(second.hash).toBe(bench.on.secrets.digest(`${first.hash}\n${second.body}`));
      const tip = await bench.transact((tx) => tx.audit.tip());
      expect([tip.n, tip.hash]).toEqual([2, second.hash]);
    });
  });
}
