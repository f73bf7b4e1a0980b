/** One place in a team. Agents come and go, the place and its clone stay, so clones never pile up. */
export type Place = {
  slot: string;
  role: 'coder' | 'tester' | 'reviewer';
  /** What the program does: see `main.ts`. */
  program: 'toolsmith' | 'coder' | 'tester' | 'reviewer';
  /** Who takes the place, one after another. */
  names: string[];
  /** Whether its agents work in shifts. */
  shifts: boolean;
  /** Length of the first shift in milliseconds. */
  first?: number;
};

export const teams: Record<string, Place[]> = {
  coder: [
    { slot: 'toolsmith', role: 'coder', program: 'toolsmith', names: ['Ada (toolsmith)'], shifts: false },
    {
      slot: 'coder-1',
      role: 'coder',
      program: 'coder',
      names: ['Ben (coder)', 'Kim (coder)', 'Noor (coder)'],
      shifts: true,
      first: 240_000,
    },
    {
      slot: 'coder-2',
      role: 'coder',
      program: 'coder',
      names: ['Chi (coder)', 'Lev (coder)', 'Ola (coder)'],
      shifts: true,
      first: 420_000,
    },
    {
      slot: 'coder-3',
      role: 'coder',
      program: 'coder',
      names: ['Dora (coder)', 'Max (coder)', 'Pia (coder)'],
      shifts: true,
      first: 600_000,
    },
  ],
  tester: [
    { slot: 'tester-1', role: 'tester', program: 'tester', names: ['Eli (tester)'], shifts: false },
    {
      slot: 'tester-2',
      role: 'tester',
      program: 'tester',
      names: ['Fay (tester)', 'Quin (tester)', 'Rio (tester)'],
      shifts: true,
      first: 180_000,
    },
    {
      slot: 'tester-3',
      role: 'tester',
      program: 'tester',
      names: ['Gus (tester)', 'Sky (tester)', 'Tom (tester)'],
      shifts: true,
      first: 300_000,
    },
  ],
  reviewer: [
    {
      slot: 'reviewer-1',
      role: 'reviewer',
      program: 'reviewer',
      names: ['Hana (reviewer)', 'Uma (reviewer)'],
      shifts: true,
      first: 360_000,
    },
    {
      slot: 'reviewer-2',
      role: 'reviewer',
      program: 'reviewer',
      names: ['Ivo (reviewer)', 'Val (reviewer)'],
      shifts: true,
      first: 540_000,
    },
  ],
};

export const firstShiftMs = 240_000;
const longestShiftMs = 4 * 3_600_000;

/**
 * Shifts get longer each time: the tree moves every minute in the first quarter of an hour, and after a day it has
 * grown by some dozens of ended agents, not by thousands. After 40 shifts a place is taken for good.
 */
export function shiftMs(first: number, generation: number): number | undefined {
  if (generation >= 40) return undefined;
  return Math.min(longestShiftMs, Math.round(first * 1.5 ** generation));
}
