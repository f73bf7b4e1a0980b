import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { checkoutDir } from '../../src/config.ts';
import { until } from '../database/support.ts';
import { projectToken, type ServerProcess } from './server-process.ts';

/** A real runner beside a server: `reeve run` over a command that sleeps unless told otherwise, below which a test starts what it needs. */
export class RunnerProcess {
  private constructor(
    private readonly child: ChildProcess,
    /** The agent that the runner was started with. */
    readonly rootId: string,
  ) {}

  /** Ready when its agent runs; the first of this server. */
  static async start(server: ServerProcess, command: readonly string[] = ['sleep', '3600']): Promise<RunnerProcess> {
    const run = ['run', '--name', 'keeper', '--', ...command];
    const child = spawn(process.execPath, [join(checkoutDir, 'packages/runner/bin/reeve.mjs'), ...run], {
      env: { ...process.env, REEVE_URL: server.url, REEVE_TOKEN: projectToken },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const out of [child.stdout, child.stderr]) out.resume();
    let rootId = '';
    await until(
      async () => {
        rootId = (await server.ok('GET', '/agents?state=running')).items[0]?.id ?? '';
        return rootId !== '';
      },
      'the runner and its first agent',
      30_000,
    );
    return new RunnerProcess(child, rootId);
  }
  /** Whoever read what it says is gone. */
  closeOutput(): void {
    this.child.stdout?.destroy();
    this.child.stderr?.destroy();
  }
  /** As its operator would; nothing that it started is left. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    await ended;
  }
}
