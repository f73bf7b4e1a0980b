import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const program = fileURLToPath(new URL('./foreground-child.mjs', import.meta.url));
let dir: string;
let script: ChildProcess;
let said: string;
let exited: Promise<number | null>;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'reeve-test-'));
  said = '';
  script = spawn(process.execPath, [program, 'script', join(dir, 'may-end')], { detached: true });
  for (const stream of [script.stdout, script.stderr]) stream?.on('data', (chunk) => (said += chunk));
  exited = new Promise((resolve) => script.once('exit', resolve));
  await expect.poll(() => said, { timeout: 20_000 }).toContain('up ');
});
afterEach(async () => {
  mayEnd();
  await expect.poll(isServerAlive, { timeout: 20_000 }).toBe(false);
  rmSync(dir, { recursive: true, force: true });
});

const mayEnd = () => writeFileSync(join(dir, 'may-end'), '');
const signals = () => said.match(/got \w+/g) ?? [];
function isServerAlive(): boolean {
  try {
    return process.kill(Number(/up (\d+)/.exec(said)?.[1]), 0);
  } catch {
    return false;
  }
}

test('Ctrl-C, which reaches the script from the terminal and from npm, reaches the server once; its exit code is ours', async () => {
  process.kill(-(script.pid ?? 0), 'SIGINT');
  script.kill('SIGINT');
  await expect.poll(signals).toEqual(['got SIGINT']);
  mayEnd();
  expect(await exited).toBe(7);
  expect(signals()).toEqual(['got SIGINT']);
});

test('a second Ctrl-C waits on and says so, and orphans nothing', async () => {
  script.kill('SIGINT');
  await expect.poll(signals).toEqual(['got SIGINT']);
  const pressAgain = () => {
    script.kill('SIGINT');
    return said;
  };
  // further apart than the echoes of one keystroke are
  await expect.poll(pressAgain, { interval: 600, timeout: 10_000 }).toMatch(/Still stopping: process \d+ has had/);
  expect(signals()).toEqual(['got SIGINT']);
  expect(isServerAlive()).toBe(true);
  mayEnd();
  expect(await exited).toBe(7);
});

test('kill -9 of the script tells the server to stop', async () => {
  script.kill('SIGKILL');
  await exited;
  // its words went to the script's pipe, which is still open here
  await expect.poll(signals).toEqual(['got SIGTERM']);
});

test('a server that ends by itself ends the script with its code', async () => {
  mayEnd();
  expect(await exited).toBe(7);
});
