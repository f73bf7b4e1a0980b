import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as passed } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkoutDir } from '../../src/config.ts';
import { until } from '../database/support.ts';
import type { Json } from '../harness.ts';
import { RunnerProcess } from './runner-process.ts';
import { ServerProcess } from './server-process.ts';

/** A few in CI; fifty with `REEVE_RESTORES=50`. */
const kills = Number(process.env.REEVE_RESTORES ?? 8);
const tools = 5;
const program = join(checkoutDir, 'apps/server/test/processes/counting-agent.ts');

type Began = { began: number; at: number; checkpoint: string | null };
type Done = { done: number; epoch: number };

describe(`kill -9 of an agent, ${kills} times, each time restored by its runner`, () => {
  let server: ServerProcess;
  let runner: RunnerProcess;
  const folder = mkdtempSync(join(tmpdir(), 'counting '));
  const journal = join(folder, 'journal');
  const lines = (): (Began | Done)[] =>
    existsSync(journal)
      ? readFileSync(journal, 'utf8')
          .split('\n')
          .filter(Boolean)
          .map((l) => JSON.parse(l))
      : [];
  const done = () => lines().filter((l): l is Done => 'done' in l);
  const began = () => lines().filter((l): l is Began => 'began' in l);

  beforeAll(async () => {
    server = await ServerProcess.start();
    runner = await RunnerProcess.start(server);
  });
  afterAll(async () => {
    await runner?.stop();
    await server?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it(
    'I-CKPT-5, 6, 7: goes on from its last checkpoint, loses at most one threshold and one step, repeats no keyed effect',
    async () => {
      const { agentId } = await server.ok('POST', `/agents/${runner.rootId}/spawn`, {
        name: 'counter',
        command: process.execPath,
        args: ['--import', 'tsx', program, journal, String(tools)],
        cwd: join(checkoutDir, 'apps/server'),
      });
      let most = 0;
      for (let kill = 1; kill <= kills; kill++) {
        const steps = done().length;
        await until(() => began().length >= kill && done().length > steps + tools, `epoch ${kill} at work`, 60_000);
        await passed(Math.random() * 150);
        const { pid, epoch } = await server.ok('GET', `/agents/${agentId}`);
        expect(epoch).toBe(kill);
        process.kill(pid, 'SIGKILL');
        // often before anybody has noticed its end
        if (Math.random() < 0.5)
          await until(async () => (await server.ok('GET', `/agents/${agentId}`)).state === 'failed', 'its end to be seen', 30_000);
        const latest = (await server.ok('GET', `/agents/${agentId}/checkpoints`)).items[0];
        const saved = await server.ok('GET', `/checkpoints/${latest.id}`);
        const restored = await server.ok('POST', `/checkpoints/${latest.id}/restore`, { relaunch: true });
        expect(restored).toMatchObject({ launched: true, token: '', epoch: kill + 1 });
        await until(() => began().length > kill, `epoch ${kill + 1}`, 60_000);
        expect(began()[kill]).toEqual({ began: kill + 1, at: saved.state.step, checkpoint: latest.id });
        const before = Math.max(...done().flatMap((d) => (d.epoch <= kill ? [d.done] : [])));
        most = Math.max(most, before - saved.state.step);
        expect(before - saved.state.step).toBeLessThanOrEqual(tools + 1);
      }
      const steps = done().map((d) => d.done);
      // each effect once, in order, none left out: over all epochs
      expect(steps).toEqual(steps.map((_, i) => i + 1));
      const effects = await server.sql(`select key, attempts from effect where agent_id = $1 and acknowledged_at is not null`, [agentId]);
      const begun = (await server.sql(`select type, data from event where subject_id = $1 and type = 'effect.begun' order by seq`, [
        agentId,
      ])) as Json[];
      const twice = begun.filter((e, i) => begun.findIndex((o) => o.data.key === e.data.key) !== i && !e.data.retried);
      expect(twice).toEqual([]);
      expect(effects.length).toBeGreaterThanOrEqual(steps.length - 1);
      console.log(`${kills} kills: ${steps.length} steps, each once; at most ${most} done again under a known key, of ${tools} + 1`);
    },
    60_000 + kills * 15_000,
  );
});
