import { type LimitName, maxDepth } from '@reeve/core/vocabulary';

/** What is wrong with a limit as typed, in words; null where nothing is. */
export function limitProblem(name: LimitName, typed: string): string | null {
  if (!/^\d{1,7}$/.test(typed.trim())) return 'a whole number';
  const value = Number(typed);
  if (value > 1_000_000) return 'at most 1,000,000';
  return name === 'depth' && value > maxDepth ? `at most ${maxDepth}` : null;
}
