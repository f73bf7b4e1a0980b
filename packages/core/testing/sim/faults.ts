import type { Random } from './random.ts';

/** What can go wrong, as shares of messages, commits or looks at the clock. */
export type Faults = {
  drop: number;
  duplicate: number;
  /** Messages that take longer than their sender waits. */
  slow: number;
  /** Looks of a node at the network at which one of its directions is cut for a while. */
  cut: number;
  crashBefore: number;
  crashAfter: number;
  storeBefore: number;
  storeAfter: number;
  stall: number;
  runnerCrash: number;
  /** Transactions whose checkpoint is written in part, and checkpoints that are changed on the disk before they are read. */
  tear: number;
  rot: number;
};
export const noFaults: Readonly<Faults> = {
  drop: 0,
  duplicate: 0,
  slow: 0,
  cut: 0,
  crashBefore: 0,
  crashAfter: 0,
  storeBefore: 0,
  storeAfter: 0,
  stall: 0,
  runnerCrash: 0,
  tear: 0,
  rot: 0,
};
const worst: Readonly<Faults> = {
  drop: 0.15,
  duplicate: 0.15,
  slow: 0.1,
  cut: 0.04,
  crashBefore: 0.03,
  crashAfter: 0.03,
  storeBefore: 0.05,
  storeAfter: 0.05,
  stall: 0.06,
  runnerCrash: 0.03,
  tear: 0.2,
  rot: 0.5,
};

/**
 * Faults of one world. Each is switched on for some worlds only: with all of them everywhere no long story ever gets
 * through, and with none the interesting ones do not begin.
 */
export function drawFaults(random: Random): Faults {
  const drawn = { ...noFaults };
  if (random.chance(0.15)) return drawn;
  for (const name in worst) {
    const fault = name as keyof Faults;
    if (random.chance(0.35)) drawn[fault] = (worst[fault] * random.between(20, 100)) / 100;
  }
  return drawn;
}
