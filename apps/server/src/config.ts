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
  /** Where people reach us, if not at the address that we listen on: what a proxy that ends TLS shows. */
  publicUrl?: string | undefined;
  initOwner?: { email: string; password: string } | undefined;
  oidc?: OidcConfig | undefined;
  /** So long somebody who has shown that it is them need not show it again. */
  provenMs?: number | undefined;
  /** As many calls a second one agent has, and others in proportion (`CallLimits`); 0: no bound. */
  agentCallsPerSecond?: number | undefined;
  /** In place of the key in the data directory. */
  secretKey?: string | undefined;
};
/** A provider of single sign-on (OpenID Connect). */
export type OidcConfig = { issuer: string; clientId: string; clientSecret: string; name: string };
/** Of a person's password. */
export const passwordLength = { least: 12, most: 200 };
export const checkoutDir = fileURLToPath(new URL('../../..', import.meta.url));

/** A setting that cannot be taken; the message says which and what it may be. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
const loopback = new Set(['127.0.0.1', '::1', 'localhost']);
export const isLoopback = (host: string): boolean => loopback.has(host);

export function readConfig(env: NodeJS.ProcessEnv): Config {
  const host = env.REEVE_HOST || '127.0.0.1';
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
    publicUrl: readPublicUrl(env.REEVE_PUBLIC_URL),
    initOwner: readInitOwner(env.REEVE_INIT_OWNER_EMAIL, env.REEVE_INIT_OWNER_PASSWORD),
    oidc: readOidc(env),
    provenMs: readProvenMs(env.REEVE_CONFIRM_AFTER_MS),
    agentCallsPerSecond: readCallsPerSecond(env.REEVE_AGENT_CALLS_PER_SECOND),
    secretKey: env.REEVE_SECRET_KEY || undefined,
  };
}
function readProvenMs(text: string | undefined): number | undefined {
  if (!text) return undefined;
  const ms = Number(text);
  if (!Number.isInteger(ms) || ms < 1_000 || ms > 86_400_000)
    throw new ConfigError(`REEVE_CONFIRM_AFTER_MS=${text} is no length of time: use a number from 1000 to 86400000.`);
  return ms;
}
function readCallsPerSecond(text: string | undefined): number | undefined {
  if (!text) return undefined;
  const calls = Number(text);
  if (!Number.isInteger(calls) || calls < 0 || calls > 1_000_000)
    throw new ConfigError(`REEVE_AGENT_CALLS_PER_SECOND=${text} is no number of calls: use one from 1 to 1000000, or 0 for no bound.`);
  return calls;
}
function readPublicUrl(text: string | undefined): string | undefined {
  if (!text) return undefined;
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol) || new URL(text).pathname !== '/')
    throw new ConfigError(`REEVE_PUBLIC_URL=${text} is no address: give it as https://reeve.example.com, without a path.`);
  return new URL(text).origin;
}
function readInitOwner(email: string | undefined, password: string | undefined): Config['initOwner'] {
  if (!email && !password) return undefined;
  if (!email || !password) throw new ConfigError('REEVE_INIT_OWNER_EMAIL and REEVE_INIT_OWNER_PASSWORD go together: give both.');
  if (!/^[^@\s]{1,64}@[^@\s]{1,190}$/.test(email)) throw new ConfigError(`REEVE_INIT_OWNER_EMAIL=${email} is no address of a person.`);
  const { least, most } = passwordLength;
  if (password.length < least || password.length > most)
    throw new ConfigError(`REEVE_INIT_OWNER_PASSWORD must have ${least} to ${most} characters.`);
  return { email: email.toLowerCase(), password };
}
function readOidc(env: NodeJS.ProcessEnv): OidcConfig | undefined {
  const { REEVE_OIDC_ISSUER: issuer, REEVE_OIDC_CLIENT_ID: clientId, REEVE_OIDC_CLIENT_SECRET: clientSecret } = env;
  if (!issuer && !clientId && !clientSecret) return undefined;
  if (!issuer || !clientId || !clientSecret)
    throw new ConfigError('REEVE_OIDC_ISSUER, REEVE_OIDC_CLIENT_ID and REEVE_OIDC_CLIENT_SECRET go together: give all three.');
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined;
  // the secret and who somebody is go there: in the open only to this machine
  if (!url || !(url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))))
    throw new ConfigError(`REEVE_OIDC_ISSUER=${issuer} must begin with https.`);
  return { issuer, clientId, clientSecret, name: env.REEVE_OIDC_NAME || url.hostname };
}
