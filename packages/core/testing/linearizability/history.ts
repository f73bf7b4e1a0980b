/** One call of one client. Stamps grow with real time: an operation precedes another when it returned before that one was called. */
export type Operation<I, O> = {
  client: number;
  input: I;
  calledAt: number;
  /** Absent: no reply was ever seen. The operation may have taken effect at any moment after its call, or never. */
  reply?: { output: O; at: number };
};

/** A sequential specification: what one thing answers when its calls come one after the other. */
export interface Model<S, I, O> {
  init: S;
  /**
   * The state after `input`, where `output` is an answer that the promise allows in `state`; else undefined. Without an
   * output (the reply was lost) the state that the call leads to if it takes effect at all, or undefined if it cannot.
   */
  step(state: S, input: I, output: O | undefined): S | undefined;
  /** Equal for equal states, and for those alone. */
  key(state: S): string;
}

/** Writes down calls and replies in the order in which clients see them. */
export class History<I, O> {
  readonly operations: Operation<I, O>[] = [];
  private now = 0;

  call(client: number, input: I): Operation<I, O> {
    const operation = { client, input, calledAt: this.now++ };
    this.operations.push(operation);
    return operation;
  }
  reply(operation: Operation<I, O>, output: O): void {
    operation.reply = { output, at: this.now++ };
  }
}
