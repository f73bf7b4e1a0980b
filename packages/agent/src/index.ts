/** What agent authors import. Start with `supervise`. */
export { Agent, type Outcome, type Registration, SpawnedAgent, type SpawnOptions } from './agent.ts';
export { backoffMs, delay, within } from './backoff.ts';
export type { Changes, NewChange } from './changes.ts';
export { type CheckpointerOptions, EffectInDoubt, type EffectOptions, type Saved, type Snapshot } from './checkpoints.ts';
export { type CallOptions, Connection, type Trpc } from './connection.ts';
export { type Costs, Reservation, type ReserveOptions } from './costs.ts';
export { AgentStopped, type StopCause, type StopNotice, TurnInterrupted } from './directives.ts';
export { defaultUrl } from './environment.ts';
export { type Failure, type FailureCode, failureOfWire, isReeveError, ReeveError } from './errors.ts';
export type { DirectiveReply } from './heartbeats.ts';
export type { BarrierOptions, HeldLock, LockOptions } from './locks.ts';
export { Outbox } from './outbox.ts';
export type { CostReport } from './reports.ts';
export { type SuperviseOptions, supervise } from './supervise.ts';
export type { ClaimedTask, ClaimOptions, HeldTask, NewArtefact, NewTask, TaskChanges, Tasks } from './tasks.ts';
export type { AgentRecord, ChangeRecord, Inputs, TaskRecord, WaitOptions } from './wire.ts';
