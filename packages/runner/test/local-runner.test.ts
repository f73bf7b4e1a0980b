import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LocalRunner, startLocalRunner } from '../src/index.ts';
import { isAlive, type ProcessId, startTimeOf } from '../src/processes/proc.ts';
import { FakeSupervisor } from './fake-supervisor.ts';
import { allShapes, Zoo } from './shapes.ts';

const poll = { timeout: 30_000, interval: 20 };
const quiet = { info: () => {}, warn: () => {} };

describe('the local runner', () => {
  let peer: FakeSupervisor;
  let zoo: Zoo;
  let dataDir: string;
  let runners: LocalRunner[];
  const start = async () => {
    const runner = await startLocalRunner({ dataDir, url: peer.server.url, token: 'project', log: quiet });
    runners.push(runner);
    return runner;
  };
  const record = () => JSON.parse(readFileSync(join(dataDir, 'run/runner.json'), 'utf8')) as ProcessId & { runnerId: string | null };
  const idOf = (runner: LocalRunner): ProcessId => ({ pid: runner.pid, startTime: startTimeOf(runner.pid) ?? 'gone' });
  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'reeve data '));
    zoo = new Zoo();
    runners = [];
    peer = await new FakeSupervisor().start();
  });
  afterEach(async () => {
    delete process.env.REEVE_FAIL_SAFE_MS;
    await Promise.all(runners.map((r) => r.stop()));
    expect(zoo.all()).toEqual([]);
    await peer.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });
  const launchZoo = async () => {
    peer.launch('A', 'sh', ['-c', zoo.script(`exec sleep ${zoo.seconds}`)]);
    await expect.poll(() => zoo.all().length, poll).toBe(allShapes.length + 1);
    await expect.poll(() => peer.of('started', 'A').length, poll).toBe(1);
  };

  it('starts, takes orders, and ends with everything it holds', async () => {
    const runner = await start();
    const id = idOf(runner);
    expect(runner.adopted).toBe(false);
    await launchZoo();
    expect(statSync(join(dataDir, 'run/runner.json')).mode & 0o777).toBe(0o600);
    await runner.stop();
    expect(isAlive(id)).toBe(false);
    expect(zoo.all()).toEqual([]);
    expect(peer.of('exited', 'A')).toMatchObject([
      { evidence: { survivors: 0, detail: expect.stringContaining('the runner was shut down') } },
    ]);
  });

  it('outlives its server, is adopted by the next one, and follows it to another port', async () => {
    const first = await start();
    await launchZoo();
    await peer.stop();
    const next = await new FakeSupervisor().start();
    next.runnerToken = 'not known here';
    writeFileSync(join(dataDir, 'server.json'), JSON.stringify({ url: next.server.url }));
    peer = next;
    const second = await start();
    expect([second.adopted, second.pid]).toEqual([true, first.pid]);
    await expect.poll(() => next.server.of('runners.register').length, poll).toBe(1);
    expect(next.server.of('runners.register')[0]).toMatchObject({ runnerId: 'R' });
    expect(zoo.all()).toHaveLength(allShapes.length + 1);
    next.stopAgent('A', { term: 0, kill: 10_000 });
    await expect.poll(() => next.of('exited', 'A').length, poll).toBe(1);
  });

  it('killed with -9: its agents end, the end is reported, another one takes its place', async () => {
    const runner = await start();
    await launchZoo();
    const dead = idOf(runner);
    process.kill(dead.pid, 'SIGKILL');
    await expect.poll(() => zoo.all(), poll).toEqual([]);
    await expect.poll(() => peer.of('exited', 'A').length, poll).toBeGreaterThan(0);
    expect(peer.of('exited', 'A')[0]?.evidence).toMatchObject({
      killed: true,
      survivors: 0,
      detail: expect.stringContaining('its runner died'),
    });
    await expect.poll(() => runner.pid !== dead.pid && isAlive(idOf(runner)), poll).toBe(true);
    await expect.poll(() => record().runnerId, poll).toBe('R');
    peer.launch('B', 'true', []);
    await expect.poll(() => peer.of('exited', 'B').length, poll).toBe(1);
  });

  it('ends its agents and itself when no server comes back within the fail-safe window', async () => {
    process.env.REEVE_FAIL_SAFE_MS = '1500';
    const runner = await start();
    const id = idOf(runner);
    await launchZoo();
    peer.server.away = true;
    await expect.poll(() => isAlive(id), poll).toBe(false);
    expect(zoo.all()).toEqual([]);
    peer.server.away = false;
  });
});
