export { CheckpointTimeline } from './checkpoint-timeline';
export { CutList } from './cut-list';
