import { delay } from '@reeve/agent';
import { type ContainmentChoice, openContainment } from '../containment/choose.ts';
import { startTimeOf } from '../processes/proc.ts';
import { runnerMarker } from '../runner/agent-environment.ts';
import { dropHoldings, saveHoldings } from '../runner/holdings.ts';
import { RunnerLink } from '../runner/link.ts';
import { Runner } from '../runner/runner.ts';
import { startKeeper } from './keeper.ts';
import { instanceOf, RunnerFiles } from './runner-files.ts';
import { cleanUpAfter } from './sweep.ts';

export type DaemonOptions = { dataDir: string; containment: ContainmentChoice; failSafeMs: number; graceMs: number };

/** Variables of the server that are none of its agents' business. */
const serverOnly = ['DATABASE_URL', 'REDIS_URL', 'REEVE_TOKEN', 'REEVE_INIT_OWNER_PASSWORD', 'REEVE_INIT_PROJECT_TOKEN'];

/**
 * The local runner of a server: holds the agents that the server orders, and outlives the server's death for the
 * fail-safe window. Resolves with the exit code when it has ended, by a signal or alone.
 */
export async function runDaemon(o: DaemonOptions): Promise<number> {
  const files = new RunnerFiles(o.dataDir);
  const log = (text: string) => process.stdout.write(`${new Date().toISOString()} ${text}\n`);
  const living = files.living();
  if (living && living.pid !== process.pid) {
    log(`A runner with the pid ${living.pid} already serves ${o.dataDir}.`);
    return 3;
  }
  const before = files.record();
  const instance = instanceOf(files.key);
  const me = { pid: process.pid, startTime: startTimeOf(process.pid) ?? 'unknown', instance };
  const ending = endOnSignal();
  files.saveRecord({ ...me, runnerId: before?.runnerId ?? null, token: null });

  let access = files.access();
  if (!access) {
    log(`There is no token in ${files.runDir}: start the server, which starts its runner.`);
    return 2;
  }
  const refreshAccess = () => {
    access = files.access() ?? access;
  };
  const host = await openContainment(o.containment, instance);
  const keeper = startKeeper({ instance, runDir: files.runDir, folder: host.folder, isTemporary: false });
  const link = new RunnerLink({
    access: () => access as NonNullable<typeof access>,
    name: 'local',
    containment: host.level,
    retryForMs: o.failSafeMs,
    runnerId: before?.runnerId ?? undefined,
  });
  const baseEnv = inheritedEnv();
  // For what we start beside agents: the gates of changes.
  process.env[runnerMarker] = baseEnv[runnerMarker] ? `${baseEnv[runnerMarker]}/${instance}` : instance;
  const { executeChangeOrder } = await loadChanges(log);
  const save = (runner: Runner) => {
    if (!link.runnerId) return;
    files.saveRecord({ ...me, runnerId: link.runnerId, token: link.runnerToken });
    const agents = runner.living.map((a) => ({ agentId: a.id, epoch: a.epoch }));
    saveHoldings(files.runDir, {
      instance,
      containment: host.level,
      folder: host.folder ?? null,
      url: link.url,
      runnerId: link.runnerId,
      token: link.runnerToken,
      agents,
    });
  };
  const runner: Runner = new Runner({
    link,
    host,
    instance,
    runDir: files.runDir,
    baseEnv,
    failSafeMs: o.failSafeMs,
    serverFile: files.serverFile,
    log,
    refreshAccess,
    onHoldings: () => save(runner),
    ...(executeChangeOrder && { executeChange: (order, env) => executeChangeOrder(order, { dataDir: o.dataDir, ...env }) }),
  });
  log(`The runner ${instance} holds agents by ${host.level}.`);

  const begun = begin();
  const alone = runner.aloneTooLong.then(() => 'fail-safe');
  const why = await Promise.race([ending, alone, begun.then((begins) => (begins ? ending : 'fail-safe'))]);
  log(why === 'fail-safe' ? `No server for ${o.failSafeMs} ms: ending all agents and myself.` : `Ending (${why}).`);
  await runner.shutdown(why === 'fail-safe' ? 'the runner was alone for too long' : 'the runner was shut down', o.graceMs);
  dropHoldings(files.runDir, instance);
  keeper.release();
  log('Ended; nothing is left.');
  return 0;

  /** What a run before this one left must be gone before new agents start. False when no server came up for it. */
  async function begin(): Promise<boolean> {
    const isDead = (i: string) => files.owns(i) && i !== instance;
    while (!(await registered())) {
      if (link.sinceContactMs() > o.failSafeMs) return false;
      await delay(1_000);
      refreshAccess();
    }
    const swept = await cleanUpAfter(files.runDir, isDead, {
      reportForMs: 10_000,
      speakAs: (h) => (h.runnerId === link.runnerId ? { runnerId: h.runnerId, connection: link.asRunner } : undefined),
    });
    if (swept.left) log(`Ended what a dead runner left; ${swept.survivors} processes survive.`);
    save(runner);
    runner.start();
    log(`Registered as ${link.runnerId} at ${link.url}.`);
    return true;
  }
  async function registered(): Promise<boolean> {
    return link.register({ retryForMs: 2_000 }).then(
      () => true,
      (e: Error) => {
        log(`registering failed: ${e.message}`);
        return false;
      },
    );
  }
}

function inheritedEnv(): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const name of serverOnly) delete env[name];
  return env;
}

function endOnSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => resolve(signal));
  });
}

/** Loaded when the runner starts and not before: `reeve run` has no use for the change verifier. */
async function loadChanges(log: (text: string) => void): Promise<Partial<typeof import('../changes/index.ts')>> {
  try {
    return await import('../changes/index.ts');
  } catch (e) {
    log(`Orders about changes cannot be carried out: ${e instanceof Error ? e.message : e}`);
    return {};
  }
}
