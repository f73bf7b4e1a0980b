import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const defaultUrl = 'http://127.0.0.1:7717';

/** What a runner hands down to the agents that it launches. */
export type Launched = { agentId: string; token: string; epoch: number; sessionId: string; checkpointId?: string };

/**
 * The registration that a runner made for this process, taken by the first one that asks. Later ones, in this process
 * or in children that inherit the environment, become its children instead: `REEVE_LAUNCHED` is taken out of the
 * environment, and `REEVE_ATTACH_FILE` decides between processes. The file also tells the runner that somebody here
 * obeys directives, so that a pause is asked for and not enforced.
 */
export function takeLaunched(env: NodeJS.ProcessEnv = process.env): Launched | undefined {
  const { REEVE_AGENT_ID: agentId, REEVE_TOKEN: token, REEVE_EPOCH: epoch, REEVE_LAUNCHED, REEVE_ATTACH_FILE: file } = env;
  if (REEVE_LAUNCHED !== '1' || !agentId || !token || !/^\d+$/.test(epoch ?? '')) return undefined;
  if (file && !take(file)) return undefined;
  delete env.REEVE_LAUNCHED;
  const { REEVE_RESTORE: checkpointId } = env;
  // not for the children of this process, which are other agents
  delete env.REEVE_RESTORE;
  return { agentId, token, epoch: Number(epoch), sessionId: env.REEVE_SESSION_ID ?? agentId, ...(checkpointId && { checkpointId }) };
}

/**
 * What the server of this machine wrote for its own user: `cli.json` in `REEVE_DATA_DIR`, else in the nearest `.reeve`
 * from the working folder upwards. Undefined where there is none, or none that we may read.
 */
export function localAccess(env: NodeJS.ProcessEnv = process.env, cwd = process.cwd()): { url: string; token: string } | undefined {
  const folders = env.REEVE_DATA_DIR ? [env.REEVE_DATA_DIR] : [];
  for (let at = cwd; !env.REEVE_DATA_DIR; at = dirname(at)) {
    folders.push(join(at, '.reeve'));
    if (at === dirname(at)) break;
  }
  for (const folder of folders) {
    try {
      const { url, token } = JSON.parse(readFileSync(join(folder, 'cli.json'), 'utf8')) as { url?: unknown; token?: unknown };
      if (typeof url === 'string' && typeof token === 'string') return { url, token };
    } catch {
      // the next one up
    }
  }
  return undefined;
}

/**
 * Where the server listens: as given, unless the file that it writes at each start (`REEVE_SERVER_FILE`, handed down
 * by the local runner) names another place. Looked up before every request that follows a failed one.
 */
export function serverAddress(
  given: string,
  file: string | undefined = process.env.REEVE_SERVER_FILE,
): { url(): string; lookAgain(): void } {
  let url = given;
  return {
    url: () => url,
    lookAgain: () => {
      if (!file) return;
      try {
        const told = (JSON.parse(readFileSync(file, 'utf8')) as { url?: unknown }).url;
        if (typeof told === 'string') url = told;
      } catch {
        // not there while the server restarts
      }
    },
  };
}

function take(file: string): boolean {
  for (let tries = 0; tries < 2; tries++) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx', mode: 0o600 });
      return true;
    } catch (e) {
      // Not being able to say it is no reason not to attach.
      if ((e as NodeJS.ErrnoException).code !== 'EEXIST') return true;
      if (holderLives(file)) return false;
      // The command was restarted inside its containment: the new process takes the place of the dead one.
      rmSync(file, { force: true });
    }
  }
  return false;
}

function holderLives(file: string): boolean {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    process.kill(pid, 0);
    return true;
  } catch (e) {
    return (e as NodeJS.ErrnoException).code === 'EPERM';
  }
}
