import type { ChildProcess } from 'node:child_process';
import { GitError } from './git-error.ts';

/** An object as git has it, whatever it was asked for by. */
export type GitObject = { sha: string; type: string; bytes: Buffer };

type Wanted = {
  left: number;
  bytes: number;
  found: (GitObject | null)[];
  resolve(found: (GitObject | null)[]): void;
  reject(error: unknown): void;
};
type Limits = { timeoutMs: number; maxBytes: number };

/**
 * One `git cat-file --batch` that stays open, for a process per question costs more than its answer. It keeps nothing:
 * every name is looked up anew when it is asked for, so a ref that has moved reads as it is now. Ends with `close`,
 * with the signal that it was started with, or when the process that asks ends.
 */
export class ObjectReader {
  readonly #child: ChildProcess;
  readonly #limits: Limits;
  readonly #waiting: Wanted[] = [];
  #chunks: Buffer[] = [];
  #bytes = 0;
  /** What has to be there before looking again makes sense. */
  #needed = 1;
  #timer: NodeJS.Timeout | undefined;
  #ended: unknown;

  constructor(child: ChildProcess, limits: Limits) {
    this.#child = child;
    this.#limits = limits;
    child.stdout?.on('data', (chunk: Buffer) => this.#take(chunk));
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      if (said.length < 2_000) said += chunk.toString('utf8');
    });
    child.stdin?.on('error', () => {});
    child.once('error', (cause) => this.#fail(new GitError(`git did not start: ${cause.message}`)));
    child.once('close', () => this.#fail(new GitError(`git cat-file ended before it had answered: ${said.trim().slice(0, 2_000)}`)));
    this.#hold(false);
  }

  #isClosing = false;
  /** Whether it takes questions. */
  get isOpen(): boolean {
    return this.#ended === undefined && !this.#isClosing;
  }

  /** Each name's object (a hash, a ref, `<tree-ish>:<path>`, `<commit>^{tree}`), or `null` where it names none. */
  read(names: readonly string[]): Promise<(GitObject | null)[]> {
    if (names.length === 0) return Promise.resolve([]);
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    if (names.some((name) => name === '' || name.includes('\n'))) return Promise.reject(new GitError('No object goes by that name.'));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ left: names.length, bytes: 0, found: [], resolve, reject });
      if (this.#waiting.length === 1) this.#hold(true);
      this.#child.stdin?.write(`${names.join('\n')}\n`);
    });
  }

  /** Takes no more questions, answers those that it has, and resolves when it has ended. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#ended !== undefined) return resolve();
      this.#isClosing = true;
      this.#child.once('close', () => resolve());
      this.#hold(true);
      this.#child.stdin?.end();
    });
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes < this.#needed) return;
    const all = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    let at = 0;
    this.#needed = 1;
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      const end = all.indexOf(10, at);
      if (end < 0) break;
      const header = /^([0-9a-f]+) (blob|tree|commit|tag) (\d+)$/.exec(all.toString('latin1', at, end));
      const size = Number(header?.[3] ?? 0);
      if (next.bytes + size > this.#limits.maxBytes) {
        this.#fail(new GitError('git cat-file was ended by its limit of output.'));
        return;
      }
      const after = header ? end + 1 + size + 1 : end + 1;
      if (after > all.length) {
        this.#needed = after - at;
        break;
      }
      const [, sha = '', type = ''] = header ?? [];
      next.bytes += size;
      next.found.push(header ? { sha, type, bytes: all.subarray(end + 1, end + 1 + size) } : null);
      at = after;
      if (--next.left > 0) continue;
      this.#waiting.shift();
      this.#hold(this.#waiting.length > 0 || this.#isClosing);
      next.resolve(next.found);
    }
    this.#chunks = at < all.length ? [all.subarray(at)] : [];
    this.#bytes = all.length - at;
  }

  /** Whether the process that asks has to stay for an answer; how long that may take. */
  #hold(isAsked: boolean): void {
    clearTimeout(this.#timer);
    const parts = [this.#child, this.#child.stdin, this.#child.stdout, this.#child.stderr] as unknown as { ref(): void; unref(): void }[];
    for (const part of parts) isAsked ? part?.ref() : part?.unref();
    if (isAsked)
      this.#timer = setTimeout(() => this.#fail(new GitError('git cat-file was ended by its limit of time.')), this.#limits.timeoutMs);
  }

  #fail(error: unknown): void {
    if (this.#ended !== undefined) return;
    this.#ended = error;
    clearTimeout(this.#timer);
    this.#child.kill('SIGKILL');
    this.#hold(false);
    clearTimeout(this.#timer);
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
