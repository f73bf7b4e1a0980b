import { spawn } from 'node:child_process';

export type Ran = { exitCode: number | null; stdout: string; stderr: string; ms: number };
export type RunOptions = {
  cwd: string;
  signal?: AbortSignal | undefined;
  env?: Record<string, string>;
  stdin?: string;
  timeoutMs?: number;
};

/** Output beyond this is dropped: a run that floods its log must not fill the memory of its agent. */
const maxOutputBytes = 2_000_000;

/**
 * Runs a program without a shell and waits for its end. Rejects only when it could not start or the signal aborted;
 * a failing program is an answer, not an error.
 */
export function run(command: string, args: string[], options: RunOptions): Promise<Ran> {
  return new Promise((resolve, reject) => {
    options.signal?.throwIfAborted();
    const startedMs = Date.now();
    const child = spawn(command, args, {
      cwd: options.cwd,
      // Next's types, where they are loaded too, ask for a NODE_ENV that this program does not need
      env: { ...baseEnvironment(), ...options.env } as NodeJS.ProcessEnv,
      stdio: [options.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      signal: options.signal,
      timeout: options.timeoutMs ?? 60_000,
    });
    const take = (stream: NodeJS.ReadableStream | null) => {
      const parts: string[] = [];
      let bytes = 0;
      stream?.setEncoding('utf8').on('data', (part: string) => {
        bytes += part.length;
        if (bytes <= maxOutputBytes) parts.push(part);
      });
      return () => parts.join('');
    };
    const stdout = take(child.stdout);
    const stderr = take(child.stderr);
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, stdout: stdout(), stderr: stderr(), ms: Date.now() - startedMs }));
    // A program that ends without reading its input is no failure of ours.
    child.stdin?.on('error', () => {}).end(options.stdin);
  });
}

/**
 * What programs started by an agent may see: everything but keys and tokens. The rest stays, since a runner may know
 * its processes by a mark in their environment.
 */
export function baseEnvironment(): Record<string, string> {
  const secret = /(_API_KEY|_TOKEN|_SECRET|PASSWORD)$/;
  // Inside node's test runner this variable would turn the output of another run into its binary form.
  const { NODE_TEST_CONTEXT: _, ...rest } = process.env;
  return Object.fromEntries(Object.entries(rest).filter((e): e is [string, string] => e[1] !== undefined && !secret.test(e[0])));
}
