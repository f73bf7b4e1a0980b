import type { Invariant } from './invariant.ts';

/** No number of `semantics.md`: what OTP's terms mean, as `restart-policy.ts` states them. */
export const restartInvariants: readonly Invariant[] = [
  {
    id: 'RESTART-1',
    says: 'nothing temporary, nothing under a stop and nothing too often is started again',
    on: ['agent.restarted'],
    fact(m, e, commit) {
      if (e.type !== 'agent.restarted') return undefined;
      const agent = m.replay.agents.get(e.subjectId);
      const spec = m.state.launches.get(e.subjectId);
      if (!agent || !spec) return `${e.subjectId} was never started by a runner`;
      const fence = m.fenceOf(e.subjectId);
      if (fence) return `${e.subjectId} starts again below ${fence}, which was stopped`;
      if (e.data.epoch !== agent.epoch + 1) return `${e.subjectId} goes from epoch ${agent.epoch} to ${e.data.epoch}`;
      if (spec.restart === 'temporary') return `${e.subjectId} is temporary`;
      if (e.data.because.endsWith('completed') && spec.restart === 'transient' && agent.state === 'completed')
        return `${e.subjectId} is transient and did its work`;
      const above = agent.parentId ? m.state.launches.get(agent.parentId)?.supervision : undefined;
      const { intensity, periodMs } = above ?? { intensity: 1, periodMs: 5_000 };
      const counter = above ? (agent.parentId as string) : e.subjectId;
      const times = m.remember('RESTART-1', () => new Map<string, Set<number>>());
      const mine = times.get(counter) ?? new Set();
      times.set(counter, mine.add(commit.atMs));
      const within = [...mine].filter((at) => at > commit.atMs - periodMs).length;
      return within > intensity ? `${within} restarts within ${periodMs} ms, ${intensity} may be` : undefined;
    },
  },
];
