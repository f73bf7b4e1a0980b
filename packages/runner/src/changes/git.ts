import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GitError } from './git-error.ts';
import { type GitObject, ObjectReader } from './objects.ts';

export { GitError, type GitObject };

/**
 * Git in other people's repositories, always as an argument array. A repository's own configuration can name programs
 * (hooks, fsmonitor, filters, textconv, transports), so everything that git could start is switched off by the command
 * line, which outranks the repository, and by the environment, which reaches the `upload-pack` that a fetch starts.
 */
const overrides = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.attributesFile=/dev/null',
  'core.sshCommand=false',
  'core.alternateRefsCommand=true',
  'core.pager=cat',
  'core.quotePath=false',
  'core.protectHFS=true',
  'core.protectNTFS=true',
  'commit.gpgSign=false',
  'credential.helper=',
  'diff.external=',
  'gc.auto=0',
  'maintenance.auto=false',
  'fetch.writeCommitGraph=false',
  'submodule.recurse=false',
  'protocol.allow=never',
  'protocol.file.allow=always',
].flatMap((setting) => ['-c', setting]);

export type GitResult = { code: number; out: Buffer; text: string; error: string };
export type GitCall = {
  gitDir?: string;
  /** Where git looks for a repository when no `gitDir` is given. */
  cwd?: string;
  env?: Record<string, string>;
  input?: string | Buffer;
  /** Exit codes that are answers; any other one throws. */
  allow?: number[];
  /** As whom, where the repository belongs to somebody else than root. */
  owner?: { uid: number; gid: number } | null;
};

const timeoutMs = 120_000;
const maxBytes = 256 * 1024 * 1024;

/** Git with a configuration folder of its own; `home` must belong to the supervisor. */
export class Git {
  readonly #configFile: string;
  readonly #signal: AbortSignal;

  constructor(home: string, signal: AbortSignal) {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    this.#configFile = join(home, 'gitconfig');
    this.#signal = signal;
    // The only thing that has to reach child processes as configuration: reading repositories of other users.
    writeFileSync(this.#configFile, '[safe]\n\tdirectory = *\n');
  }

  async run(args: string[], call: GitCall = {}): Promise<GitResult> {
    const { code, out, error } = await this.#output(args, call);
    this.#signal.throwIfAborted();
    if (code === null) throw new GitError(`git ${args[0]} was ended by its limits of time or output.`);
    if (code !== 0 && !call.allow?.includes(code)) throw new GitError(`git ${args[0]} ended with ${code}: ${error.trim().slice(0, 2000)}`);
    return { code, out, text: out.toString('utf8'), error };
  }

  readonly #readers = new Map<string, ObjectReader>();
  /** What each name stands for now, or `null` where it stands for nothing; asked of one process that stays open. */
  async objects(gitDir: string, names: readonly string[]): Promise<(GitObject | null)[]> {
    this.#signal.throwIfAborted();
    let reader = this.#readers.get(gitDir);
    if (!reader?.isOpen) {
      // Its limit of time is for each answer.
      reader = new ObjectReader(this.#spawn(['cat-file', '--batch'], { gitDir }), { timeoutMs, maxBytes });
      this.#readers.set(gitDir, reader);
    }
    try {
      return await reader.read(names);
    } finally {
      this.#signal.throwIfAborted();
    }
  }

  /** Ends what stays open between calls. */
  async close(): Promise<void> {
    await Promise.all([...this.#readers.values()].map((reader) => reader.close()));
  }

  // A plain spawn, since a process library cost as much time as git itself.
  #spawn(args: string[], call: GitCall, limits: { timeout?: number } = {}): ChildProcess {
    const where = call.gitDir ? [`--git-dir=${call.gitDir}`] : [];
    return spawn('git', [...where, '--no-replace-objects', '--no-pager', ...overrides, ...args], {
      cwd: call.cwd ?? '/',
      env: this.#environment(call),
      stdio: ['pipe', 'pipe', 'pipe'],
      killSignal: 'SIGKILL',
      signal: this.#signal,
      ...limits,
      ...(call.owner ?? {}),
    });
  }

  #output(args: string[], call: GitCall): Promise<{ code: number | null; out: Buffer; error: string }> {
    return new Promise((resolve, reject) => {
      const child = this.#spawn(args, call, { timeout: timeoutMs }) as ChildProcessWithoutNullStreams;
      const out: Buffer[] = [];
      const errors: Buffer[] = [];
      let bytes = 0;
      child.stdout.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > maxBytes) child.kill('SIGKILL');
        else out.push(chunk);
      });
      child.stderr.on('data', (chunk: Buffer) => void (errors.length < 100 && errors.push(chunk)));
      child.once('error', (cause) =>
        reject(this.#signal.aborted ? this.#signal.reason : new GitError(`git did not start: ${cause.message}`)),
      );
      child.once('close', (code) => resolve({ code, out: Buffer.concat(out), error: Buffer.concat(errors).toString('utf8') }));
      // Git may end before it has read everything; its exit code says what that means.
      child.stdin.on('error', () => {});
      child.stdin.end(call.input ?? '');
    });
  }

  /** The first line of what git prints. */
  async line(args: string[], call: GitCall = {}): Promise<string> {
    return (await this.run(args, call)).text.split('\n')[0] ?? '';
  }

  #environment(call: GitCall): Record<string, string> {
    return {
      PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
      LC_ALL: 'C',
      HOME: '/nonexistent',
      GIT_CONFIG_NOSYSTEM: '1',
      // Another user cannot read our folder, and needs no exception for a repository that is their own.
      GIT_CONFIG_GLOBAL: call.owner ? '/dev/null' : this.#configFile,
      GIT_ATTR_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
      GIT_ALLOW_PROTOCOL: 'file',
      GIT_NO_REPLACE_OBJECTS: '1',
      GIT_NO_LAZY_FETCH: '1',
      GIT_OPTIONAL_LOCKS: '0',
      GIT_EDITOR: 'false',
      GIT_AUTHOR_NAME: 'Reeve',
      GIT_AUTHOR_EMAIL: 'reeve@reeve.invalid',
      GIT_COMMITTER_NAME: 'Reeve',
      GIT_COMMITTER_EMAIL: 'reeve@reeve.invalid',
      ...call.env,
    };
  }
}

export const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');

/** Ids become names of files and refs here; those of the core are harmless, anything else is refused. */
export function safeName(id: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(id)) throw new Error(`The id ${JSON.stringify(id)} cannot name a folder.`);
  return id;
}
