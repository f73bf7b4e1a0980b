import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkoutDir } from '../../src/config.ts';
import { until } from '../database/support.ts';
import type { Json } from '../harness.ts';
import { RunnerProcess } from './runner-process.ts';
import { ServerProcess } from './server-process.ts';

const kills = 3;
const rounds = 40;
const program = join(checkoutDir, 'packages/agent/test/fixtures/graph-agent.ts');

describe(`kill -9 of a graph of LangGraph, ${kills} times in the middle of its run`, () => {
  let server: ServerProcess;
  let runner: RunnerProcess;
  const folder = mkdtempSync(join(tmpdir(), 'graph '));
  const journal = join(folder, 'journal');
  const lines = (): Json[] =>
    existsSync(journal)
      ? readFileSync(journal, 'utf8')
          .split('\n')
          .filter(Boolean)
          .map((l) => JSON.parse(l))
      : [];
  const done = () => lines().filter((l) => typeof l.done === 'number');
  const began = () => lines().filter((l) => 'began' in l);
  const end = () => lines().find((l) => 'end' in l);

  beforeAll(async () => {
    server = await ServerProcess.start();
    runner = await RunnerProcess.start(server);
  });
  afterAll(async () => {
    await runner?.stop();
    await server?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it('goes on each time from the last checkpoint of the graph, and ends as if nothing had happened', { timeout: 240_000 }, async () => {
    const { agentId } = await server.ok('POST', `/agents/${runner.rootId}/spawn`, {
      name: 'graph',
      command: process.execPath,
      args: ['--import', 'tsx', program, journal, String(rounds)],
      cwd: join(checkoutDir, 'packages/agent'),
    });
    for (let kill = 1; kill <= kills; kill++) {
      const before = done().length;
      await until(() => began().length >= kill && done().length >= before + 4, `epoch ${kill} at work`, 60_000);
      const { pid, epoch } = await server.ok('GET', `/agents/${agentId}`);
      expect(epoch).toBe(kill);
      process.kill(pid, 'SIGKILL');
      await until(async () => (await server.ok('GET', `/agents/${agentId}`)).state === 'failed', 'its end to be seen', 30_000);
      const latest = (await server.ok('GET', `/agents/${agentId}/checkpoints`)).items[0];
      await server.ok('POST', `/checkpoints/${latest.id}/restore`, { relaunch: true });
      await until(() => began().length > kill, `epoch ${kill + 1}`, 60_000);
      const was = Math.max(...done().flatMap((d) => (d.epoch <= kill ? [d.done] : [])));
      // at most the round that had not been stored yet is done again
      expect(was - began()[kill]?.at).toBeGreaterThanOrEqual(0);
      expect(was - began()[kill]?.at).toBeLessThanOrEqual(2);
    }
    await until(() => end() !== undefined, 'the end of the graph', 60_000);
    expect(end()).toEqual({ end: Array.from({ length: rounds }, (_, i) => i + 1), notes: rounds });
    const epochs = new Set(done().map((d) => d.epoch));
    expect(epochs.size).toBe(kills + 1);
    expect(done().length).toBeLessThanOrEqual(rounds + 2 * kills);
    await until(async () => (await server.ok('GET', `/agents/${agentId}`)).state === 'completed', 'its word that it is done');
  });
});
