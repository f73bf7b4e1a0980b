import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { identifyProcess, isRunning, programOf, workingDirectoryOf } from '../../src/database/process-identity.ts';
import { killHard, startBystander } from './support.ts';

test('this process is running, and has a start time', () => {
  const self = identifyProcess();
  expect(self?.pid).toBe(process.pid);
  expect(self?.startTime).not.toBe('');
  expect(self && isRunning(self)).toBe(true);
});

test('a later process under the same number is another one', async () => {
  const { pid } = await startBystander();
  expect(isRunning({ pid, startTime: '1' })).toBe(false);
});

test('a killed process is not running', async () => {
  const bystander = await startBystander();
  await killHard(bystander);
  expect(isRunning(bystander)).toBe(false);
  expect(identifyProcess(bystander.pid)).toBeUndefined();
});

test.runIf(process.platform === 'linux')('a zombie is not running', async () => {
  // The shell starts a child that lives as long as our end of a pipe, prints its number, and becomes a program that never waits for it.
  // By another number than 0: a shell gives its background children nothing to read there, and waits for those that are through at once.
  const parent = spawn('/bin/sh', ['-c', 'cat <&3 >/dev/null & echo $!; exec sleep 600 3<&-'], {
    stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
  });
  try {
    const end = parent.stdio[3] as Writable;
    const [line] = await once(parent.stdout as Readable, 'data');
    const pid = Number(String(line));
    await expect.poll(() => readFileSync(`/proc/${parent.pid}/comm`, 'utf8').trim()).toBe('sleep');
    expect(identifyProcess(pid)).toBeDefined();
    end.end();
    await expect.poll(() => identifyProcess(pid)).toBeUndefined();
    expect(() => process.kill(pid, 0)).not.toThrow();
  } finally {
    parent.kill('SIGKILL');
    await once(parent, 'exit');
  }
});

test.runIf(process.platform === 'linux')('program and folder of a process, whatever brackets its name has', () => {
  expect(programOf(process.pid)).toBe('node');
  expect(workingDirectoryOf(process.pid)).toBe(process.cwd());
});

test('numbers that are no process', () => {
  for (const pid of [0, -1, Number.NaN, 1.5, 2 ** 40]) expect(identifyProcess(pid)).toBeUndefined();
});
