import type { EventType, LoggedEvent } from '../../../src/kernel/events.ts';
import type { Result } from '../../../src/kernel/result.ts';
import type { Command } from '../../../src/supervisor/commands.ts';
import type { Commit } from '../../../src/supervisor/ports.ts';
import type { Model } from '../model.ts';

/**
 * A numbered promise of `semantics.md`, as something that can be seen broken. Each look answers how it is broken, or
 * undefined. Looks are cheap: at one fact or one commit, never at the whole world but in `settled`.
 */
export type Invariant = {
  id: string;
  says: string;
  /** The facts that `fact` looks at. */
  on?: readonly EventType[];
  /** Before the fact is taken into the model: rows and replay are as they were. */
  fact?(m: Model, e: LoggedEvent, commit: Commit): string | undefined;
  /** After all facts of a commit: `replay` and `state` are new, `rows` as they were. */
  check?(m: Model, commit: Commit): string | undefined;
  /** What a caller was told; `alone` when no other command was in its batch. */
  answer?(m: Model, command: Command, result: Result<unknown>, alone: boolean): string | undefined;
  /** Once, when the healed world has come to rest. */
  settled?(m: Model, nowMs: number): string | undefined;
};
