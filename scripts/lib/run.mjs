// Node built-ins only: this runs before anything is installed.
import { spawn } from 'node:child_process';
import { basename } from 'node:path';
import { env, root } from './env.mjs';
import { exitCodeOf, interruptedBy, withSignals } from './signals.mjs';

/** A tool that did not succeed, or was interrupted. */
export class StepFailed extends Error {
  constructor(message, exitCode) {
    super(message);
    this.exitCode = exitCode;
  }
}

const seconds = (sinceMs) => `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;
const inGroups = process.platform !== 'win32';

/** Runs a tool to its end and prints how long it took; throws `StepFailed` where it fails. */
export async function run(command, args, options = {}) {
  const { name = [basename(command), ...args].join(' '), cwd = root, extraEnv = {} } = options;
  const startedMs = performance.now();
  const { code, signal, error } = await runQuietly(command, args, { cwd, env: { ...env, ...extraEnv } });
  if (code === 0) return console.log(`✓ ${name} (${seconds(startedMs)})`);
  const how = error?.message ?? (signal ? `was ended by ${signal}` : `failed with code ${code}`);
  console.error(`✗ ${name} ${how} (${seconds(startedMs)})`);
  throw new StepFailed(`${name} ${how}`, interruptedBy ? exitCodeOf(interruptedBy) : (code ?? exitCodeOf(signal)) || 1);
}

/** Runs a tool in a process group of its own; whatever of the group outlives it is ended with it. */
export async function runQuietly(command, args, options) {
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], detached: inGroups, shell: !inGroups, ...options });
  const tell = (signal) => {
    try {
      process.kill(inGroups ? -child.pid : child.pid, signal);
    } catch {
      // it has just ended
    }
  };
  let asked = 0;
  const ended = new Promise((resolve) => {
    child.once('error', (error) => resolve({ error }));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const result = await withSignals(
    (signal) => tell(asked++ === 0 ? signal : 'SIGKILL'),
    () => ended,
  );
  if (child.pid !== undefined) tell('SIGKILL');
  return result;
}
