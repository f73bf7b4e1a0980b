import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultUrl } from '@reeve/agent';
import { readJson } from '../runner/holdings.ts';
import type { Access } from '../runner/link.ts';

const checkout = fileURLToPath(new URL('../../../..', import.meta.url));

/** Where the server of this checkout keeps its data, unless `REEVE_DATA_DIR` says otherwise. */
export const defaultDataDir = (env: NodeJS.ProcessEnv = process.env): string => env.REEVE_DATA_DIR || join(checkout, '.reeve');

/**
 * Whom to talk to and as whom: what the command line says, else the environment (inside an agent: that agent), else the
 * file that the local server writes for its own user. Undefined without a token.
 */
export function findAccess(given: { url?: string; token?: string }, env: NodeJS.ProcessEnv = process.env): Access | undefined {
  const local = readJson<Partial<Access>>(join(defaultDataDir(env), 'cli.json'));
  const token = given.token ?? env.REEVE_TOKEN ?? local?.token;
  const url = given.url ?? env.REEVE_URL ?? local?.url ?? defaultUrl;
  return token ? { url, token } : undefined;
}
