import type { Random } from '../random.ts';
import type { Doer } from './doer.ts';

/** Sometimes a person must accept the work, sometimes something must be shown. */
export const drawReview = (random: Random): { review?: boolean; evidence?: string[] } => ({
  ...(random.chance(0.2) ? { review: true } : {}),
  ...(random.chance(0.15) ? { evidence: ['diff'] } : {}),
});

/** An agent that plans: it divides tasks into parts, brings in tasks from elsewhere, and shows what it made. */
export class Planner {
  constructor(private readonly doer: Doer) {}

  split(): void {
    const { doer } = this;
    const { world } = doer;
    const parentId = world.random.maybe(world.taskIds);
    if (!parentId) return;
    const input = { title: 'a part', parentId, priority: world.random.int(3), dependsOn: [], labels: [], maxAttempts: 2 };
    doer.call('tasks.add', { ...input, requestId: doer.requestId(), ...drawReview(world.random) }, (reply) => {
      if (reply.kind === 'ok' && !world.taskIds.includes(reply.value.taskId)) world.taskIds.push(reply.value.taskId);
    });
  }
  /** A plan that everybody knows: whoever brings it in again finds what is there. */
  importTasks(): void {
    const { doer } = this;
    const { world } = doer;
    const { random } = world;
    const plain = { priority: 0, labels: [], needs: [], evidence: [], review: false, maxAttempts: 2 };
    const tasks = [
      { ...plain, key: '#2', title: 'build', dependsOn: ['#1'] },
      { ...plain, key: '#1', title: 'design', dependsOn: [], review: random.chance(0.3) },
    ];
    doer.call('tasks.import', { source: 'plan', tasks }, (reply) => {
      if (reply.kind !== 'ok') return;
      world.hit(reply.value.added > 0 ? 'tasks imported' : 'import repeated');
      for (const { taskId } of reply.value.results) if (!world.taskIds.includes(taskId)) world.taskIds.push(taskId);
    });
  }
  attach(claim: { id: string; token: string }): void {
    const { doer } = this;
    doer.call('tasks.attach', { ...claim, kind: 'diff', name: 'a.patch', content: '+1', requestId: doer.requestId() });
  }
}
