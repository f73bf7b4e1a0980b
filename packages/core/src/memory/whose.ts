import type { Whose } from '../supervisor/ports.ts';

/** The path of an agent; undefined where there is none. */
export type PathOf = (agentId: string) => readonly string[] | undefined;

/** Whether an agent is one of those that were asked for. */
export function isOf(agentId: string, whose: Whose, pathOf: PathOf): boolean {
  if (!('under' in whose)) return whose.includes(agentId);
  return whose.under === null || pathOf(agentId)?.includes(whose.under) === true;
}
