export * from './barrier.ts';
export * from './end-watch.ts';
export * from './facts.ts';
export * from './leased.ts';
export * from './lock.ts';
export type {
  AbortSignalLike,
  BarrierAnswer,
  EndAnswer,
  Grant,
  LockAnswer,
  MeetingPoint,
  Permits,
  Timers,
  Waiting,
} from './meeting-points.ts';
export * from './until-served.ts';
export * from './wait-graph.ts';
