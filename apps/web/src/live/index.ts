export { conditionsOf, isLate } from './conditions';
export * from './hooks';
export type { LiveStatus, Phase } from './live-client';
export { mark } from './marks';
export { LiveProvider, StaticLive, useLive, useLiveStatus, useLiveStore } from './provider';
export { LiveStore, type Topic } from './store';
export { useTopicAtMost } from './throttled-topic';
export { allStates, type Counts, endedOf, liveOf, stateAt, totalOf } from './tree-index';
