/**
 * A change: one self-modification with all its evidence. Shape as every stateful primitive here: a record, commands that
 * are decided into events, events that make the next record. The table of states is `changeTransitions` in the kernel.
 */
export * from './change-record.ts';
export { decideChange } from './decide-change.ts';
export { evolveChange, sentenceOfChangeEvent } from './evolve-change.ts';
