/** A failure of git itself, with what it said: a fault of ours or of the system, never a judgement on a change. */
export class GitError extends Error {
  override readonly name = 'GitError';
}
