/** What the API answers. Times are ISO 8601 UTC, money is decimal USD with nine places, tokens are decimal strings. */

export * from './views/agents.ts';
export * from './views/changes.ts';
export * from './views/checkpoints.ts';
export * from './views/coordination.ts';
export * from './views/costs.ts';
export * from './views/cuts.ts';
export * from './views/fields.ts';
export * from './views/orphans.ts';
export * from './views/project.ts';
export * from './views/stops.ts';
export * from './views/tasks.ts';
