import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allAgents, expect } from './fixtures.ts';
import { type ReeveServer, reeveCommand } from './server.ts';

const server = fileURLToPath(new URL('../../apps/server', import.meta.url));
type Line = { began?: number; at?: number; done?: number; epoch?: number };

/** A runner of its own, and programs under it that count in steps, each an effect written to a journal. */
export class CountingFleet {
  private readonly folder = mkdtempSync(join(tmpdir(), 'counting '));
  private constructor(
    private readonly reeve: ReeveServer,
    private readonly keeper: ChildProcess,
    readonly keeperId: string,
  ) {}

  static async start(reeve: ReeveServer, name: string): Promise<CountingFleet> {
    const keeper = spawn(process.execPath, [reeveCommand, 'run', '--name', name, '--', 'sleep', '600'], {
      env: { ...process.env, REEVE_URL: reeve.url, REEVE_TOKEN: reeve.token },
      stdio: 'ignore',
    });
    const find = async () => (await allAgents(reeve)).find((a) => a.name === name);
    await expect.poll(async () => (await find())?.state).toBe('running');
    return new CountingFleet(reeve, keeper, (await find())?.id ?? '');
  }
  /** One more, below the keeper or below another, that saves by itself after so many tools; resolves once it counts. */
  async count(name: string, parentId = this.keeperId, tools = 1000): Promise<string> {
    const { agentId } = await this.reeve.api<{ agentId: string }>('POST', `/agents/${parentId}/spawn`, {
      name,
      command: process.execPath,
      args: ['--import', 'tsx', join(server, 'test/processes/counting-agent.ts'), join(this.folder, name), String(tools)],
      cwd: server,
    });
    await expect.poll(() => this.steps(name).length, { timeout: 30_000 }).toBeGreaterThan(0);
    return agentId;
  }
  lines(name: string): Line[] {
    const journal = join(this.folder, name);
    if (!existsSync(journal)) return [];
    return readFileSync(journal, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((l) => JSON.parse(l));
  }
  steps(name: string): number[] {
    return this.lines(name).flatMap((l) => l.done ?? []);
  }
  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.keeper.once('exit', resolve));
    this.keeper.kill('SIGTERM');
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
