import { devNull } from 'node:os';
import { run } from './run.ts';

/** Hooks, monitors and background jobs stay off: a repository must not be able to run code of its own. */
const settings = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.autocrlf=false',
  'commit.gpgsign=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'advice.detachedHead=false',
  'protocol.file.allow=always',
].flatMap((setting) => ['-c', setting]);

export type GitOptions = { signal?: AbortSignal | undefined; author?: string; stdin?: string };

/** Runs git in a folder, without anybody's own configuration; answers with what it printed. */
export async function git(cwd: string, args: string[], options: GitOptions = {}): Promise<string> {
  const name = options.author ?? 'Tool Library';
  const email = `${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}@tool-library.invalid`;
  const ran = await run('git', [...settings, ...args], {
    cwd,
    signal: options.signal,
    ...(options.stdin === undefined ? {} : { stdin: options.stdin }),
    env: {
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: devNull,
      GIT_TERMINAL_PROMPT: '0',
      GIT_AUTHOR_NAME: name,
      GIT_AUTHOR_EMAIL: email,
      GIT_COMMITTER_NAME: name,
      GIT_COMMITTER_EMAIL: email,
      LC_ALL: 'C',
    },
  });
  if (ran.exitCode !== 0) throw new GitError(args, ran.exitCode, ran.stderr.trim());
  return ran.stdout;
}

export class GitError extends Error {
  constructor(args: string[], exitCode: number | null, detail: string) {
    super(`git ${args.join(' ')} ended with ${exitCode}: ${detail}`);
    this.name = 'GitError';
  }
}
