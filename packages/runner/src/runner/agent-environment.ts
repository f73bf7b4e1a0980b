import { createHash } from 'node:crypto';
import { containmentMarker } from '../containment/process-group.ts';

/** Names the runner that a process was started under; nested runners are separated by slashes, outermost first. */
export const runnerMarker = 'REEVE_RUNNER_PATH';

export type Handed = {
  url: string;
  agentId: string;
  /** The agent's own; the project's token never reaches an agent. */
  token: string;
  epoch: number;
  sessionId: string;
  instance: string;
  attachFile: string;
  failSafeMs: number;
  /** The checkpoint that this epoch goes on from. */
  restore?: string | undefined;
  /** Where the address stands after a restart of the server, if it is known. */
  serverFile?: string | undefined;
};

/**
 * What a launched agent finds in its environment: the runner's own, what the order adds, and on top what ties it to
 * its registration, so that neither can be replaced by the order.
 */
export function environmentFor(base: NodeJS.ProcessEnv, added: Record<string, string>, h: Handed): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...base, ...added };
  for (const name of Object.keys(env)) if (/^REEVE_INIT_/.test(name) || name === 'REEVE_RESTORE') delete env[name];
  const outer = base[runnerMarker];
  return {
    ...env,
    REEVE_URL: h.url,
    REEVE_AGENT_ID: h.agentId,
    REEVE_TOKEN: h.token,
    REEVE_EPOCH: String(h.epoch),
    REEVE_SESSION_ID: h.sessionId,
    REEVE_LAUNCHED: '1',
    REEVE_ATTACH_FILE: h.attachFile,
    REEVE_FAIL_SAFE_MS: String(h.failSafeMs),
    [runnerMarker]: outer ? `${outer}/${h.instance}` : h.instance,
    [containmentMarker]: h.agentId,
    ...(h.restore && { REEVE_RESTORE: h.restore }),
    ...(h.serverFile && { REEVE_SERVER_FILE: h.serverFile }),
    TRACEPARENT: traceparentOf(h, base.TRACEPARENT),
  };
}

const hex = (text: string, digits: number): string => createHash('sha256').update(text).digest('hex').slice(0, digits);

/** One trace a session, one span an agent, both from their ids; a trace that we run in already is continued. */
function traceparentOf(h: Handed, outer: string | undefined): string {
  const traceId = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(outer ?? '')?.[1] ?? hex(h.sessionId, 32);
  return `00-${traceId}-${hex(`${h.agentId}.${h.epoch}`, 16)}-01`;
}
