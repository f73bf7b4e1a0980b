import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunnerOrder } from '@reeve/core/vocabulary';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openContainment } from '../src/containment/choose.ts';
import { isAlive, listProcesses } from '../src/processes/proc.ts';
import { RunnerLink } from '../src/runner/link.ts';
import { Runner, type RunnerOptions } from '../src/runner/runner.ts';
import { FakeSupervisor } from './fake-supervisor.ts';
import { allShapes, Zoo } from './shapes.ts';

const poll = { timeout: 15_000, interval: 10 };
let runs = 0;

describe('runner', () => {
  let peer: FakeSupervisor;
  let runner: Runner;
  let runDir: string;
  let zoo: Zoo;
  const make = async (o: Partial<RunnerOptions> = {}) => {
    const instance = `test.${process.pid}-${++runs}`;
    const host = await openContainment('auto', instance);
    const access = () => ({ url: peer.server.url, token: 'project' });
    const link = new RunnerLink({ access, name: 'test', containment: host.level, retryForMs: 20_000 });
    await link.register();
    const baseEnv = { PATH: process.env.PATH, REEVE_TOKEN: 'project', REEVE_INIT_PROJECT_TOKEN: 'secret' };
    runner = new Runner({ link, host, instance, runDir, baseEnv, failSafeMs: 60_000, log: () => {}, ...o });
    runner.start();
  };
  beforeEach(async () => {
    runDir = mkdtempSync(join(tmpdir(), 'reeve-runner-test-'));
    zoo = new Zoo();
    peer = await new FakeSupervisor().start();
  });
  afterEach(async () => {
    await runner.shutdown('test over', 0, 100);
    await peer.stop();
    zoo.clear();
    rmSync(runDir, { recursive: true, force: true });
  });
  const started = async (agentId: string) => {
    await expect.poll(() => peer.of('started', agentId).length, poll).toBeGreaterThan(0);
    return peer.of('started', agentId)[0] as { pid: number; startTime: string };
  };
  const ended = async (agentId: string) => {
    await expect.poll(() => peer.of('exited', agentId).length, poll).toBeGreaterThan(0);
    const evidence = peer.of('exited', agentId).at(-1)?.evidence;
    if (!evidence) throw new Error('no evidence');
    return evidence;
  };

  it('launches what is ordered, beats for it, and reports its end with evidence', async () => {
    await make();
    const orderId = peer.launch(
      'A',
      'sh',
      ['-c', `echo "out $REEVE_AGENT_ID"; echo err >&2; while [ ! -e go ]; do sleep 0.05; done; exit 3`],
      { cwd: runDir },
    );
    const main = await started('A');
    expect(isAlive(main)).toBe(true);
    await expect.poll(() => peer.beatsOf('A'), poll).toBeGreaterThan(1);
    writeFileSync(join(runDir, 'go'), '');
    expect(await ended('A')).toMatchObject({ exitCode: 3, signal: null, survivors: 0, killed: false });
    expect(isAlive(main)).toBe(false);
    // The whole log was there before the end was told.
    expect(peer.text('A').split('\n').sort()).toEqual(['err', 'out A']);
    await expect.poll(() => peer.done, poll).toContain(orderId);
  });

  it('hands down what ties a child to its parent, the agent’s own token, and no secret', async () => {
    await make();
    const env = { REEVE_AGENT_ID: 'forged', REEVE_TOKEN: 'forged', MINE: '1' };
    peer.launch('A', 'sh', ['-c', 'env | grep -E "^(REEVE|TRACE|MINE)" | sort; echo "$REEVE_TOKEN" | tr a-z A-Z'], { epoch: 4, env });
    await ended('A');
    const text = peer.text('A');
    for (const line of [
      'REEVE_AGENT_ID=A',
      'REEVE_EPOCH=4',
      'REEVE_SESSION_ID=A',
      'REEVE_LAUNCHED=1',
      'MINE=1',
      `REEVE_URL=${peer.server.url}`,
      'TOKEN-A',
    ])
      expect(text.split('\n')).toContain(line);
    expect(text).toMatch(/^TRACEPARENT=00-[0-9a-f]{32}-[0-9a-f]{16}-01$/m);
    // Not the project's token, not a setting of the server; and the agent's own token is taken out of its log.
    expect(text).not.toMatch(/project|secret|forged|token-A/);
    expect(text).toContain('REEVE_TOKEN=<token>');
  });

  it('starts a later epoch when nothing is left of the one before, which it ends', async () => {
    await make();
    peer.launch('A', 'sh', ['-c', `trap '' TERM; sleep ${zoo.seconds} & exec sleep ${zoo.seconds}`], { epoch: 1 });
    const first = await started('A');
    await expect.poll(() => zoo.all().length, poll).toBe(2);
    peer.launch('A', 'sh', ['-c', `exec sleep ${zoo.seconds}`], { epoch: 2 });
    await expect.poll(() => peer.of('started', 'A').some((r) => r.epoch === 2), poll).toBe(true);
    expect(isAlive(first)).toBe(false);
    expect(zoo.all()).toHaveLength(1);
    expect(peer.of('exited', 'A')).toMatchObject([{ epoch: 1, evidence: { survivors: 0 } }]);
    // a stop that was meant for the old one does not reach the new one
    peer.stopAgent('A', { term: 0, kill: 0 }, 1);
    await expect.poll(() => peer.of('exited', 'A').length, poll).toBe(2);
    expect(zoo.all()).toHaveLength(1);
    peer.stopAgent('A', { term: 0, kill: 0 }, 2);
    await expect.poll(() => zoo.all().length, poll).toBe(0);
  });

  it('a later epoch that is stopped while it waits for the one before never starts', async () => {
    await make();
    peer.launch('A', 'sh', ['-c', `trap '' TERM; while :; do sleep 0.05; done`], { epoch: 1 });
    await started('A');
    peer.launch('A', 'sh', ['-c', `exec sleep ${zoo.seconds}`], { epoch: 2 });
    peer.stopAgent('A', { term: 0, kill: 0 }, 2);
    await expect
      .poll(
        () =>
          peer
            .of('exited', 'A')
            .map((r) => r.epoch)
            .sort(),
        poll,
      )
      .toEqual([1, 2]);
    expect(peer.of('exited', 'A').every((r) => r.evidence.survivors === 0)).toBe(true);
    await runner.flush();
    expect(peer.of('started', 'A').map((r) => r.epoch)).toEqual([1]);
    expect(zoo.all()).toHaveLength(0);
  });

  it('ends a program that has reported its end, beats for itself and does not exit', async () => {
    await make();
    const hangs = `printf %s $$ > "$REEVE_ATTACH_FILE"; trap '' TERM; echo up; while :; do sleep 0.05; done`;
    peer.launch('A', 'sh', ['-c', hangs]);
    const main = await started('A');
    await expect.poll(() => peer.text('A'), poll).toContain('up');
    peer.lingers('A', { term: 100, kill: 300 });
    expect(await ended('A')).toMatchObject({ survivors: 0, killed: true, detail: expect.stringContaining('counts this agent as ended') });
    expect(isAlive(main)).toBe(false);
  });

  it('what a program leaves behind that has reported its end gets no time of the wait for its exit', async () => {
    await make();
    peer.launch('A', 'sh', ['-c', `setsid sleep ${zoo.seconds} & while [ ! -e go ]; do sleep 0.05; done`], { cwd: runDir });
    await started('A');
    const orderId = peer.lingers('A', { term: 3_600_000, kill: 3_600_000 });
    await expect.poll(() => peer.done, poll).toContain(orderId);
    await expect.poll(() => zoo.all().length, poll).toBe(1);
    writeFileSync(join(runDir, 'go'), '');
    expect(await ended('A')).toMatchObject({ exitCode: 0, survivors: 0 });
    expect(zoo.all()).toHaveLength(0);
  });

  it('launches once what is ordered twice, and answers with what it knows', async () => {
    await make();
    peer.redeliver = 2;
    peer.launch('A', 'sh', ['-c', `exec sleep ${zoo.seconds}`]);
    await started('A');
    peer.launch('A', 'sh', ['-c', `exec sleep ${zoo.seconds}`]);
    await expect.poll(() => peer.of('started', 'A').length, poll).toBeGreaterThan(1);
    expect(zoo.all()).toHaveLength(1);
    expect(new Set(peer.of('started', 'A').map((r) => r.pid)).size).toBe(1);
    peer.stopAgent('A', { term: 0, kill: 5_000 });
    await ended('A');
    const before = peer.of('exited', 'A').length;
    peer.stopAgent('A', { term: 0, kill: 0 });
    await expect.poll(() => peer.of('exited', 'A').length, poll).toBeGreaterThan(before);
    expect(new Set(peer.of('exited', 'A').map((r) => JSON.stringify(r.evidence))).size).toBe(1);
  });

  it('answers a stop for what it does not hold', async () => {
    await make();
    peer.stopAgent('unknown', { term: 0, kill: 0 });
    expect(await ended('unknown')).toMatchObject({ exitCode: null, survivors: 0, killed: false });
  });

  it('stops by TERM where that is enough', async () => {
    await make();
    peer.launch('A', 'sh', ['-c', zoo.script(`exec sleep ${zoo.seconds}`)]);
    await expect.poll(() => zoo.all().length, poll).toBe(allShapes.length + 1);
    peer.stopAgent('A', { term: 0, kill: 30_000 });
    expect(await ended('A')).toMatchObject({ signal: 'SIGTERM', survivors: 0, killed: false });
    expect(zoo.all()).toEqual([]);
    expect(peer.of('asked', 'A').map((r) => r.step)).toEqual(['term']);
  });

  it('kills at its time what ignores TERM, the stopped and the detached included', async () => {
    await make();
    const deaf = `trap "" TERM; setsid sleep ${zoo.secondsOf('setsid')} & sleep ${zoo.secondsOf('child')} & while :; do sleep 0.05; done`;
    peer.launch('A', 'sh', ['-c', deaf]);
    await expect.poll(() => zoo.all().length, poll).toBe(2);
    process.kill(zoo.find('child')?.pid as number, 'SIGSTOP');
    const atMs = Date.now();
    peer.stopAgent('A', { term: 0, kill: 400 });
    expect(await ended('A')).toMatchObject({ signal: 'SIGKILL', survivors: 0, killed: true });
    expect(Date.now() - atMs).toBeGreaterThanOrEqual(390);
    expect(peer.of('asked', 'A').map((r) => r.step)).toEqual(['term', 'kill']);
    expect(zoo.all()).toEqual([]);
  });

  it('a second stop can only come nearer', async () => {
    await make();
    peer.launch('A', 'sh', ['-c', 'trap "" TERM; while :; do sleep 0.05; done']);
    await started('A');
    peer.stopAgent('A', { term: 0, kill: 60_000 });
    await expect.poll(() => peer.of('asked', 'A').length, poll).toBe(1);
    peer.stopAgent('A', { term: 0, kill: 120_000 });
    peer.stopAgent('A', { term: 0, kill: 0 });
    expect(await ended('A')).toMatchObject({ signal: 'SIGKILL', killed: true });
  });

  it('ends what a command leaves behind, and says so', async () => {
    await make();
    peer.launch('A', 'sh', ['-c', `setsid sleep ${zoo.secondsOf('setsid')} & sleep 0.2; exit 0`]);
    const evidence = await ended('A');
    expect(evidence).toMatchObject({ exitCode: 0, survivors: 0 });
    expect(zoo.all()).toEqual([]);
    if (evidence.containment !== 'pid-namespace') expect(evidence.detail).toMatch(/1 other process was still there when the command ended/);
  });

  it('says why a command could not be started', async () => {
    await make();
    peer.launch('A', 'no-such-command', []);
    peer.launch('B', 'sh', ['-c', ':'], { cwd: '/no/such/folder' });
    await expect.poll(() => peer.of('launch-failed').length, poll).toBe(2);
    expect(peer.of('launch-failed', 'A')[0]?.error).toContain('no-such-command was not found');
    expect(peer.of('launch-failed', 'B')[0]?.error).toContain('/no/such/folder does not exist');
  });

  it('holds a program still that cannot pause by itself, and leaves one alone that can', async () => {
    await make();
    peer.launch('A', 'sh', ['-c', 'i=0; while :; do i=$((i+1)); echo $i; sleep 0.02; done']);
    peer.launch('B', 'sh', ['-c', `echo $$ > "$REEVE_ATTACH_FILE"; exec sleep ${zoo.seconds}`]);
    await started('A');
    await expect.poll(() => peer.text('A').length, poll).toBeGreaterThan(0);
    const beats = peer.beatsOf('B');
    peer.directives = { A: { directive: 'pause' }, B: { directive: 'pause' } };
    await expect.poll(() => peer.text('A'), poll).toContain('its processes are held still');
    const main = peer.of('started', 'B')[0]?.pid;
    expect(listProcesses().find((p) => p.pid === main)?.state).not.toBe('T');
    expect(peer.beatsOf('B') - beats).toBeLessThanOrEqual(1);
    peer.directives = {};
    await expect.poll(() => peer.text('A'), poll).toContain('goes on');
    const count = () => peer.text('A').split('\n').length;
    const before = count();
    await expect.poll(count, poll).toBeGreaterThan(before + 3);
    peer.directives = { A: { directive: 'pause' } };
    await expect.poll(() => peer.text('A').split('held still').length, poll).toBe(3);
    // A paused one ends like any other.
    peer.stopAgent('A', { term: 0, kill: 20_000 });
    expect(await ended('A')).toMatchObject({ signal: 'SIGTERM', killed: false });
  });

  it('keeps its agents through an outage and a lost registration, and loses no report', async () => {
    await make();
    peer.launch('A', 'sh', ['-c', `sleep 0.5; exit 4`]);
    peer.launch('B', 'sh', ['-c', `exec sleep ${zoo.seconds}`]);
    await started('B');
    await peer.stop();
    await expect.poll(() => runner.living.map((a) => a.id), poll).toEqual(['B']);
    peer.runnerToken = 'lost';
    await peer.server.start();
    expect(await ended('A')).toMatchObject({ exitCode: 4 });
    expect(zoo.all()).toHaveLength(1);
    expect(peer.server.of('runners.register').at(-1)).toMatchObject({ runnerId: 'R' });
    peer.stopAgent('B', { term: 0, kill: 5_000 });
    await ended('B');
  });

  it('notices that it is alone for too long, and a shutdown then leaves nothing', async () => {
    await make({ failSafeMs: 700 });
    peer.launch('A', 'sh', ['-c', `trap "" TERM; setsid sleep ${zoo.secondsOf('setsid')} & sleep ${zoo.seconds}`]);
    await expect.poll(() => zoo.all().length, poll).toBe(2);
    peer.server.away = true;
    await runner.aloneTooLong;
    await runner.shutdown('alone', 200, 100);
    expect(zoo.all()).toEqual([]);
    peer.server.away = false;
  });

  it('works on a change once, however often it is asked meanwhile, and is done when that is done', async () => {
    let finish = () => {};
    let begun = 0;
    const executeChange: RunnerOptions['executeChange'] = async (order, { report }) => {
      begun++;
      await new Promise<void>((resolve) => (finish = resolve));
      await report({ kind: 'change-merged', changeId: order.changeId, mergedSha: 'abc' });
    };
    await make({ executeChange });
    const repository = { repositoryId: 'r', path: '/', branch: 'main', layers: [], gates: { test: 'true' } };
    const order: RunnerOrder = {
      kind: 'merge-change',
      orderId: 'm',
      changeId: 'c',
      title: 't',
      repository,
      baseSha: '',
      candidateSha: '',
      diffHash: '',
    };
    peer.order(order);
    await expect.poll(() => begun, poll).toBe(1);
    // Other orders go on beside it, although it comes again with every poll.
    peer.launch('A', 'sh', ['-c', 'exit 0']);
    await ended('A');
    expect([begun, peer.done.includes('m')]).toEqual([1, false]);
    finish();
    await expect.poll(() => peer.done, poll).toContain('m');
    expect(peer.of('change-merged')).toHaveLength(1);
    expect(begun).toBe(1);
  });

  it('lets a flood of output neither the log nor the command hold up', async () => {
    await make();
    writeFileSync(join(runDir, 'flood.mjs'), 'for (let i = 0; i < 200000; i++) process.stdout.write("x".repeat(50) + "\\n");');
    peer.launch('A', process.execPath, [join(runDir, 'flood.mjs')]);
    expect(await ended('A')).toMatchObject({ exitCode: 0 });
    expect(peer.text('A')).toMatch(/\[reeve\] \d+ lines \(\d+ bytes\) of output are left out here/);
    expect(peer.text('A').length).toBeLessThan(2_000_000);
  });
});
