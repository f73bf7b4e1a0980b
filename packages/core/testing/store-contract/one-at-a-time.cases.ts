import { describe, expect, it } from 'vitest';
import type { Commit } from '../../src/supervisor/ports.ts';
import { commandOf, operator } from '../test-fleet.ts';
import { fact, type StoreBench } from './store-bench.ts';

/** Transactions of one project are one after the other. */
export function oneAtATimeCases(bench: StoreBench): void {
  const { transact, register } = bench;
  describe('one at a time', () => {
    it('seq has no gaps and no doubles under 50 callers at once, and each sees what came before', async () => {
      const root = await register();
      const commits: Commit[] = [];
      const callers = Array.from({ length: 50 }, async (_, caller) => {
        for (let n = 0; n < 2; n++) {
          const commands = [
            commandOf('tasks.add', { title: `${caller}.${n}` }, operator),
            commandOf('agents.register', { name: `${caller}.${n}`, parentId: root }, operator),
            commandOf('agents.heartbeat', { id: root, activity: `${caller}.${n}` }, operator),
          ];
          const { results, commit } = await bench.supervisor.executeBatch(bench.projectId, commands);
          expect(results.every((r) => r.ok)).toBe(true);
          commits.push(commit);
        }
      });
      await Promise.all(callers);
      const events = await bench.on.events(bench.projectId);
      expect(events.map((e) => e.seq)).toEqual(events.map((_, i) => i + 1));
      commits.sort((a, b) => a.fromSeq - b.fromSeq);
      for (const [i, c] of commits.entries()) {
        const next = commits[i + 1];
        expect(c.toSeq).toBe(next ? next.fromSeq - 1 : events.length);
        expect(events.slice(c.fromSeq - 1, c.toSeq).map((e) => e.subjectId)).toEqual(c.events.map((e) => e.subjectId));
      }
      expect(commits).toHaveLength(100);
    });
    it('projects do not wait for each other', async () => {
      const elsewhere = await bench.on.newProject();
      let finish = () => {};
      const held = new Promise<void>((go) => {
        finish = go;
      });
      const slow = bench.on.store.transact(bench.projectId, () => held);
      await bench.on.store.transact(elsewhere, async (tx) => tx.append(fact(), 'ann'));
      finish();
      await slow;
    });
    it('I-STOP-1: of spawns racing a stop each is either refused or stopped with the rest', async () => {
      const root = await register();
      const racers = Array.from({ length: 30 }, () => commandOf('agents.register', { name: 'racer', parentId: root }, operator));
      racers.splice(15, 0, commandOf('agents.stop', { id: root }, operator));
      const racing = racers.map((command) => bench.supervisor.executeBatch(bench.projectId, [command]));
      const results = (await Promise.all(racing)).map((r) => r.results[0]);
      const fenced = results.filter((r) => r && !r.ok && r.error.code === 'fenced').length;
      expect(results[15]?.ok).toBe(true);
      expect(fenced).toBeGreaterThan(0);
      const below = await transact(async (tx) => (await tx.agents.liveSubtree(root)).filter((a) => a.id !== root));
      expect(below.length + fenced).toBe(30);
      expect(below.every((a) => a.state === 'stopping' && a.stopId !== null)).toBe(true);
    });
  });
}
