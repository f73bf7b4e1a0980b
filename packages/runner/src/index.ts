/** What the server takes: starting, adopting and ending its local runner. */
export { type LocalRunner, startLocalRunner } from './local/start-local-runner.ts';
export { isAlive, type ProcessId, startTimeOf } from './processes/proc.ts';
