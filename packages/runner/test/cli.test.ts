import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { containmentOrder, openContainment } from '../src/containment/choose.ts';
import { cliPath } from '../src/local/keeper.ts';
import { FakeSupervisor } from './fake-supervisor.ts';
import { allShapes, Zoo } from './shapes.ts';

const poll = { timeout: 30_000, interval: 20 };
const works = (level: (typeof containmentOrder)[number]) =>
  openContainment(level, `test.cli-${process.pid}-${level}`).then(
    (host) => {
      host.close();
      return true;
    },
    () => false,
  );
const levels: (typeof containmentOrder)[number][] = [];
for (const level of containmentOrder) if (await works(level)) levels.push(level);

describe('reeve run', () => {
  let peer: FakeSupervisor;
  let zoo: Zoo;
  let folder: string;
  let children: ChildProcess[];
  const run = (args: string[], env: NodeJS.ProcessEnv = {}) => {
    const base = {
      PATH: process.env.PATH,
      HOME: folder,
      TMPDIR: folder,
      REEVE_DATA_DIR: folder,
      REEVE_URL: peer.server.url,
      REEVE_TOKEN: 'project',
    };
    const child = spawn(process.execPath, [cliPath, 'run', ...args], {
      cwd: folder,
      env: { ...base, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    const out = { stdout: '', stderr: '' };
    child.stdout.on('data', (d) => (out.stdout += d));
    child.stderr.on('data', (d) => (out.stderr += d));
    const exited = new Promise<number | string | null>((resolve) => child.once('close', (code, signal) => resolve(code ?? signal)));
    return { child, out, exited };
  };
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'reeve cli '));
    zoo = new Zoo();
    children = [];
    peer = await new FakeSupervisor().start();
  });
  afterEach(async () => {
    for (const c of children) if (c.exitCode === null && c.signalCode === null) c.kill('SIGKILL');
    await expect.poll(() => zoo.all(), poll).toEqual([]);
    await peer.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('runs a command anywhere: its output, its arguments, its exit code', async () => {
    const script =
      'process.stdout.write(JSON.stringify([process.cwd(), ...process.argv.slice(1)])); console.error("told"); process.exitCode = 9;';
    const words = ['--flag', 'a b', '$HOME', '"; exit 3 #', ''];
    const { out, exited } = run([
      '--name',
      'words',
      '--role',
      'coder',
      '--budget',
      '1.5',
      '--',
      process.execPath,
      '-e',
      script,
      '--',
      ...words,
    ]);
    expect(await exited).toBe(9);
    expect(JSON.parse(out.stdout)).toEqual([folder, ...words]);
    expect(out.stderr).toMatch(/^reeve: words runs as agt_1, held by \S+ \(http/);
    expect(out.stderr).toContain('told');
    expect(peer.server.of('agents.register')).toMatchObject([{ name: 'words', role: 'coder', budgetUsd: '1.5', runnerId: 'R' }]);
    expect(peer.of('exited')).toMatchObject([{ agentId: 'agt_1', evidence: { exitCode: 9, survivors: 0 } }]);
    expect(readdirSync(folder).filter((n) => n.startsWith('reeve-run-'))).toEqual([]);
  });

  it('nests under the agent that it is started by', async () => {
    const { exited } = run(['--', 'true'], { REEVE_AGENT_ID: 'parent' });
    expect(await exited).toBe(0);
    expect(peer.server.of('agents.register')).toMatchObject([{ parentId: 'parent', name: 'true' }]);
  });

  it('tells a signal as a shell does', async () => {
    expect(await run(['--', 'sh', '-c', 'kill -USR1 $$']).exited).toBe(128 + 10);
  });

  it('says why it cannot start', async () => {
    const missing = run(['--', 'no-such-command']);
    expect(await missing.exited).toBe(127);
    expect(missing.out.stderr).toContain('no-such-command was not found in PATH');
    const noToken = run(['--', 'true'], { REEVE_TOKEN: undefined });
    expect(await noToken.exited).toBe(77);
    expect(noToken.out.stderr).toContain('--token');
  });

  it('stops by an order from the server, whatever the command has started', async () => {
    const { exited } = run(['--', 'sh', '-c', zoo.script(`exec sleep ${zoo.seconds}`)]);
    await expect.poll(() => zoo.all().length, poll).toBe(allShapes.length + 1);
    peer.stopAgent('agt_1', { term: 0, kill: 10_000 });
    expect(await exited).toBe(143);
    expect(zoo.all()).toEqual([]);
  });

  it('Ctrl-C ends everything: by TERM, by KILL after the grace', async () => {
    const deaf = `trap "" TERM INT; ${zoo.script(`while :; do sleep 0.05; done`)}`;
    const { child, exited } = run(['--grace-ms', '300', '--', 'sh', '-c', deaf]);
    await expect.poll(() => zoo.all().length, poll).toBe(allShapes.length);
    child.kill('SIGINT');
    expect(await exited).toBe(137);
    expect(zoo.all()).toEqual([]);
    expect(peer.of('exited')).toMatchObject([
      { evidence: { killed: true, survivors: 0, detail: expect.stringContaining('SIGINT to reeve run') } },
    ]);
  });

  it.each(levels)('killed with -9 it leaves nothing, and the end is reported: %s', async (level) => {
    // What cleared its environment and lost its parent is beyond a process group.
    const which = Object.keys(await import('./shapes.ts').then((m) => m.shapes)) as Parameters<Zoo['script']>[1];
    const held = which?.filter((s) => level !== 'process-group' || !s.startsWith('env -i'));
    const { child, exited } = run(['--containment', level, '--', 'sh', '-c', zoo.script(`exec sleep ${zoo.seconds}`, held)]);
    await expect.poll(() => zoo.all().length, poll).toBe((held?.length ?? 0) + 1);
    child.kill('SIGKILL');
    expect(await exited).toBe('SIGKILL');
    await expect.poll(() => zoo.all(), poll).toEqual([]);
    await expect.poll(() => peer.of('exited', 'agt_1').length, poll).toBe(1);
    expect(peer.of('exited')[0]?.evidence).toMatchObject({ containment: level, killed: true, survivors: 0 });
    await expect.poll(() => readdirSync(folder).filter((n) => n.startsWith('reeve-run-')), poll).toEqual([]);
  });

  it.each(levels)('one inside another ends with the outer one: %s', async (level) => {
    const inner = [
      process.execPath,
      cliPath,
      'run',
      '--containment',
      level,
      '--',
      'sh',
      '-c',
      `setsid sleep ${zoo.secondsOf('setsid')} & exec sleep ${zoo.seconds}`,
    ];
    const { child } = run(['--containment', level, '--', ...inner]);
    await expect.poll(() => zoo.all().length, poll).toBe(2);
    child.kill('SIGKILL');
    await expect.poll(() => zoo.all(), poll).toEqual([]);
  });
});
