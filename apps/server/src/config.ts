import { fileURLToPath } from 'node:url';
import { defaultLeaseMs } from '@reeve/core';

/** What the environment says (contract.md, "Environment"). */
export type Config = {
  host: string;
  port: number;
  dataDir: string;
  databaseUrl: string | undefined;
  demo: boolean;
  initProjectToken: string | undefined;
  logLevel: string;
  /** How long an agent may be silent before it counts as lost. */
  agentLeaseMs: number;
  /** Without pages: for tests of the API alone. */
  web: boolean;
  /** `REEVE_RUNNER=0`: no local runner, so this server starts no processes. */
  runner: boolean;
  dev: boolean;
  /** Names, with their port if not the scheme's own, under which a proxy serves us. */
  allowedHosts?: string[];
};
export const checkoutDir = fileURLToPath(new URL('../../..', import.meta.url));

/** A setting that cannot be taken; the message says which and what it may be. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
const loopback = new Set(['127.0.0.1', '::1', 'localhost']);

export function readConfig(env: NodeJS.ProcessEnv): Config {
  const host = env.REEVE_HOST || '127.0.0.1';
  // nobody can own this server yet, so nobody from elsewhere may reach it
  if (!loopback.has(host))
    throw new ConfigError(
      `REEVE_HOST=${host} is refused: without an owner account Reeve listens on loopback only. Use an SSH tunnel to reach it.`,
    );
  const port = Number(env.REEVE_PORT || 7717);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new ConfigError(`REEVE_PORT=${env.REEVE_PORT} is not a port: use a number from 0 to 65535.`);
  const agentLeaseMs = Number(env.REEVE_AGENT_LEASE_MS || defaultLeaseMs);
  if (!Number.isInteger(agentLeaseMs) || agentLeaseMs < 1_000 || agentLeaseMs > 30_000)
    throw new ConfigError(`REEVE_AGENT_LEASE_MS=${env.REEVE_AGENT_LEASE_MS} is no lease: use a number from 1000 to 30000.`);
  const token = env.REEVE_INIT_PROJECT_TOKEN || undefined;
  if (token !== undefined && !/^rv_[\w-]{8,200}$/.test(token))
    throw new ConfigError('REEVE_INIT_PROJECT_TOKEN must start with rv_, with 8 to 200 letters, digits, - or _ behind it.');
  const hosts = (env.REEVE_ALLOWED_HOSTS ?? '')
    .toLowerCase()
    .split(',')
    .map((h) => h.trim())
    .filter(Boolean);
  const odd = hosts.find((h) => !/^[a-z0-9.-]{1,253}(:\d{1,5})?$/.test(h));
  if (odd !== undefined)
    throw new ConfigError(`REEVE_ALLOWED_HOSTS has ${odd}: give names with commas between them, each with its port if it has one.`);
  return {
    host,
    port,
    dataDir: env.REEVE_DATA_DIR || `${checkoutDir}/.reeve`,
    databaseUrl: env.DATABASE_URL || undefined,
    demo: env.REEVE_DEMO !== '0',
    initProjectToken: token,
    logLevel: env.REEVE_LOG_LEVEL || 'info',
    agentLeaseMs,
    web: env.REEVE_WEB !== '0',
    runner: env.REEVE_RUNNER !== '0',
    dev: env.NODE_ENV !== 'production',
    allowedHosts: hosts,
  };
}
