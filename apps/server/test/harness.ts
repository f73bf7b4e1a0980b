import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Frame, LiveClientEvents, LiveServerEvents } from '@reeve/core/vocabulary';
import pg from 'pg';
import { pino } from 'pino';
import { io, type Socket } from 'socket.io-client';
import { type Running, startServer } from '../src/compose.ts';
import type { Config } from '../src/config.ts';
import { type Database, openDatabase } from '../src/database/open-database.ts';
import { silent, until } from './database/support.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at from outside, as a caller in another language would
export type Json = any;
export type Answer = { status: number; body: Json; headers: Headers };
export type LiveSocket = Socket<LiveServerEvents, LiveClientEvents>;

/** Valid from the start, as `REEVE_INIT_PROJECT_TOKEN`. */
export const projectToken = 'rv_a-project-token-for-tests';

/**
 * A whole server in this process, on a PostgreSQL and a data directory of its own: what callers from outside meet,
 * without pages, runner and demo. One for a test file; `stop` leaves nothing behind.
 */
export class TestServer {
  private running!: Running;
  private readonly sockets: LiveSocket[] = [];
  private signIns = 0;
  /** What was logged as a warning or worse: a test that expects none of it says so. */
  readonly complaints: Json[] = []; // but for those about a machine that stood still

  private constructor(
    readonly dir: string,
    private readonly database: Database,
    private readonly pool: pg.Pool,
    private readonly over: Partial<Config>,
  ) {}

  static async start(over: Partial<Config> = {}): Promise<TestServer> {
    const dir = await mkdtemp(join(tmpdir(), 'reeve server '));
    const database = await openDatabase({ dataDir: { pgDir: join(dir, 'postgres') }, databaseUrl: undefined, log: silent });
    const pool = new pg.Pool({ connectionString: database.url, max: 2 });
    pool.on('error', () => {}); // a connection that a test has killed
    const server = new TestServer(dir, database, pool, over);
    try {
      await server.begin();
    } catch (e) {
      await server.stop();
      throw e;
    }
    return server;
  }
  private async begin(): Promise<void> {
    this.running = await this.startAnother();
  }
  /** A second server on the same data directory: not for long. */
  startAnother(): Promise<Running> {
    const write = (line: string) => {
      const complaint = JSON.parse(line) as Json;
      if (!String(complaint.msg).startsWith('agents could not be heard')) this.complaints.push(complaint);
    };
    const log = pino({ level: 'warn' }, { write });
    const config: Config = {
      host: '127.0.0.1',
      port: 0,
      dataDir: join(this.dir, 'data'),
      databaseUrl: this.database.url,
      demo: false,
      initProjectToken: projectToken,
      logLevel: 'warn',
      agentLeaseMs: 15_000,
      web: false,
      runner: false,
      dev: false,
      ...this.over,
    };
    return startServer(config, log, () => undefined);
  }
  /** Ends the server and starts it again on the same data; its address is another one. */
  async restart(): Promise<void> {
    await this.running.stop();
    await this.begin();
  }
  async stop(): Promise<void> {
    for (const s of this.sockets) s.disconnect();
    await this.running?.stop();
    await this.pool.end();
    await this.database.stop();
    await rm(this.dir, { recursive: true, force: true, maxRetries: 3 });
  }
  get url(): string {
    return this.running.url;
  }
  get signInUrl(): string {
    return this.running.signInUrl;
  }

