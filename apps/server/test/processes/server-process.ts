import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { checkoutDir } from '../../src/config.ts';
import { makeSocketDir, socketUrl } from '../../src/database/postgres-socket.ts';
import type { Answer, Json } from '../harness.ts';

export const projectToken = 'rv_a-project-token-for-processes';

const freePort = () =>
  new Promise<number>((resolve, reject) => {
    const s = createServer().once('error', reject);
    s.listen(0, '127.0.0.1', () => {
      const { port } = s.address() as { port: number };
      s.close(() => resolve(port));
    });
  });

/** No answer came, or one that says that the server cannot answer now: what was asked may have happened or not. */
export class Unanswered extends Error {}

/**
 * A real server process with its own PostgreSQL on a data directory of its own: it can be killed, paused and started
 * again at the same address. `remove` leaves nothing behind.
 */
export class ServerProcess {
  private child: ChildProcess | undefined;
  private output = '';
  private constructor(
    private readonly dataDir: string,
    readonly url: string,
    private readonly databaseUrl: string,
    private readonly env: Record<string, string>,
  ) {}

  static async start(env: Record<string, string> = {}): Promise<ServerProcess> {
    const dataDir = realpathSync(mkdtempSync(join(tmpdir(), 'rp ')));
    const port = await freePort();
    const databaseUrl = async () => socketUrl(await makeSocketDir(join(dataDir, 'postgres'), {}), 'reeve');
    const server = new ServerProcess(dataDir, `http://127.0.0.1:${port}`, '', { REEVE_PORT: String(port), ...env });
    try {
      await server.up();
      return Object.assign(server, { databaseUrl: await databaseUrl() });
    } catch (e) {
      await server.remove();
      throw e;
    }
  }
  /** Starts it, again or for the first time; resolves when it answers. */
  async up(): Promise<void> {
    const env = {
      ...process.env,
      ...{ REEVE_DATA_DIR: this.dataDir, REEVE_INIT_PROJECT_TOKEN: projectToken, REEVE_LOG_LEVEL: 'warn' },
      ...{ REEVE_WEB: '0', REEVE_RUNNER: '0', REEVE_DEMO: '0', ...this.env },
    };
    delete (env as NodeJS.ProcessEnv).DATABASE_URL;
    const child = spawn(process.execPath, ['--import', 'tsx', join(checkoutDir, 'apps/server/src/main.ts')], {
      cwd: join(checkoutDir, 'apps/server'),
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    this.output = '';
    await new Promise<void>((resolve, reject) => {
      const read = (chunk: Buffer) => {
        this.output += chunk.toString();
        if (this.output.includes('Reeve is ready')) resolve();
      };
      child.stdout?.on('data', read);
      child.stderr?.on('data', read);
      child.once('exit', (code, signal) => reject(new Error(`the server ended with ${code ?? signal}:\n${this.output}`)));
    });
  }
  /** What it wrote since its last start. */
  get log(): string {
    return this.output;
  }
  /** SIGSTOP, SIGCONT: it stands still, and goes on. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.child?.kill(signal);
  }
  /** Whoever read what it says is gone, as a terminal that was closed, or the `tee` behind a pipe. */
  closeOutput(): void {
    this.child?.stdout?.destroy();
    this.child?.stderr?.destroy();
  }
  /** As Ctrl-C; answers its exit code, or the signal that ended it. */
  async stop(): Promise<number | string | null> {
    const child = this.child;
    await this.end('SIGINT');
    return child?.exitCode ?? child?.signalCode ?? null;
  }
  /** As `kill -9`; its database notices by itself. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }
  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGCONT');
    child.kill(signal);
    await exited;
  }
  async remove(): Promise<void> {
    await this.end('SIGTERM');
    rmSync(this.dataDir, { recursive: true, force: true, maxRetries: 5 });
  }

  /** One call of `/api/v1`; rejects with `Unanswered` where nobody can say what became of it. */
  async call(method: string, path: string, body?: unknown, token = projectToken, timeoutMs = 10_000): Promise<Answer> {
    try {
      const res = await fetch(`${this.url}/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        signal: AbortSignal.timeout(timeoutMs),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const answer = { status: res.status, body: (await res.json()) as Json, headers: res.headers };
      if (answer.status === 503) throw new Unanswered(JSON.stringify(answer.body));
      return answer;
    } catch (e) {
      if (e instanceof Unanswered) throw e;
      throw new Unanswered((e as Error).message, { cause: e });
    }
  }
  /** A call that must succeed when it is answered. */
  async ok(method: string, path: string, body?: unknown, token?: string, timeoutMs?: number): Promise<Json> {
    const { status, body: answer } = await this.call(method, path, body, token, timeoutMs);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(answer)}`);
    return answer;
  }

  /** Rows of its database, past the server. */
  async sql(text: string, values: unknown[] = []): Promise<Json[]> {
    const client = new pg.Client({ connectionString: this.databaseUrl });
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.query(text, values)).rows;
    } finally {
      await client.end();
    }
  }
  /** Its database cannot be reached: no socket, no connection. What this answers brings it back. */
  async closeDatabase(): Promise<() => void> {
    const folder = new URL(this.databaseUrl).searchParams.get('host') ?? '';
    const [there, away] = [join(folder, '.s.PGSQL.5432'), join(folder, 'away')];
    const terminate = `select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend'`;
    const client = new pg.Client({ connectionString: this.databaseUrl });
    client.on('error', () => {});
    await client.connect();
    renameSync(there, away);
    await client.query(terminate);
    await client.end();
    return () => renameSync(away, there);
  }
  /** Its database hangs: every process of it stands still. What this answers lets them go on. */
  freezeDatabase(): () => void {
    const postmaster = Number(readFileSync(join(this.dataDir, 'postgres/cluster/postmaster.pid'), 'utf8').split('\n')[0]);
    const children = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8').trim().split(' ').map(Number);
    const all = [postmaster, ...children];
    const signal = (name: NodeJS.Signals) => {
      for (const pid of all) if (existsSync(`/proc/${pid}`)) process.kill(pid, name);
    };
    signal('SIGSTOP');
    return () => signal('SIGCONT');
  }
}
