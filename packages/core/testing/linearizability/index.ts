/** For histories that a real server made; those of the store in memory stand beside this. */
export * from './explain.ts';
export type { Model, Operation } from './history.ts';
