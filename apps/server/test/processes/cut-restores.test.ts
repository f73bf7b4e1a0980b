import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkoutDir } from '../../src/config.ts';
import { until } from '../database/support.ts';
import type { Json } from '../harness.ts';
import { RunnerProcess } from './runner-process.ts';
import { ServerProcess } from './server-process.ts';

const program = join(checkoutDir, 'apps/server/test/processes/counting-agent.ts');
const names = ['lead', 'coder', 'tester'] as const;
type Name = (typeof names)[number];
type Line = { began: number; at: number; checkpoint: string | null } | { done: number; epoch: number };

describe('a tree of processes goes back to a cut, and the server is killed in the middle', () => {
  let server: ServerProcess;
  let runner: RunnerProcess;
  const folder = mkdtempSync(join(tmpdir(), 'cuts '));
  const journal = (name: Name) => join(folder, name);
  const lines = (name: Name): Line[] =>
    existsSync(journal(name))
      ? readFileSync(journal(name), 'utf8')
          .split('\n')
          .filter(Boolean)
          .map((l) => JSON.parse(l))
      : [];
  const began = (name: Name) => lines(name).flatMap((l) => ('began' in l ? [l] : []));
  const steps = (name: Name) => lines(name).flatMap((l) => ('done' in l ? [l.done] : []));

  beforeAll(async () => {
    server = await ServerProcess.start();
    runner = await RunnerProcess.start(server);
  });
  afterAll(async () => {
    await runner?.stop();
    await server?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it('I-CKPT-7: each from its own checkpoint, parents before children, no keyed effect twice', async () => {
    const ids = {} as Record<Name, string>;
    let parentId = runner.rootId;
    for (const name of names) {
      const { agentId } = await server.ok('POST', `/agents/${parentId}/spawn`, {
        name,
        command: process.execPath,
        args: ['--import', 'tsx', program, journal(name), '5'],
        cwd: join(checkoutDir, 'apps/server'),
      });
      ids[name] = agentId;
      parentId = agentId;
      await until(() => steps(name).length > 0, `${name} at work`, 60_000);
    }
    const { cutId } = await server.ok('POST', `/agents/${ids.lead}/checkpoint`, { subtree: true, reason: 'before the upgrade' });
    let cut: Json;
    await until(
      async () => {
        cut = await server.ok('GET', `/cuts/${cutId}`);
        return cut.state === 'complete';
      },
      'the cut to be complete',
      60_000,
    );
    expect(cut.members.map((m: Json) => [m.name, m.epoch, m.missing])).toEqual(names.map((name) => [name, 1, null]));
    const marks = Object.fromEntries(names.map((name) => [name, steps(name).length]));
    await until(() => names.every((name) => steps(name).length > (marks[name] as number) + 2), 'work behind the cut');
    const saved: Record<string, number> = {};
    for (const m of cut.members) saved[m.name] = (await server.ok('GET', `/checkpoints/${m.checkpointId}`)).state.step;

    const preview = await server.ok('POST', `/cuts/${cutId}/preview`, {});
    expect([preview.refusal, preview.needsPartial, preview.members.map((m: Json) => m.name)]).toEqual([null, false, [...names]]);
    const asked = await server.ok('POST', `/cuts/${cutId}/restore`, { requestId: 'once' });
    expect(asked.restore.starts.map((s: Json) => s.state)).toEqual(['ordered', 'waiting', 'waiting']);
    // the reply was lost, and the server with it
    await server.kill();
    await server.up();
    expect(await server.ok('POST', `/cuts/${cutId}/restore`, { requestId: 'once' })).toMatchObject({ restore: { number: 1 } });
    await until(async () => (await server.ok('GET', `/cuts/${cutId}`)).restore.doneAt !== null, 'the restore to be done', 90_000);

    const after = await server.ok('GET', `/cuts/${cutId}`);
    expect(after.restore.starts.map((s: Json) => [s.name, s.state, s.epoch])).toEqual(names.map((name) => [name, 'started', 2]));
    await until(() => names.every((name) => began(name).length === 2), 'all in their second epoch');
    for (const name of names) {
      const checkpoint = cut.members.find((m: Json) => m.name === name).checkpointId;
      expect(began(name)[1]).toEqual({ began: 2, at: saved[name], checkpoint });
    }
    const agents = await Promise.all(names.map((name) => server.ok('GET', `/agents/${ids[name]}`)));
    expect(agents.map((a) => [a.epoch, a.parentId])).toEqual([
      [2, runner.rootId],
      [2, ids.lead],
      [2, ids.coder],
    ]);
    const log = await server.sql(
      `select subject_id, type, seq, data from event where type in ('agent.restored', 'agent.attached', 'agent.running') and subject_id = any($1) order by seq`,
      [Object.values(ids)],
    );
    const fencedAt = Math.max(...log.filter((e: Json) => e.type === 'agent.restored').map((e: Json) => Number(e.seq)));
    const at = (name: Name, type: string) =>
      Number(log.filter((e: Json) => e.subject_id === ids[name] && e.type === type && Number(e.seq) > fencedAt)[0]?.seq);
    expect(at('lead', 'agent.running')).toBeLessThan(at('coder', 'agent.attached'));
    expect(at('coder', 'agent.running')).toBeLessThan(at('tester', 'agent.attached'));
    await until(() => names.every((name) => steps(name).length > (marks[name] as number) + 6), 'work in the new epochs', 60_000);
    // each effect once, in order, none left out: over both epochs
    for (const name of names) expect(steps(name)).toEqual(steps(name).map((_, i) => i + 1));
  }, 240_000);
});
