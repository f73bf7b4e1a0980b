import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = (...args: string[]) =>
  spawnSync(process.execPath, ['--import', 'tsx', join(root, 'packages/core/testing/mutants/run.mjs'), ...args], {
    cwd: root,
    encoding: 'utf8',
    // the runner is a vitest of its own: what this one sets for its workers is not meant for it
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(VITEST|TEST$|NODE_OPTIONS$)/.test(name))),
  });

test('every naive bug that is kept as a mutant is caught by the proof named for it, within 1,000 runs', { timeout: 600_000 }, () => {
  const { status, stdout, stderr } = run();
  expect(stderr).toBe('');
  expect(stdout).toMatch(/\n(\d+) of \1 mutants caught in \d+ s\n$/);
  expect(status).toBe(0);
});

test('a part of the table that names no mutant is an error, not a success', () => {
  expect(run('no such mutant')).toMatchObject({ status: 1, stderr: '✗ no mutant is about no such mutant\n' });
});
