export { CheckpointTimeline } from './checkpoint-timeline';
export { CutList } from './cut-list';
export { RehearsalResult } from './rehearsal-result';
