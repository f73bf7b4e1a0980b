import type { CommandMap, CommandOutput, CommandType } from '../../../src/supervisor/commands.ts';
import type { Reply } from '../messages.ts';
import type { Surroundings } from '../surroundings.ts';

/** What a deed needs of the agent that does it. */
export interface Doer {
  readonly world: Surroundings;
  readonly id: string;
  readonly epoch: number;
  readonly alive: boolean;
  /** A fresh request id. */
  requestId(): string;
  call<T extends CommandType>(type: T, input: CommandMap[T]['in'], then?: (reply: Reply<CommandOutput<T>>) => void): void;
}
