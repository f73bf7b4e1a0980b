import { changeMutants } from './change-mutants.ts';
import { checkpointMutants } from './checkpoint-mutants.ts';
import { costMutants } from './cost-mutants.ts';
import type { Mutant } from './mutant.ts';
import { orphanMutants } from './orphan-mutants.ts';
import { stopMutants } from './stop-mutants.ts';
import { syncMutants } from './sync-mutants.ts';
import { taskMutants } from './task-mutants.ts';

export * from './mutant.ts';
export const mutants: readonly Mutant[] = [
  ...stopMutants,
  ...orphanMutants,
  ...costMutants,
  ...taskMutants,
  ...checkpointMutants,
  ...syncMutants,
  ...changeMutants,
];
