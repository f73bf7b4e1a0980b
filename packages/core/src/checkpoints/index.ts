/** Checkpoints as far as they are pure, for whoever runs an agent's loop: the triggers and the controller of saves. */
export * from './checkpoint-trigger.ts';
export * from './checkpointer.ts';
