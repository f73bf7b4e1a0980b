/** What the server takes: starting, adopting and ending its local runner; and the orders on changes, for whoever measures them. */
export { type ChangeOrder, type ChangeOrderEnv, executeChangeOrder } from './changes/index.ts';
export { type LocalRunner, startLocalRunner } from './local/start-local-runner.ts';
export { isAlive, type ProcessId, startTimeOf } from './processes/proc.ts';
