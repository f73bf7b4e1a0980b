/** For tests and simulations; nothing of the product imports this. Contract suites stand in files of their own, since they need Vitest. */
export * from '../src/memory/index.ts';
export * from './clock.ts';
export * from './counted-store.ts';
export * from './records.ts';
export * from './runs.ts';
export * from './test-fleet.ts';
