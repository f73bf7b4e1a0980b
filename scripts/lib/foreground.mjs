// Node built-ins only: this runs before anything is installed.
import { spawn } from 'node:child_process';
import { env } from './env.mjs';
import { exitCodeOf, withSignals } from './signals.mjs';

const PATIENCE_MS = 30_000;
const LIFELINE = new URL('./lifeline.mjs', import.meta.url).href;

/**
 * Runs a Node program in the foreground until it ends; returns its exit code. The first signal is handed on, once, and
 * then its orderly shutdown is waited for, however often Ctrl-C is pressed: leaving earlier would orphan what it runs.
 * Only after half a minute does a further one kill it. With `lifeline` the program is told to stop when this script
 * itself is killed.
 */
export async function foreground(args, { cwd, extraEnv, lifeline = false }) {
  const child = spawn(process.execPath, [...(lifeline ? ['--import', LIFELINE] : []), ...args], {
    cwd,
    env: { ...env, ...extraEnv, ...(lifeline ? { REEVE_LIFELINE_FD: '3' } : {}) },
    stdio: ['ignore', 'inherit', 'inherit', lifeline ? 'pipe' : 'ignore'],
    detached: process.platform !== 'win32',
  });
  child.stdio[3]?.on('error', () => {});
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? exitCodeOf(signal)));
  });
  let firstMs;
  return withSignals(
    (signal) => {
      const waitedMs = firstMs === undefined ? 0 : performance.now() - firstMs;
      if (firstMs === undefined) {
        firstMs = performance.now();
        child.kill(signal);
      } else if (waitedMs < PATIENCE_MS) {
        console.error(
          `Still stopping: process ${child.pid} has had ${Math.round(waitedMs / 1000)} s; it is killed when asked again after ${PATIENCE_MS / 1000} s.`,
        );
      } else child.kill('SIGKILL');
    },
    () => ended,
  );
}
