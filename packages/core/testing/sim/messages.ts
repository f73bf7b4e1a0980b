import type { DomainError } from '../../src/kernel/errors.ts';
import type { Result } from '../../src/kernel/result.ts';
import type { Actor, CommandMap, CommandOutput, CommandType } from '../../src/supervisor/commands.ts';

/** Who calls: an actor that signed in (a person, the project), or a bearer token that the server looks up. */
export type Credential = { actor: Actor } | { token: string };
/** `lost`: the caller waited long enough and cannot know whether it happened. */
export type Reply<T> = { kind: 'ok'; value: T } | { kind: 'refused'; error: DomainError } | { kind: 'lost' };
export type Request = {
  type: CommandType;
  input: unknown;
  credential: Credential;
  /** Called at most once, on the server's side of the network. */
  respond: (result: Result<unknown> | 'unavailable') => void;
};
/** The way to the server, as every actor has it. */
export interface Calls {
  call<T extends CommandType>(
    node: string,
    credential: Credential,
    type: T,
    input: CommandMap[T]['in'],
    then?: (reply: Reply<CommandOutput<T>>) => void,
  ): void;
}
