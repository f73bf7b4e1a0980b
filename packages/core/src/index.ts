/** The server's door: the supervisor, its ports and everything of the vocabulary. */
export * from './supervisor/commands.ts';
export * from './vocabulary.ts';
