import { describe, expect, it } from 'vitest';
import type { StoreBench } from './store-bench.ts';

/** Tokens. */
export function tokensCases(bench: StoreBench): void {
  const { transact, commitOf } = bench;
  describe('tokens', () => {
    it('are revoked by their subject, and the commit says whose', async () => {
      const put = (subjectId: string) => {
        const { hash } = bench.on.secrets.issue();
        return { hash, projectId: bench.projectId, kind: 'agent' as const, subjectId, epoch: 1, createdAtMs: 0 };
      };
      const [mine, also, other] = [put('agt_a'), put('agt_a'), put('agt_b')];
      const first = await commitOf(async (tx) => {
        for (const t of [mine, also, other]) tx.tokens.put(t);
      });
      expect(first.revokedTokensOf).toEqual([]);
      const next = put('agt_a');
      const second = await commitOf(async (tx) => {
        await tx.tokens.revokeOf(['agt_a', 'agt_none']);
        tx.tokens.put(next);
      });
      expect(second.revokedTokensOf).toEqual(['agt_a']);
      expect((await bench.on.tokens(bench.projectId)).sort()).toEqual([other.hash, next.hash].sort());
      // one that was made and revoked within one transaction never was
      const third = put('agt_c');
      await transact(async (tx) => {
        tx.tokens.put(third);
        await tx.tokens.revokeOf(['agt_c']);
      });
      expect(await bench.on.tokens(bench.projectId)).not.toContain(third.hash);
    });
  });
}
