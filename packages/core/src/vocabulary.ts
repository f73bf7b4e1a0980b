/** The browser-safe door: states, codes, schemas, views. Nothing here decides anything. */
export * from './agents/limits.ts';
export * from './api/fleet.ts';
export * from './api/history.ts';
export * from './api/inputs.ts';
export * from './api/live.ts';
export * from './api/people.ts';
export * from './api/repository-rules.ts';
export * from './api/roles.ts';
export * from './api/sentences.ts';
export * from './api/views.ts';
export * from './api/webhooks.ts';
export type { ActivationState } from './changes/activation-record.ts';
export * from './costs/budget-scope.ts';
export * from './costs/over-budget.ts';
export * from './kernel/errors.ts';
export * from './kernel/events.ts';
export * from './kernel/money.ts';
export * from './kernel/transitions.ts';
