// Node built-ins only.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

const PATIENCE_MS = 20_000;

/**
 * Processes that a test run has left behind, found by the mark in their environment or by standing in the run's folder
 * for temporary files; sessions and process groups do not hold what detaches itself. What ends by itself within the
 * patience is no leak. The rest is ended, and returned as lines to print. Only Linux can be looked through like this.
 */
export async function endLeftovers(mark, dir) {
  let found = await waitForNone(mark, dir, PATIENCE_MS);
  const lines = found.map(({ pid, command }) => `process ${pid}: ${command}`);
  for (const signal of ['SIGTERM', 'SIGKILL']) {
    for (const { pid } of found) {
      try {
        process.kill(pid, signal);
      } catch {
        // ended meanwhile
      }
    }
    if (found.length > 0) found = await waitForNone(mark, dir, 5_000);
  }
  return lines;
}

async function waitForNone(mark, dir, patienceMs) {
  const deadlineMs = performance.now() + patienceMs;
  for (;;) {
    const found = marked(mark, dir);
    if (found.length === 0 || performance.now() > deadlineMs) return found;
    await wait(100);
  }
}

function marked(mark, dir) {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => read(`/proc/${pid}/environ`).split('\0').includes(mark) || cwd(pid).startsWith(`${dir}/`))
    .map((pid) => ({ pid: Number(pid), command: read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim().slice(0, 200) }))
    .filter(({ command }) => command !== ''); // a zombie has none
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function cwd(pid) {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}
