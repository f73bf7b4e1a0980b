import { describe, expect, it } from 'vitest';
import { commandOf, operator } from '../test-fleet.ts';
import type { StoreBench } from './store-bench.ts';

/** Claims of many, and what agents wrote. */
export function claimsCases(bench: StoreBench): void {
  const { run, register } = bench;
  describe('claims', () => {
    it('I-TASK-1, I-TASK-7: each task goes to one of many claimers, best first, and none is left behind', async () => {
      const agents = [];
      for (let n = 0; n < 10; n++) agents.push(await register());
      await run(
        Array.from({ length: 90 }, (_, n) =>
          commandOf('tasks.add', { title: `${n}`, priority: n % 3, labels: n % 2 ? ['odd'] : [] }, operator),
        ),
      );
      const won = new Map<string, string>();
      const orders: number[] = [];
      const claimers = agents.map(async (agentId, n) => {
        for (;;) {
          const labels = n % 4 === 3 ? ['odd'] : [];
          const claim = commandOf('tasks.claim', { agentId, labels, limit: 1 + (n % 3) }, operator);
          const { results, commit } = await bench.supervisor.executeBatch(bench.projectId, [claim]);
          const taskIds = results[0]?.ok ? (results[0].value as { taskIds: string[] }).taskIds : [];
          if (taskIds.length === 0) return;
          for (const t of commit.tasks) {
            expect(won.get(t.id)).toBeUndefined();
            won.set(t.id, agentId);
            expect([t.claimToken, t.agentId]).toEqual([1n, agentId]);
            if (labels.length === 0) orders.push(t.priority);
          }
        }
      });
      await Promise.all(claimers);
      expect(won.size).toBe(90);
      expect(orders).toEqual([...orders].sort((a, b) => b - a));
    });
    it('output of an agent is kept in order', async () => {
      const agentId = await register();
      for (const text of ['1', '2']) {
        const lines = ['a', 'b'].map((l) => ({ stream: 'stdout' as const, at: 1, text: text + l }));
        await run([commandOf('agents.log', { id: agentId, lines }, operator)]);
      }
      expect(await bench.on.logs(bench.projectId)).toEqual(['1a', '1b', '2a', '2b']);
    });
  });
}
