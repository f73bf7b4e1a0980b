/** The shortest lease there is: what a killed process held is free soon. */
export const leaseMs = 1_000;
export const barrierParties = 3;
const kinds = [
  { kind: 'mutex', permits: 1 },
  { kind: 'semaphore', permits: 3 },
];
/** Every few turns another one, since the checker takes histories of three hundred operations. */
export const lockAt = (turn: number): { name: string; permits: number } => {
  const { kind, permits } = kinds[turn % kinds.length] as (typeof kinds)[number];
  return { name: `${kind}-${Math.floor(turn / 16)}`, permits };
};

/** A line of a journal: a call, or its answer. Times are of one clock for all processes. */
export type Line = { n: string; at: string; do: string } & (
  | { calledMs: number; token?: string }
  | { answeredMs: number; status: number; said: Record<string, unknown> }
);
