import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BrowserContext } from '@playwright/test';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
export const reeveCommand = join(checkout, 'packages/runner/bin/reeve.mjs');

const freePort = () =>
  new Promise<number>((resolve, reject) => {
    const s = createServer().once('error', reject);
    s.listen(0, '127.0.0.1', () => {
      const { port } = s.address() as { port: number };
      s.close(() => resolve(port));
    });
  });

/** A real server on a data directory of its own, which can be killed and started again on the same one. */
export class ReeveServer {
  private child: ChildProcess | undefined;
  private output = '';
  private link = '';
  private constructor(
    readonly dataDir: string,
    readonly port: number,
    readonly token: string,
    private readonly env: Record<string, string>,
  ) {}

  static async start(env: Record<string, string> = {}): Promise<ReeveServer> {
    const dataDir = mkdtempSync(join(tmpdir(), 'reeve e2e ')); // a path with a space, always
    const server = new ReeveServer(dataDir, await freePort(), `rv_e2e_${Math.random().toString(36).slice(2)}`, env);
    await server.up();
    return server;
  }
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }
  get pid(): number {
    return this.child?.pid ?? 0;
  }

  async up(): Promise<void> {
    const child = spawn(process.execPath, ['--import', 'tsx', join(checkout, 'apps/server/src/main.ts')], {
      cwd: join(checkout, 'apps/server'),
      env: {
        ...process.env,
        NODE_ENV: 'production',
        NEXT_TELEMETRY_DISABLED: '1',
        REEVE_PORT: String(this.port),
        REEVE_DATA_DIR: this.dataDir,
        REEVE_INIT_PROJECT_TOKEN: this.token,
        REEVE_LOG_LEVEL: 'warn',
        ...this.env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    this.output = '';
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`the server was not ready in time:\n${this.output}`)), 60_000);
      const read = (chunk: Buffer) => {
        this.output += chunk.toString();
        const link = /Reeve is ready: (\S+)/.exec(this.output)?.[1];
        if (!link) return;
        this.link = link;
        clearTimeout(timer);
        resolve();
      };
      child.stdout?.on('data', read);
      child.stderr?.on('data', read);
      child.once('exit', (code) => {
        clearTimeout(timer);
        reject(new Error(`the server ended with ${code}:\n${this.output}`));
      });
    });
  }
  /** As `kill -9`: no clean-up of any kind. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }
  /** As Ctrl-C. */
  async stop(): Promise<void> {
    await this.end('SIGINT');
  }
  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.child;
    this.child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await exited;
  }
  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.dataDir, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Signs a browser in by the printed link; the link is good once, so later ones come from the session. */
  async signIn(context: BrowserContext): Promise<void> {
    const response = await context.request.get(this.link, { maxRedirects: 0 });
    if (response.status() !== 303) throw new Error(`sign-in answered ${response.status()}`);
  }
  async api<T = Record<string, unknown>>(method: string, path: string, body?: unknown, token = this.token): Promise<T> {
    const r = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const value = (await r.json()) as T;
    if (!r.ok) throw new Error(`${method} ${path}: ${r.status} ${JSON.stringify(value)}`);
    return value;
  }
}
