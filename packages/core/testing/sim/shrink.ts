import { runSchedule } from './run.ts';

/**
 * The fewest steps of this seed after which the same promise is broken. Truncation alone: the schedule keeps its order,
 * so what is left is the beginning of the same story without the parts that come after the break.
 */
export async function shortestOf(seed: number): Promise<{ steps: number; id: string } | null> {
  const whole = await runSchedule(seed);
  if (!whole.violation) return null;
  const { id } = whole.violation;
  let low = 0;
  let high = whole.steps;
  while (low + 1 < high) {
    const middle = (low + high) >> 1;
    const { violation } = await runSchedule(seed, { mostSteps: middle });
    if (violation?.id === id) high = middle;
    else low = middle;
  }
  return { steps: high, id };
}
