/**
 * Every kind of thing that has an identity, with the prefix its ids carry (ids are opaque to callers).
 *
 * Use it where ids are made; nobody may read a meaning out of one.
 *
 * @example
 * idPrefixes.agent; // → 'agt'
 */
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
  reservation: 'rsv',
  budget: 'bud',
  event: 'evt',
  lock: 'lck',
  barrier: 'bar',
  request: 'req',
  checkpoint: 'ckp',
  cut: 'cut',
  artefact: 'art',
  comment: 'cmt',
} as const;
/** The kinds of things that ids are made for. */
export type IdKind = keyof typeof idPrefixes;

/** Makes ids; a port, so that a simulation can make the same ones again. */
export interface Ids {
  next(kind: IdKind): string;
}
