import { changeInvariants } from './changes.ts';
import { checkpointInvariants } from './checkpoints.ts';
import { coordinationInvariants } from './coordination.ts';
import { costInvariants } from './costs.ts';
import { endWaitInvariants } from './end-waits.ts';
import type { Invariant } from './invariant.ts';
import { logInvariants } from './log.ts';
import { orphanInvariants } from './orphans.ts';
import { reservationInvariants } from './reservations.ts';
import { restartInvariants } from './restarts.ts';
import { savedStateInvariants } from './saved-states.ts';
import { stopInvariants } from './stop.ts';
import { taskInvariants } from './tasks.ts';

/** Every promise the simulation watches, one file a primitive. */
export const invariants: readonly Invariant[] = [
  ...logInvariants,
  ...stopInvariants,
  ...orphanInvariants,
  ...costInvariants,
  ...reservationInvariants,
  ...taskInvariants,
  ...checkpointInvariants,
  ...savedStateInvariants,
  ...restartInvariants,
  ...coordinationInvariants,
  ...endWaitInvariants,
  ...changeInvariants,
];
