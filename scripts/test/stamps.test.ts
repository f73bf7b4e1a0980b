import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeEach, expect, test, vi } from 'vitest';
import { at, root } from '../lib/env.mjs';
import { once } from '../lib/stamps.mjs';

const dir = mkdtempSync(join(tmpdir(), 'reeve-test-'));
const name = `test-${process.pid}`;
const path = (file: string) => relative(root, join(dir, file));
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
  rmSync(at('node_modules', '.stamps', name), { force: true });
});

const step = vi.fn(async () => writeFileSync(join(dir, 'output'), ''));
const run = () => once(name, { inputs: [path('input')], unless: /\.test\.ts$/, output: path('output') }, step);
const timesRun = async () => {
  step.mockClear();
  await run();
  return step.mock.calls.length;
};

beforeEach(async () => {
  vi.spyOn(console, 'log').mockImplementation(() => {});
  mkdirSync(join(dir, 'input', 'deep'), { recursive: true });
  writeFileSync(join(dir, 'input', 'deep', 'file.ts'), 'one');
  await run();
});

test('is done once while the content stays, whatever the dates say', async () => {
  expect(await timesRun()).toBe(0);
  utimesSync(join(dir, 'input', 'deep', 'file.ts'), new Date(), new Date());
  expect(await timesRun()).toBe(0);
});

test('is done again for another content, a new file, a file less, and an output that is gone', async () => {
  writeFileSync(join(dir, 'input', 'deep', 'file.ts'), 'two');
  expect(await timesRun()).toBe(1);
  writeFileSync(join(dir, 'input', 'more.ts'), '');
  expect(await timesRun()).toBe(1);
  rmSync(join(dir, 'input', 'more.ts'));
  expect(await timesRun()).toBe(1);
  rmSync(join(dir, 'output'));
  expect(await timesRun()).toBe(1);
});

test('what is generated, or only tested, is no input', async () => {
  writeFileSync(join(dir, 'input', 'file.test.ts'), '');
  mkdirSync(join(dir, 'input', 'node_modules'), { recursive: true });
  writeFileSync(join(dir, 'input', 'node_modules', 'a.js'), '');
  expect(await timesRun()).toBe(0);
});

test('a step that failed is done again', async () => {
  writeFileSync(join(dir, 'input', 'deep', 'file.ts'), 'three');
  step.mockRejectedValueOnce(new Error('failed'));
  await expect(run()).rejects.toThrow('failed');
  expect(await timesRun()).toBe(1);
});
