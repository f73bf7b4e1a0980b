import { spawn } from 'node:child_process';
import { closeSync, openSync, renameSync, statSync } from 'node:fs';
import { eventually } from '../processes/poll.ts';
import { isAlive, type ProcessId, signalProcess } from '../processes/proc.ts';
import { cliPath } from './keeper.ts';
import { RunnerFiles } from './runner-files.ts';
import { cleanUpAfter } from './sweep.ts';

export type LocalRunner = {
  /** Of the present one: a runner that dies is started again. */
  readonly pid: number;
  /** A runner of this data directory was alive already, with its agents: this server took it over. */
  adopted: boolean;
  /** Ends the runner and all its agents; resolves when they are verified gone. */
  stop(): Promise<void>;
};
type Log = { info(text: string): void; warn(text: string): void };

const startTimeoutMs = 20_000;
/** The runner's own grace for its agents is 3 s; reporting takes up to 2 s more. */
const stopTimeoutMs = 15_000;
const watchEveryMs = 2_000;
const maxLogBytes = 5_000_000;

/**
 * The runner for the agents that this server starts. It is a process of its own in a session of its own, so that the
 * death of the server does not take its agents along; a living one of this data directory is adopted. Rejects when it
 * cannot be started, with the end of its log in the message.
 */
export async function startLocalRunner(o: { dataDir: string; url: string; token: string; log: Log }): Promise<LocalRunner> {
  const files = new RunnerFiles(o.dataDir);
  files.saveAccess({ url: o.url, token: o.token });
  const living = files.living();
  if (living) o.log.info(`adopted the runner with the pid ${living.pid}`);
  let id: ProcessId = living ?? (await launch(files));
  let stopping = false;
  let starting: Promise<unknown> | undefined;
  const watch = setInterval(() => {
    if (stopping || starting || isAlive(id)) return;
    o.log.warn(`the local runner ${id.pid} has died; its agents end with it, a new one is started`);
    const again = launch(files).then((next) => (id = next));
    starting = again.catch((e: Error) => o.log.warn(e.message)).finally(() => (starting = undefined));
  }, watchEveryMs);
  watch.unref();
  return {
    get pid() {
      return id.pid;
    },
    adopted: living !== undefined,
    stop: async () => {
      stopping = true;
      clearInterval(watch);
      await starting;
      await stop(files, id, o.log);
    },
  };
}

async function launch(files: RunnerFiles): Promise<ProcessId> {
  const child = spawn(process.execPath, [cliPath, 'runner', '--data-dir', files.dataDir], {
    detached: true,
    stdio: ['ignore', ...logOf(files)],
    env: process.env,
  });
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`The local runner ended at once (${signal ?? code}); see ${files.logFile}.`)));
  });
  const started = eventually(() => files.living()?.pid === child.pid, startTimeoutMs);
  const ok = await Promise.race([started, failed]);
  failed.catch(() => {});
  child.unref();
  const record = files.living();
  if (!ok || !record) throw new Error(`The local runner did not start within ${startTimeoutMs} ms; see ${files.logFile}.`);
  return record;
}

function logOf(files: RunnerFiles): [number, number] {
  try {
    if (statSync(files.logFile).size > maxLogBytes) renameSync(files.logFile, `${files.logFile}.1`);
  } catch {
    // the first run
  }
  const fd = openSync(files.logFile, 'a', 0o600);
  // The child has its own copies; ours go with the event loop's next turn.
  setImmediate(() => closeSync(fd));
  return [fd, fd];
}

async function stop(files: RunnerFiles, id: ProcessId, log: Log): Promise<void> {
  signalProcess(id, 'SIGTERM');
  if (!(await eventually(() => !isAlive(id), stopTimeoutMs))) {
    log.warn(`the runner ${id.pid} did not end in time and is killed; its agents are ended for it`);
    signalProcess(id, 'SIGKILL');
    await eventually(() => !isAlive(id), 5_000);
  }
  const { survivors } = await cleanUpAfter(files.runDir, files.owns, { reportForMs: 0 });
  if (survivors) log.warn(`${survivors} processes of agents survive`);
}
