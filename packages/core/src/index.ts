/** The server's door: the supervisor, its ports and everything of the vocabulary. */
export * from './agents/agent.ts';
export * from './agents/agent-tree.ts';
export * from './agents/lease.ts';
export * from './changes/change.ts';
export * from './costs/cost-entry.ts';
export * from './costs/rollup.ts';
export * from './kernel/clock.ts';
export * from './kernel/ids.ts';
export * from './kernel/invariant.ts';
export * from './kernel/result.ts';
export * from './orphans/orphan-policy.ts';
export * from './stop/stop.ts';
export * from './stop/stop-plan.ts';
export * from './supervisor/commands.ts';
export * from './supervisor/ports.ts';
export { createSupervisor, type Supervisor } from './supervisor/supervisor.ts';
export * from './tasks/task.ts';
export * from './vocabulary.ts';
