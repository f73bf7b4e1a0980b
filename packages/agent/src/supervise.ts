import { randomUUID } from 'node:crypto';
import { constants } from 'node:os';
import { Agent, type Identity, type Registration } from './agent.ts';
import { within } from './backoff.ts';
import { Connection } from './connection.ts';
import { defaultUrl, localAccess, serverAddress, takeLaunched } from './environment.ts';
import { ReeveError } from './errors.ts';
import { HeartbeatLoop } from './heartbeats.ts';

export type SuperviseOptions = Registration & {
  /** Under whom: an agent of this process, or an id; `REEVE_AGENT_ID` unless told. */
  parent?: Agent | string;
  /** `REEVE_URL`, else `http://127.0.0.1:7717`. */
  url?: string;
  /** `REEVE_TOKEN` unless told; without either the one that the server of this checkout wrote for its user. */
  token?: string;
  /** Ends the agent after this long without any answer from the server; 5 minutes unless told. */
  failSafeMs?: number;
  /** Registers a new agent even where a runner has registered this process already. */
  asChild?: boolean;
  /** SIGINT, SIGTERM and SIGHUP end the agent in order, then the process; true unless told. */
  handleSignals?: boolean;
};

/**
 * Puts this program under supervision: registers an agent, or takes over the registration that a runner made for this
 * process, and keeps it alive with heartbeats until `finish`.
 *
 * With `work` the agent is finished by its outcome: completed, failed when it throws, stopped when it was stopped
 * (then the promise rejects with `AgentStopped`).
 *
 * Rejects with `ReeveError`: `unauthenticated` for a bad token, `fenced` under a parent that is being stopped,
 * `unreachable` after `failSafeMs` without a server.
 */
export async function supervise(options: SuperviseOptions): Promise<Agent>;
export async function supervise<T>(options: SuperviseOptions, work: (agent: Agent) => Promise<T>): Promise<T>;
export async function supervise<T>(options: SuperviseOptions, work?: (agent: Agent) => Promise<T>): Promise<Agent | T> {
  const agent = await begin(options);
  if (!work) return agent;
  // A stop waits for the work to notice the signal before it reports the end.
  const running = Promise.resolve(work(agent));
  agent.onStop(() => running.catch(() => {}));
  try {
    const result = await running;
    await agent.finish();
    return result;
  } catch (error) {
    await agent.finish({ outcome: 'failed', error });
    throw error;
  }
}

async function begin(options: SuperviseOptions): Promise<Agent> {
  const { parent, url, token, failSafeMs = defaultFailSafeMs(), asChild, handleSignals = true, ...registration } = options;
  const launched = parent || asChild ? undefined : takeLaunched();
  const told = token ?? launched?.token ?? process.env.REEVE_TOKEN;
  const local = told ? undefined : localAccess();
  const credential = told ?? local?.token;
  if (!credential) {
    const how = 'Set REEVE_TOKEN, pass `token`, or start this program with `reeve run -- …`.';
    throw new ReeveError({ code: 'unauthenticated' }, `There is no token for Reeve. ${how}`);
  }
  // After a registration its own token speaks for the agent and its subtree; the project's is no longer used.
  let current = credential;
  // An address that the program gave itself is not second-guessed.
  const address = serverAddress(url ?? process.env.REEVE_URL ?? local?.url ?? defaultUrl, url ? '' : process.env.REEVE_SERVER_FILE);
  const connection = new Connection({
    url: address.url,
    token: () => current,
    retryForMs: failSafeMs,
    onUnreachable: address.lookAgain,
  });
  let identity: Identity;
  let leaseMs = 15_000;
  if (launched) identity = { ...launched, name: options.name };
  else {
    const parentId = typeof parent === 'string' ? parent : (parent?.id ?? process.env.REEVE_AGENT_ID);
    const input = { ...registration, requestId: randomUUID(), ...(parentId && { parentId }) };
    const reply = await connection.call((trpc, sent) => trpc.agents.register.mutate(input, sent));
    current = reply.token;
    leaseMs = reply.leaseMs;
    identity = { ...reply, name: options.name };
  }
  const agent = new Agent(identity, connection, new HeartbeatLoop(connection, leaseMs), failSafeMs);
  if (handleSignals) endOnSignals(agent);
  return agent;
}

function defaultFailSafeMs(): number {
  const told = Number(process.env.REEVE_FAIL_SAFE_MS);
  return Number.isFinite(told) && told > 0 ? told : 300_000;
}

const signalGraceMs = 5_000;

/**
 * Without this a TERM from the runner would end Node before anything was flushed. Where the program listens to the
 * signal itself, the process is left to it.
 */
function endOnSignals(agent: Agent): void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const handler = async (name: (typeof signals)[number]) => {
    const alone = process.listenerCount(name) === 1;
    const deadlineMs = Date.now() + signalGraceMs;
    await within(signalGraceMs, agent.stopSelf({ cause: 'signal', stopId: null, mode: 'graceful', reason: name, deadlineMs }), undefined);
    if (alone) process.exit(128 + constants.signals[name]);
  };
  for (const name of signals) process.on(name, handler);
  void agent.ended.then(() => {
    for (const name of signals) process.off(name, handler);
  });
}
