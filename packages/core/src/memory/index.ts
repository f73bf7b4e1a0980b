export * from './memory-ids.ts';
export type { MemoryState } from './memory-state.ts';
export * from './memory-store.ts';
