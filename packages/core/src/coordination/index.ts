export * from './barrier.ts';
export * from './facts.ts';
export * from './lock.ts';
export * from './wait-graph.ts';
