/** Locks and barriers as their users meet them; in files of their own, since the contract needs Vitest. */
export * from './fake-timers.ts';
export * from './leased-meetings.ts';
export * from './meeting-contract.ts';
