export { CheckpointTimeline } from './checkpoint-timeline';
