/**
 * What callers send (contract.md). One schema an input: tRPC, HTTP, OpenAPI and the clients all take these. Text from
 * agents has a length limit everywhere.
 */

export * from './inputs/agents.ts';
export * from './inputs/change-reports.ts';
export * from './inputs/changes.ts';
export * from './inputs/checkpoints.ts';
export * from './inputs/coordination.ts';
export * from './inputs/costs.ts';
export { id, parentExitActions } from './inputs/fields.ts';
export * from './inputs/history.ts';
export * from './inputs/project.ts';
export * from './inputs/runner-orders.ts';
export * from './inputs/runners.ts';
export * from './inputs/stops.ts';
export * from './inputs/task-files.ts';
export * from './inputs/tasks.ts';
