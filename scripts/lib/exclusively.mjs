// Node built-ins only: this runs before anything is installed.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { at } from './env.mjs';
import { StepFailed } from './run.mjs';
import { exitCodeOf, interruptedBy } from './signals.mjs';

/**
 * One at a time for each checkout: `npm test` beside a starting `npm start` waits until that has installed and built,
 * and then finds nothing left to do. A lock left by a killed script is stepped over; two that do so at the same moment
 * may both go on, which costs time and breaks nothing.
 */
export async function exclusively(work) {
  const lock = at('node_modules', '.stamps', 'lock');
  mkdirSync(dirname(lock), { recursive: true });
  const self = `${process.pid} ${startTimeOf(process.pid)}`;
  for (let waiting = false; !create(lock, self); ) {
    const holder = readOr(lock);
    const [pid, startTime] = holder.split(' ');
    if (startTimeOf(Number(pid)) !== startTime) rmSync(lock, { force: true });
    else {
      if (!waiting) console.log(`… waiting for process ${pid}, which is installing or building here`);
      waiting = true;
      await wait(200);
      if (interruptedBy) throw new StepFailed('interrupted while waiting', exitCodeOf(interruptedBy));
    }
  }
  const release = () => {
    if (readOr(lock) === self) rmSync(lock, { force: true });
  };
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

/** Tells a process from a later one under its number; "alive" where the system does not say, undefined when it is gone. */
function startTimeOf(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return undefined;
  }
  const stat = readOr(`/proc/${pid}/stat`);
  return stat === '' ? 'alive' : stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

function create(file, content) {
  try {
    writeFileSync(file, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function readOr(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
