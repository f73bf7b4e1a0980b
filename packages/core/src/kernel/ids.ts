/** Every kind of thing that has an identity, with the prefix its ids carry (ids are opaque to callers). */
export const idPrefixes = {
  project: 'prj',
  agent: 'agt',
  runner: 'run',
  order: 'ord',
  stop: 'stp',
  task: 'tsk',
  change: 'chg',
  repository: 'rep',
  approval: 'apr',
  event: 'evt',
  lock: 'lck',
  barrier: 'bar',
  request: 'req',
  checkpoint: 'ckp',
} as const;
export type IdKind = keyof typeof idPrefixes;

/** Makes ids; a port, so that a simulation can make the same ones again. */
export interface Ids {
  next(kind: IdKind): string;
}
