/**
 * A bug in Reeve, never a fault of the caller: becomes a 500 with a reference and no text.
 *
 * Use it for what cannot be unless the code is wrong; what a caller can bring about is a `DomainError`.
 *
 * @example
 * new InvariantError('two holders').name; // → 'InvariantError'
 */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/**
 * Throws `InvariantError` when `condition` does not hold.
 *
 * Use it where the types cannot say what holds; the compiler takes the condition for true afterwards.
 *
 * @example
 * invariant(1 < 2, 'never thrown'); // → undefined
 * invariant(null, 'there must be a row'); // → throws
 */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}

/**
 * For the `default` of an exhaustive switch: the compiler refuses it when a case is missing, and a value that no type
 * foresaw throws `InvariantError`.
 *
 * Use it where a switch answers nothing; one that returns a value in each case is checked already.
 *
 * @example
 * unreachable('unforeseen'); // → throws
 */
export function unreachable(value: never): never {
  throw new InvariantError(`unreachable: ${JSON.stringify(value)}`);
}