  /** One call of `/api/v1`; a `body` that is text is sent as it is. */
  async call(
    method: string,
    path: string,
    body?: unknown,
    o: { token?: string | null; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const token = o.token === undefined ? projectToken : o.token;
    const res = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...o.headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await res.text();
    return { status: res.status, body: text ? JSON.parse(text) : undefined, headers: res.headers };
  }
  get(path: string, token?: string | null): Promise<Answer> {
    return this.call('GET', path, undefined, { token });
  }
  post(path: string, body: unknown = {}, token?: string | null): Promise<Answer> {
    return this.call('POST', path, body, { token });
  }
  /** A call that must succeed; answers its body. */
  async ok(answer: Promise<Answer>): Promise<Json> {
    const { status, body } = await answer;
    if (status >= 300) throw new Error(`${status} ${JSON.stringify(body)}`);
    return body;
  }

  /** Registers an agent and lets it report once. */
  async agent(more: object = {}, token?: string): Promise<{ agentId: string; token: string; sessionId: string }> {
    const agent = await this.ok(this.post('/agents', { name: 'agent', ...more }, token));
    await this.ok(this.post(`/agents/${agent.agentId}/heartbeat`, {}, agent.token));
    return agent;
  }
  async task(more: object = {}): Promise<string> {
    return (await this.ok(this.post('/tasks', { title: 'task', ...more }))).id;
  }

  /** Signs a browser in, with a link that is used up by it; answers the cookie. */
  async signIn(): Promise<string> {
    const secret = `link-${this.signIns++}-${Math.random()}`;
    const hash = createHash('sha256').update(secret).digest('hex');
    await this.sql(`insert into session (hash, kind, person_id, expires_at) values ($1, 'link', 'owner', now() + interval '1 minute')`, [
      hash,
    ]);
    const res = await fetch(`${this.url}/auth/sign-in?link=${secret}`, { redirect: 'manual' });
    return res.headers.get('set-cookie')?.split(';')[0] ?? '';
  }

  /** Rows of the database, past the server. */
  async sql(text: string, values: unknown[] = []): Promise<Json[]> {
    return (await this.pool.query(text, values)).rows;
  }
  /** Runs `work` while PostgreSQL is as good as dead: its socket is gone, and so are the connections that it had. */
  async withoutDatabase(work: () => Promise<void>): Promise<void> {
    const folder = new URL(this.database.url).searchParams.get('host') ?? '';
    const socket = (await readdir(folder)).find((name) => /^\.s\.PGSQL\.\d+$/.test(name)) ?? '';
    const admin = new pg.Client({ connectionString: this.database.url });
    await admin.connect();
    const complaints = this.complaints.length;
    await rename(join(folder, socket), join(folder, 'away'));
    try {
      await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = $1', [
        'client backend',
      ]);
      await work();
    } finally {
      await rename(join(folder, 'away'), join(folder, socket));
      await admin.end();
      this.complaints.splice(complaints); // the loops and the live frames said that they could not reach it
    }
  }
  /** How many facts callers have made; the clocks of the server make theirs at any time (leases end, agents are lost). */
  async factsOfCallers(): Promise<number> {
    const [row] = await this.sql(`select count(*) as n from event where actor not like 'system:%'`);
    return Number(row.n);
  }
  async lastSeq(): Promise<number> {
    const [row] = await this.sql("select seq from project where id = 'prj_default'");
    return Number(row.seq);
  }

  /** A connection to `/live`, not yet opened, with the frames that it receives. */
  live(auth: { token?: string; headers?: Record<string, string> } = { token: projectToken }): { socket: LiveSocket; frames: Frame[] } {
    const headers = { ...(auth.token ? { authorization: `Bearer ${auth.token}` } : {}), ...auth.headers };
    const socket: LiveSocket = io(`${this.url}/live`, {
      transports: ['websocket'],
      reconnection: false,
      autoConnect: false,
      forceNew: true,
      extraHeaders: headers,
    });
    const frames: Frame[] = [];
    socket.on('frame', (f) => frames.push(f));
    this.sockets.push(socket);
    return { socket, frames };
  }
  /** The same, open. */
  async connected(): Promise<{ socket: LiveSocket; frames: Frame[] }> {
    const live = this.live();
    live.socket.connect();
    await until(() => live.socket.connected, 'the live connection');
    return live;
  }
}
