import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { startServer } from '../../apps/server/src/compose.ts';
import { openDatabase } from '../../apps/server/src/database/open-database.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at as a caller in another language would
export type Json = any;
export type Served = { call(path: string, body: object, token?: string): Promise<Json>; stop(): Promise<void> };
const quiet = { info: () => {}, warn: () => {}, error: (fields: object, message: string) => console.error(message, fields) };

/** A whole server in this process without pages and runner, on a PostgreSQL of its own; `call` posts to `/api/v1`. */
export async function serve(): Promise<Served> {
  const dir = await mkdtemp(join(tmpdir(), 'reeve-bench-'));
  const database = await openDatabase({ dataDir: { pgDir: join(dir, 'postgres') }, databaseUrl: undefined, log: quiet });
  const projectToken = 'rv_a-project-token-for-benchmarks';
  const running = await startServer(
    {
      host: '127.0.0.1',
      port: 0,
      dataDir: join(dir, 'data'),
      databaseUrl: database.url,
      demo: false,
      initProjectToken: projectToken,
      logLevel: 'warn',
      agentLeaseMs: 600_000,
      web: false,
      runner: false,
      dev: false,
    },
    pino({ level: 'warn' }),
    () => undefined,
  );
  return {
    async call(path, body, token = projectToken) {
      const res = await fetch(`${running.url}/api/v1${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const answer = await res.json();
      if (res.status >= 300) throw new Error(`${path}: ${res.status} ${JSON.stringify(answer)}`);
      return answer;
    },
    async stop() {
      await running.stop();
      await database.stop();
      await rm(dir, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
