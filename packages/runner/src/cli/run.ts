import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { constants, hostname, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { isReeveError, within } from '@reeve/agent';
import { type ContainmentChoice, openContainment } from '../containment/choose.ts';
import { startKeeper } from '../local/keeper.ts';
import { instanceOf } from '../local/runner-files.ts';
import { saveHoldings } from '../runner/holdings.ts';
import type { HostedAgent } from '../runner/hosted-agent.ts';
import { RunnerLink } from '../runner/link.ts';
import { Runner } from '../runner/runner.ts';
import { findAccess } from './credentials.ts';

export type RunOptions = {
  parent?: string;
  name?: string;
  role?: string;
  model?: string;
  budget?: string;
  url?: string;
  token?: string;
  containment: ContainmentChoice;
  graceMs: number;
  failSafeMs: number;
  quiet?: boolean;
};
const startTriesMs = 10_000;
/** From sysexits.h. */
const exitUnavailable = 69;
const exitNoPermission = 77;

const say = (text: string): void => void process.stderr.write(`reeve: ${text}\n`);

/** `reeve run -- <command…>`: one command as a supervised agent. Resolves with the exit code to end with. */
export async function runCommand(command: string, args: string[], o: RunOptions): Promise<number> {
  const access = findAccess(o);
  if (!access) {
    say('There is no token. Start Reeve here with `npm start`, or give one by --token or REEVE_TOKEN.');
    return exitNoPermission;
  }
  const name = o.name ?? basename(command);
  const instance = instanceOf('run');
  const host = await openContainment(o.containment, instance);
  const runDir = mkdtempSync(join(tmpdir(), 'reeve-run-'));
  const keeper = startKeeper({ instance, runDir, folder: host.folder, isTemporary: true });
  const clear = () => {
    host.close();
    keeper.release();
    rmSync(runDir, { recursive: true, force: true });
  };
  const link = new RunnerLink({ access: () => access, name: `run on ${hostname()}`, containment: host.level, retryForMs: o.failSafeMs });
  const runner: Runner = new Runner({
    link,
    host,
    instance,
    runDir,
    baseEnv: process.env,
    failSafeMs: o.failSafeMs,
    log: () => {},
    onStarted: (agent, { output }) => {
      if (agent.id !== registration?.agentId) return;
      passOn(output.stdout, process.stdout);
      passOn(output.stderr, process.stderr);
    },
    onHoldings: () => save(),
  });
  const save = () => {
    const { runnerId, runnerToken: token, url } = link;
    if (!runnerId) return;
    const agents = runner.living.map((a) => ({ agentId: a.id, epoch: a.epoch }));
    saveHoldings(runDir, { instance, containment: host.level, folder: host.folder ?? null, url, runnerId, token, agents });
  };
  let registration: Awaited<ReturnType<typeof register>> | undefined;
  try {
    await link.register({ retryForMs: startTriesMs });
    registration = await register(link, name, o);
  } catch (e) {
    clear();
    say(isReeveError(e) ? e.message : String(e));
    return isReeveError(e) && e.code !== 'unreachable' && e.code !== 'unavailable' ? exitNoPermission : exitUnavailable;
  }
  save();
  if (!o.quiet) say(`${name} runs as ${registration.agentId}, held by ${host.level} (${link.url})`);

  const agent = runner.launch({ ...registration, name, parentId: null, command, args, cwd: process.cwd(), env: {}, stdin: 'inherit' });
  runner.start();
  endOnSignals(runner, o.graceMs);
  void runner.aloneTooLong.then(() => {
    say(`no contact with Reeve for ${Math.round(o.failSafeMs / 1000)} s: ending ${name}`);
    void runner.shutdown('the runner was alone for too long', o.graceMs);
  });
  await agent.ended;
  await othersEnded(runner, agent);
  await runner.shutdown('the command has ended', o.graceMs);
  clear();
  await Promise.all([drained(process.stdout), drained(process.stderr)]);
  return exitCodeOf(agent);
}

/** Ending the process would cut off what a slow reader has not taken yet. */
async function drained(to: Writable): Promise<void> {
  if (to.writableLength > 0 && !to.destroyed) await within(5_000, new Promise((resolve) => to.once('drain', resolve)), undefined);
}

async function register(link: RunnerLink, name: string, o: RunOptions) {
  const parentId = o.parent ?? process.env.REEVE_AGENT_ID;
  const input = {
    name,
    kind: 'process',
    requestId: randomUUID(),
    ...(link.runnerId && { runnerId: link.runnerId }),
    ...(parentId && { parentId }),
    ...(o.role && { role: o.role }),
    ...(o.model && { model: o.model }),
    ...(o.budget && { budgetUsd: o.budget }),
  };
  return link.asOwner.call((trpc, sent) => trpc.agents.register.mutate(input, sent), { retryForMs: startTriesMs });
}

/** Agents that the command had started on this runner may outlive it; their processes end with us, so we stay. */
async function othersEnded(runner: Runner, own: HostedAgent): Promise<void> {
  const others = () => runner.living.filter((a) => a !== own);
  if (others().length) say(`the command has ended; waiting for ${others().length} agents that it started (Ctrl-C ends them)`);
  while (others().length) await Promise.all(others().map((a) => a.ended));
}

/** Passes output on; where nobody reads it any more (`| head`), it is still read, so that the command is not held up. */
function passOn(from: Readable, to: Writable): void {
  from.pipe(to, { end: false });
  to.once('error', () => {
    from.unpipe(to);
    from.resume();
  });
}

/** The first signal asks to end (TERM, then KILL after the grace); the second does not wait. */
function endOnSignals(runner: Runner, graceMs: number): void {
  let asked = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      const now = Date.now();
      const killAtMs = asked ? now : now + graceMs;
      for (const a of runner.living) a.stop({ termAtMs: now, killAtMs, why: `${signal} to reeve run` });
      asked = true;
    });
}

/** As a shell would tell it: its own code, or 128 and the number of the signal. */
function exitCodeOf(agent: HostedAgent): number {
  const { exit, evidence } = agent;
  if (!exit) {
    say(evidence?.detail ?? 'the command could not be started');
    return evidence?.containment === 'none' ? 127 : 1;
  }
  if (exit.signal) return 128 + (constants.signals[exit.signal as NodeJS.Signals] ?? 0);
  return exit.exitCode ?? 1;
}
