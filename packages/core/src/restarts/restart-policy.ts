import type { Agent } from '../agents/agent.ts';
import type { RestartStrategy, RestartType, Supervision } from '../api/inputs.ts';

/**
 * OTP's terms for agents whose process a runner started (stdlib's `supervisor`): the child says *whether* it is started
 * again, its parent *who else* and *how often*.
 *
 * - permanent: always · transient: when it failed · temporary: never (the default)
 * - one-for-one: it alone · one-for-all: all siblings with it · rest-for-one: it and the siblings that started after it
 * - more than `intensity` restarts within `periodMs`: the parent gives up
 *
 * Use it where a parent said nothing of how it keeps its children.
 *
 * @example
 * defaultSupervision; // → { strategy: 'one-for-one', intensity: 1, periodMs: 5_000 }
 */
export const defaultSupervision: Supervision = { strategy: 'one-for-one', intensity: 1, periodMs: 5_000 };

/**
 * Whether the end of a child calls for a restart.
 *
 * Use it when its process was seen gone, and after asking whether a stop stands above it.
 *
 * @example
 * wantsRestart('transient', 'failed'); // → true
 * wantsRestart('transient', 'completed'); // → false
 */
export function wantsRestart(type: RestartType, end: 'completed' | 'failed' | 'stopped'): boolean {
  switch (type) {
    case 'permanent':
      return true;
    case 'transient':
      return end === 'failed';
    case 'temporary':
      return false;
  }
}

type Sibling = Pick<Agent, 'id' | 'createdAtMs'>;
/**
 * Who is started again with `ended`, itself first, then the others by age. `siblings` are those that could be.
 *
 * Use it once it is clear that `ended` is started again at all.
 *
 * @example
 * const [a, b, c] = [1, 2, 3].map((at) => ({ id: `n${at}`, createdAtMs: at }));
 * restartGroup('rest-for-one', b, [a, b, c]).map((s) => s.id); // → ['n2', 'n3']
 */
export function restartGroup<S extends Sibling>(strategy: RestartStrategy, ended: S, siblings: readonly S[]): S[] {
  const others = siblings.filter((s) => s.id !== ended.id).sort(byAge);
  switch (strategy) {
    case 'one-for-one':
      return [ended];
    case 'one-for-all':
      return [ended, ...others];
    case 'rest-for-one':
      return [ended, ...others.filter((s) => byAge(s, ended) > 0)];
  }
}
const byAge = (a: Sibling, b: Sibling): number => a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1);

/**
 * One more restart at `nowMs`, given the times of earlier ones: those that still count, this one included, and whether
 * that is more than the parent puts up with. A group that starts together counts once, as in OTP.
 *
 * Use it before starting anything; keep `atMs` for the next time.
 *
 * @example
 * countRestart({ strategy: 'one-for-one', intensity: 1, periodMs: 5_000 }, [1_000], 2_000); // → { atMs: [1_000, 2_000], exhausted: true }
 * countRestart({ strategy: 'one-for-one', intensity: 1, periodMs: 5_000 }, [1_000], 6_000).exhausted; // → false
 */
export function countRestart(
  { intensity, periodMs }: Supervision,
  earlierMs: readonly number[],
  nowMs: number,
): { atMs: number[]; exhausted: boolean } {
  const atMs = [...earlierMs.filter((at) => at > nowMs - periodMs), nowMs];
  return { atMs, exhausted: atMs.length > intensity };
}
